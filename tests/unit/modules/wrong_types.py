"""What a user sees who passes something of the wrong type: run by `test_wrong_types` in a process of its own.

Under pytest every annotation is checked before our own checks come to their turn, so they are tested without it.
"""

import copy
import re
import warnings
from collections.abc import Callable

import numpy as np
import pytest
from events_examples import Clock, Jump

from dendrax.channels.hh import HH
from dendrax.channels.na import Na
from dendrax.connect import connect, connectivity_matrix_connect
from dendrax.errors import (
    DendraxError,
    MechanismError,
    ModelTypeError,
    ModelValueError,
    MorphologyError,
    UnknownNameError,
)
from dendrax.events import PairSTDP
from dendrax.modules import Branch, Cell, Compartment, Network, inputs, trainables
from dendrax.netcon import netcon
from dendrax.pumps import CaPump
from dendrax.synapses import IonotropicSynapse

cell = Cell([Branch(Compartment(), ncomp=n) for n in (2, 4, 3, 1)], parents=[-1, 0, 0, 1])
cell.branch(1).insert(HH())
net = Network([cell, cell])
trained = copy.deepcopy(cell)
trained.make_trainable("radius", verbose=False)

point_net = Network([cell, cell])
point_net.branch(0).comp(0).place(Jump("E"))


def learning(rule, post=None):
    """A call of `netcon` with a rule of plasticity."""
    return netcon(point_net[0, 0, 0], point_net.E, weight=1.0, plasticity=rule, post=post)


