"""Published synapse models, one per file.

Models whose names end with "Syn" are point processes: you place them, and they receive the events of any number of
connections. The others join two compartments.
"""

from dendrax.mechanisms.synapse import Synapse
from dendrax.synapses.ampa import AMPA
from dendrax.synapses.ampa_nmda_syn import AMPANMDASyn
from dendrax.synapses.ampa_syn import AMPASyn
from dendrax.synapses.conductance import ConductanceSynapse
from dendrax.synapses.current import CurrentSynapse
from dendrax.synapses.delta_syn import DeltaSyn
from dendrax.synapses.double_exp_synapse import DoubleExpSynapse
from dendrax.synapses.exp2_syn import Exp2Syn
from dendrax.synapses.exp_current import ExpCurrentSynapse
from dendrax.synapses.exp_current_syn import ExpCurrentSyn
from dendrax.synapses.exp_syn import ExpSyn
from dendrax.synapses.exp_synapse import ExpSynapse
from dendrax.synapses.gabaa import GABAA
from dendrax.synapses.gabaa_syn import GABAASyn
from dendrax.synapses.gabab import GABAB
from dendrax.synapses.gabab_syn import GABABSyn
from dendrax.synapses.gap_junction import GapJunction
from dendrax.synapses.ionotropic import IonotropicSynapse
from dendrax.synapses.nmda import NMDA
from dendrax.synapses.nmda_syn import NMDASyn
from dendrax.synapses.point import PointSynapse
from dendrax.synapses.tanh_conductance import TanhConductanceSynapse
from dendrax.synapses.tanh_rate import TanhRateSynapse
from dendrax.synapses.test import TestSynapse

__all__ = [
    "AMPA",
    "GABAA",
    "GABAB",
    "NMDA",
    "AMPANMDASyn",
    "AMPASyn",
    "ConductanceSynapse",
    "CurrentSynapse",
    "DeltaSyn",
    "DoubleExpSynapse",
    "Exp2Syn",
    "ExpCurrentSyn",
    "ExpCurrentSynapse",
    "ExpSyn",
    "ExpSynapse",
    "GABAASyn",
    "GABABSyn",
    "GapJunction",
    "IonotropicSynapse",
    "NMDASyn",
    "PointSynapse",
    "Synapse",
    "TanhConductanceSynapse",
    "TanhRateSynapse",
    "TestSynapse",
]
