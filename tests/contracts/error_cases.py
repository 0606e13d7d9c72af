"""What a user gets wrong, as rows of tables, and the models that it is tried on; `test_errors` reads the verdicts.

Run as a script it prints a verdict for every row, "" where all is as it should be; its argument says what share of the
wrong things the calls of the sweep meet, 25 for one of 25. It has to be a process of its own:
under pytest every annotation is checked before our own checks come to their turn.
"""

import functools
import json
import pickle
import sys
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from dendrax.channels import HH, Leak
from dendrax.connect import fully_connect
from dendrax.errors import (
    BranchedCableError,
    DendraxError,
    MagnitudeWarning,
    MechanismError,
    MemoryBudgetError,
    ModelStateError,
    ModelTypeError,
    ModelValueError,
    MorphologyError,
    SelectionError,
    ShortClampError,
    SwcError,
    UnknownAttributeError,
    UnknownNameError,
    ValueShapeError,
)
from dendrax.modules import Branch, Cell, Compartment, Module, Network
from dendrax.pumps import CaPump
from dendrax.synapses import IonotropicSynapse, TanhRateSynapse

BUILT_IN: dict[type[DendraxError], type[Exception]] = {
    SwcError: ValueError,
    MorphologyError: ValueError,
    SelectionError: ValueError,  # and an IndexError
    UnknownNameError: KeyError,
    UnknownAttributeError: AttributeError,
    ValueShapeError: ValueError,
    ModelValueError: ValueError,
    ModelTypeError: TypeError,
    ModelStateError: RuntimeError,
    MechanismError: ValueError,
    ShortClampError: NotImplementedError,  # and a ValueError
    BranchedCableError: NotImplementedError,  # and a ValueError
    MemoryBudgetError: MemoryError,
}
"""What a caller would catch who does not know our classes."""


@dataclass(frozen=True)
class Case:
    """One mistake.

    Attributes:
        name: The mistake in words.
        on: Makes the model, or a tuple of models, that the mistake is made on.
        mistake: What the user does with it.
        error: The class of ours that it raises.
        says: Words of the message: what is wrong, where, what to do.
        quote: The place of the reference's description that names the error; "" for none.
    """

    name: str
    on: Callable[[], Any]
    mistake: Callable[[Any], object]
    error: type[DendraxError]
    says: tuple[str, ...]
    quote: str = ""


def nothing() -> None:
    """For mistakes that need no model."""


def branch() -> Branch:
    """Four compartments."""
    return Branch(Compartment(), ncomp=4)


def cell() -> Cell:
    """Branches of 2, 4, 3 and 1 compartments: Leak everywhere, HH on branch 1, a pump on branch 2, a group."""
    made = Cell([Branch(Compartment(), ncomp=n) for n in (2, 4, 3, 1)], parents=[-1, 0, 0, 1])
    made.insert(Leak())
    made.branch(1).insert(HH())
    made.branch(2).insert(CaPump())
    made.branch([0, 2]).add_to_group("proximal")
    return made


def plain() -> Cell:
    """Three branches of two compartments, and nothing else."""
    return Cell(Branch(Compartment(), ncomp=2), parents=[-1, 0, 0])


def diffusing() -> Cell:
    """The cell, in which calcium diffuses."""
    made = cell()
    made.diffuse("CaCon_i")
    return made


def attached() -> Cell:
    """The cell with recordings, a stimulus, a clamp and a trainable parameter."""
    made = cell()
    made.branch(1).loc(1.0).record("v", verbose=False)
    made.branch(1).record("HH_m", verbose=False)
    made.branch(0).loc(0.0).stimulate(np.full(40, 0.1), verbose=False)
    made.branch(3).comp(0).clamp("v", np.full(40, -65.0), verbose=False)
    made.branch([1, 2]).make_trainable("radius", verbose=False)
    return made


def network() -> Network:
    """Three cells with HH and two types of synapses: 0 -> 1, 0 -> 2 and 1 -> 2."""
    one = plain()
    one.insert(HH())
    made = Network([one] * 3)
    made.cell([0, 1]).add_to_group("exc")
    fully_connect(made.cell(0), made.cell([1, 2]), IonotropicSynapse())
    fully_connect(made.cell(1), made.cell(2), TanhRateSynapse())
    return made