CASES: list[tuple[Callable[[], object], type[Exception], str]] = [
    (lambda: net.place(Jump), ModelTypeError, "place: Expected a mechanism, got the class Jump itself"),
    (lambda: net.place("E"), ModelTypeError, "place: Expected a mechanism"),
    (lambda: net.add_sources("NetStim"), ModelTypeError, "add_sources: Expected a source"),
    (lambda: net.add_sources(Clock), ModelTypeError, "the class Clock itself"),
    (lambda: net.add_sources(Jump()), ModelTypeError, "is placed on compartments"),
    (lambda: netcon(net, net, weight=1.0), ModelTypeError, "target must be a view of point processes. Place some"),
    (lambda: netcon(net, point_net, weight=1.0), ModelTypeError, "`net.E` is a view of all named 'E'"),
    (lambda: netcon(net, 3, weight=1.0), ModelTypeError, "target must be a view of point processes, not int"),
    (lambda: netcon(3, point_net.E, weight=1.0), ModelTypeError, "source must be a view of compartments"),
    (
        lambda: netcon(point_net.E, point_net.E, weight=1.0),
        ModelTypeError,
        "only compartments and artificial sources spike",
    ),
    (lambda: netcon(point_net[0, 0, 0], point_net.E, weight="a"), ModelTypeError, "netcon: weight takes numbers"),
    (lambda: learning(PairSTDP), ModelTypeError, "Make an instance: PairSTDP()."),
    (lambda: learning("PairSTDP"), ModelTypeError, "Expected a plasticity rule"),
    (lambda: learning(Jump("other")), ModelTypeError, "Expected a plasticity rule"),
    (lambda: learning(PairSTDP(), post=3), ModelTypeError, "netcon: post must be a view of compartments"),
    (lambda: point_net.netcons.select(source=net), ModelTypeError, "source must be a view of the same model"),
    (lambda: Branch(5), ModelTypeError, "pass a Compartment and ncomp, or a list of Compartments"),
    (lambda: Branch([Compartment(), 3]), ModelTypeError, "or a list of Compartments"),
    (lambda: Branch(cell.branch(0).comp(0), 2), ModelTypeError, "copy(as_module=True)"),
    (lambda: Branch(Compartment(), 2.5), ModelValueError, "ncomp must be a positive integer, but is 2.5"),
    (lambda: Cell(Compartment(), [-1]), ModelTypeError, "pass a Branch or a list of Branches"),
    (lambda: Cell(cell.branch(0), [-1, 0]), ModelTypeError, "copy(as_module=True)"),
    (lambda: Cell(Branch(), "ab"), MorphologyError, "parents must be a list of integers"),
    (lambda: Network(cell), ModelTypeError, "pass a list of Cells"),
    (lambda: Network([net]), ModelTypeError, "pass a list of Cells"),
    (lambda: Network([net.cell(0)]), ModelTypeError, "copy(as_module=True)"),
    (lambda: cell.insert(HH), ModelTypeError, "Make an instance: HH()"),
    (lambda: cell.insert("HH"), ModelTypeError, "Expected a channel"),
    (lambda: cell.delete("Na"), MechanismError, "no channel 'Na' in view; there are ['HH']"),
    (lambda: cell.delete(Na), ModelTypeError, "the class Na itself"),
    (lambda: cell.delete(None), MechanismError, "no channel None in view"),
    (lambda: cell.set(3, 1.0), UnknownNameError, "No parameter or state 3"),
    (lambda: cell.add_to_group(3), ModelTypeError, "a string that is not empty"),
    (lambda: cell.record(3), ModelTypeError, "pass the name of a state"),
    (lambda: cell.clamp(3, np.zeros(3)), ModelTypeError, "pass the name of a state"),
    (lambda: cell.set_ncomp(2.5), ModelValueError, "must be a positive integer, but is 2.5"),
    (lambda: cell.set_ncomp("many"), ModelValueError, "must be a positive integer"),
    (lambda: cell.make_trainable("radius", "big"), ModelTypeError, "init_val must be a float, list or None"),
    (lambda: cell.make_trainable(3), UnknownNameError, "No parameter or state 3"),
    (lambda: trained.write_trainables(5.0), ModelTypeError, "A duration is passed by name: `t_max=`"),
    (lambda: trained.write_trainables(trained.get_parameters()[0]), ModelTypeError, "Put the dict into a list"),
    (lambda: trained.write_trainables([{"radius": "big"}]), DendraxError, "radius"),
    (lambda: cell.data_set("radius", "big", None), ModelTypeError, "the value is not a number"),
    (lambda: cell.data_set("radius", 1.0, 5), ModelTypeError, "pass the list that `data_set` returned"),
    (lambda: trainables.overrides(cell.tables, [], [{"radius": 1.0}]), ModelTypeError, "pass the list that `data_set`"),
    (lambda: trainables.overrides(cell.tables, None, None), ModelTypeError, "params: pass the list of dicts"),
    (lambda: inputs.gather(cell.tables, 5, None), ModelTypeError, "data_stimuli: pass what data_stimulate"),
    (lambda: cell.insert(CaPump), ModelTypeError, "Make an instance: CaPump()"),
    (lambda: cell.diffuse(3), UnknownNameError, "no concentration 3"),
    (lambda: connect(0, net[1, 0, 0], IonotropicSynapse()), ModelTypeError, "pass views of a network"),
    (lambda: connect(net[0, 0, 0], net[1, 0, 0], IonotropicSynapse), ModelTypeError, "IonotropicSynapse()"),
    (lambda: connect(net[0, 0, 0], net[1, 0, 0], HH()), ModelTypeError, "Expected a synapse"),
    (
        lambda: connectivity_matrix_connect(net, net, IonotropicSynapse(), "all"),
        ModelTypeError,
        "the matrix must hold booleans",
    ),
]


def main() -> None:
    """Go through the cases; then check that a warning names the line of the user."""
    for number, (call, error, text) in enumerate(CASES):
        before = copy.deepcopy((cell.nodes, trained.nodes))
        with pytest.raises(error, match=re.escape(text)) as caught:
            print(f"case {number} gives {call()!r}")
        assert isinstance(caught.value, DendraxError)
        assert cell.nodes.equals(before[0])
        assert trained.nodes.equals(before[1])

    cell.HH.record("HH_m", verbose=False)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        cell.delete(HH())
        cell.tables.xyzr[0] = np.ones((2, 4))
        cell.branch(0).set("radius", 2.0)
        cell.branch(0).make_trainable("radius", verbose=False)
        cell.write_trainables(cell.get_parameters())
        cell.make_trainable("radius", verbose=False)
    for one in seen:
        assert one.filename == __file__, one
    print(f"{len(CASES)} errors and {len(seen)} warnings are as they should be")


if __name__ == "__main__":
    main()
