"""Calcium in a shell beneath the membrane: driven by calcium currents, removed by pumps and buffers."""

import jax.numpy as jnp

from dendrax.mechanisms.ions import MILLIMOLAR_PER_DENSITY
from dendrax.mechanisms.pump import Pump
from dendrax.mechanisms.value import Value, Values

FARADAY = 96485.0
"""As rounded in the published model [C/mol]."""
FASTEST_DECAY = 1e-9
"""Shortest time constant that is told from 0 [ms]: a step of any usual length ends at rest."""


class CaPump(Pump):
    """Calcium concentration in a shell beneath the membrane, which calcium currents fill and which decays to rest.

    With the calcium current i_Ca of the previous step [mA/cm2] and F = 96485 C/mol:

        d(CaCon_i)/dt = -1e4 gamma i_Ca / (2 F depth) - (CaCon_i - minCaCon_i) / decay    [mM/ms]

    It takes currents of both directions, where the original lets only inward ones through. i_CaPump is minus the
    right-hand side.

    Parameters (prefixed by the name): gamma 0.05 [1], the part of the calcium that is not buffered; decay 80 [ms],
    0 to hold the concentration at rest; depth 0.1 [um], that of the shell; minCaCon_i 1e-4 [mM], the concentration at
    rest.
    States: i_Ca 1e-8 [mA/cm2], read; CaCon_i 5e-5 [mM].

    Args:
        name: Prefix of the parameters; "CaPump" by default. The ion is "CaCon_i" and the current "i_CaPump" under any
            name.

    Example:
        ```python
        cell.insert(CaL())
        cell.insert(CaPump())
        cell.set("CaPump_decay", 200.0)
        cell.record("CaCon_i")
        ```

    References:
        Destexhe A, Mainen ZF, Sejnowski TJ (1994). Synthesis of models for excitable membranes, synaptic transmission
        and neuromodulation using a common kinetic formalism. Journal of Computational Neuroscience 1:195-230; this form
        and the defaults are those of CaDynamics_E2.mod, ModelDB accession 139653: Hay E, Hill S, Schuermann F, Markram
        H, Segev I (2011). Models of neocortical layer 5b pyramidal cells capturing a wide range of dendritic and
        perisomatic active properties. PLoS Computational Biology 7:e1002107.
    """

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name)
        self.channel_params = {
            f"{self.name}_gamma": 0.05,  # 1
            f"{self.name}_decay": 80.0,  # ms
            f"{self.name}_depth": 0.1,  # um
            f"{self.name}_minCaCon_i": 1e-4,  # mM
        }
        self.channel_states = {
            "i_Ca": 1e-8,  # mA/cm2
            "CaCon_i": 5e-5,  # mM
        }
        self.ion_name = "CaCon_i"
        self.current_name = "i_CaPump"

    def update_states(self, states: Values, dt: Value, v: Value, params: Values) -> Values:
        """Nothing but the concentration changes, and that by the current below."""
        del states, dt, v, params
        return {}

    def compute_current(self, states: Values, ion_conc: Value, params: Values) -> Value:
        """Minus the rate of change of the calcium concentration `ion_conc` [mM/ms]."""
        prefix = self.name
        unbuffered = params[f"{prefix}_gamma"] / (2.0 * FARADAY * params[f"{prefix}_depth"])
        leaving = MILLIMOLAR_PER_DENSITY * unbuffered * states["i_Ca"]
        removed = (ion_conc - params[f"{prefix}_minCaCon_i"]) / jnp.maximum(params[f"{prefix}_decay"], FASTEST_DECAY)
        return leaving + removed