def two_networks() -> tuple[Network, Network]:
    """Twice the same, but not one."""
    return network(), network()


@functools.cache
def _made(on: Callable[[], Any]) -> bytes:
    return pickle.dumps(on())


def made(on: Callable[[], Any]) -> Any:
    """What a function of no arguments makes, anew; it is built once."""
    return pickle.loads(_made(on))  # noqa: S301


def snapshot(models: Any) -> bytes:
    """All of some models. Looking at tables takes longer than most mistakes do, so nobody looks until they differ."""
    modules = [one for one in (models if isinstance(models, tuple) else (models,)) if isinstance(one, Module)]
    return pickle.dumps([one.base for one in modules])


def difference(models: Any, before: bytes) -> str:
    """In what a user sees models changed since a snapshot; they may remember more, a cache for example."""
    now = snapshot(models)
    if now == before:
        return ""
    try:
        np.testing.assert_equal(*([_seen(one) for one in pickle.loads(then)] for then in (now, before)))  # noqa: S301
    except AssertionError as error:
        return f"the model has changed: {error}"
    return ""


def _seen(module: Module) -> dict[str, Any]:
    return {
        "nodes": {name: column.tolist() for name, column in module.nodes.items()},
        "edges": {name: column.tolist() for name, column in module.edges.items()},
        "recordings": module.recordings.to_numpy().tolist(),
        "externals": module.externals,
        "external_inds": module.external_inds,
        "trainables": [{key: np.asarray(value) for key, value in one.items()} for one in module.trainable_params],
        "rows of trainables": [one.tolist() for one in module.indices_set_by_trainables],
        "mechanisms": [(one.name, one.channel_params, one.channel_states) for one in module.channels + module.pumps],
        "synapses": [(one.name, one.synapse_params, one.synapse_states) for one in module.synapses],
        "groups": module.group_names,
        "diffused": module.diffusion_states,
        "parents": module.comb_parents.tolist(),
        "ncomp": module.ncomp_per_branch.tolist(),
        "xyzr": [points.tolist() for points in module.xyzr],
        "solver": module.solver_customizers,
        "scope": module._selection.scope,
    }


def verdict(case: Case) -> str:
    """What is not as it should be when the mistake of a row is made; "" for nothing."""
    models = made(case.on)
    before = snapshot(models)
    try:
        returned = case.mistake(models)
    except Exception as error:  # noqa: BLE001 - whatever a user would see is judged
        if type(error) is not case.error and not isinstance(error, case.error):
            return "another error:\n" + traceback.format_exc()
        if not isinstance(error, BUILT_IN[case.error]):
            return f"{type(error).__name__} is no {BUILT_IN[case.error].__name__}"
        if silent := [words for words in case.says if words not in str(error)]:
            return f"the message does not say {silent}: {error}"
    else:
        return f"no error, but {returned!r}"
    return difference(models, before)


def main() -> None:
    """Print the verdicts of all tables."""
    from error_cases_building import CASES as BUILDING
    from error_cases_limits import CASES as LIMITS
    from error_cases_modules import CASES as MODULES
    from error_cases_reference import CASES as REFERENCE
    from error_cases_running import CALLS as STEPPING
    from error_cases_running import CASES as RUNNING
    from error_cases_runs import CALLS as RUNS
    from error_cases_sweep import CALLS, verdict_of_call
    from error_cases_training import CALLS as TRAINING

    warnings.simplefilter("ignore", MagnitudeWarning)  # some wrong things are fine as numbers
    verdicts = {case.name: verdict(case) for case in (*BUILDING, *MODULES, *REFERENCE, *LIMITS, *RUNNING)}
    share = int(sys.argv[1])
    verdicts |= {call.name: verdict_of_call(call, share) for call in (*CALLS, *TRAINING, *STEPPING, *RUNS)}
    json.dump(verdicts, sys.stdout)


if __name__ == "__main__":
    main()
