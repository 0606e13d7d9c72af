"""What a user gets wrong is one of our exceptions: it says what is wrong, where, and what to do, and nothing changed.

The tables are in `error_cases_*.py`. They run in a process of its own, see `error_cases`; the verdicts are read here.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from error_cases import Case, cell, network
from error_cases_building import CASES as BUILDING
from error_cases_limits import CASES as LIMITS
from error_cases_modules import CASES as MODULES
from error_cases_reference import CASES as REFERENCE
from error_cases_running import CALLS as STEPPING
from error_cases_running import CASES as RUNNING
from error_cases_runs import CALLS as RUNS
from error_cases_sweep import CALLS
from error_cases_training import CALLS as TRAINING

from dendrax import errors
from dendrax.channels import Leak
from dendrax.modules import Cell, Network

HERE = Path(__file__).parent
CASES: list[Case] = [*BUILDING, *MODULES, *REFERENCE, *LIMITS, *RUNNING]
ROWS = [*(case.name for case in CASES), *(call.name for call in (*CALLS, *TRAINING, *STEPPING, *RUNS))]
TESTED_ELSEWHERE = {
    "NotFiniteError": "running/test_chunked.py",
    "CheckpointError": "optimize/test_checkpoints.py",
    "ModelFileError": "io/test_model_refusals.py",
    "MissingExtraError": "optimize/test_fit_searching.py",
    "FileWriteError": "test_files.py",
    "NmodlSyntaxError": "io/nmodl/test_parser_errors.py",
    "NmodlError": "io/nmodl/test_refused.py",
    "NeuronModelError": "io/test_from_neuron.py",
}
"""Errors that are no mistakes in a call, and the tests of what raises them."""
NAMES_AN_ERROR = re.compile(r"\w*Error\b|\bassert\w*\b|\bAssert\w*\b|\brefused\b|\braises?\b|\bfails\b")
"""How the reference's description says that something is an error."""


def without_leak() -> Cell:
    """The cell, from which a channel was deleted."""
    made = cell()
    made.delete(Leak())
    return made


def clamped_twice() -> Network:
    """Two clamps of one state of synapses."""
    made = network()
    made.cell([0, 1]).clamp("IonotropicSynapse_s", np.ones(9), verbose=False)
    made.cell([0, 2]).clamp("IonotropicSynapse_s", np.ones(9), verbose=False)
    return made


def written() -> Cell:
    """Trained values of a channel that is in a part of the cell only, written back."""
    made = cell()
    made.HH.make_trainable("HH_gNa", 1, verbose=False)
    made.write_trainables(made.get_parameters())
    return made


# What is an error there and works here.
WORKS: dict[str, Callable[[], bool]] = {
    "hence `net.initialize()` raises TypeError and leaves the net corrupted (later `net.cell()` AttributeError)": (
        lambda: network().initialize().cell(0).shape == (1, 3, 6)
    ),
    "so `net.edge(0)` in default local scope raises KeyError 'local_edge_index'": (
        lambda: network().edge(0).edges["post_index"].tolist() == [6]
    ),
    "(hasattr always True); `dir(module)` raises AttributeError": lambda: "exc" in dir(network()),
    "as_module=True -> NotImplementedError": lambda: isinstance(network().cell(0).copy(as_module=True), Cell),
    "pump currents lost, integrate then KeyError": lambda: "i_CaPump" in without_leak().membrane_current_names,
    "and making a view afterwards raises IndexError": (
        lambda: clamped_twice().view.external_inds["IonotropicSynapse_s"].tolist() == [0, 1]
    ),
    "int init_val -> ValueError (must be float/list/None)": lambda: written().num_trainable_params == 1,
    "only 4 module classes (assert; subclass fails); fails with ValueError when a trainable channel": (
        lambda: written().HH.nodes["HH_gNa"].tolist() == [1.0] * 4
    ),
}
THEIRS = ["required `solver=` argument (ValueError if None) for Na8States"]
"""An error of jaxley-mech's own."""


@pytest.mark.parametrize("share", [25, pytest.param(1, marks=pytest.mark.slow)], ids=["one of 25", "all"])
def test_every_mistake_is_named_and_changes_nothing(share, tmp_path):
    """One test for all rows, so that the process runs once however tests are spread over workers."""
    run = subprocess.run(
        [sys.executable, "-W", "error", HERE / "error_cases.py", str(share)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        cwd=tmp_path,  # where a function may make a folder that is called "nonsense"
        env={**os.environ, "MPLBACKEND": "Agg", "JAX_DISABLE_MOST_OPTIMIZATIONS": "1"},  # nothing runs for long
    )
    assert run.returncode == 0, run.stderr
    verdicts = json.loads(run.stdout.splitlines()[-1])
    assert sorted(verdicts) == sorted(ROWS)
    assert not any(verdicts.values()), "\n\n".join(f"{name}: {what}" for name, what in verdicts.items() if what)


def test_no_two_rows_have_one_name():
    assert sorted(set(ROWS)) == sorted(ROWS)


def test_every_error_of_the_reference_is_in_the_table(shared_reference):
    text = shared_reference.read_text()
    places = [*dict.fromkeys(case.quote for case in CASES if case.quote), *WORKS, *THEIRS]
    assert not [quote for quote in places if quote not in text]
    spans = [(text.index(quote), text.index(quote) + len(quote)) for quote in places]
    named = [found.span() for found in NAMES_AN_ERROR.finditer(text)]
    missing = [text[a - 80 : b + 40] for a, b in named if not any(begin <= a < end for begin, end in spans)]
    assert not missing, "\n".join(missing)


@pytest.fixture
def shared_reference() -> Path:
    """The reference's description; the project does not ship it."""
    path = HERE.parents[2] / "shared" / "reference" / "api.md"
    if not path.is_file():
        pytest.skip(f"the reference's description is not here: {path} is absent")
    return path


@pytest.mark.parametrize("quote", WORKS)
def test_what_is_an_error_there_works_here(quote):
    assert WORKS[quote]()


def test_every_class_of_error_is_in_the_table_and_derives_from_a_built_in_one():
    ours = {
        thing
        for thing in vars(errors).values()
        if isinstance(thing, type) and issubclass(thing, errors.DendraxError) and thing is not errors.DendraxError
    }
    general = (errors.DendraxError, Exception, BaseException, object)
    assert all(any(base.__module__ == "builtins" for base in one.__mro__ if base not in general) for one in ours)
    assert {one.__name__ for one in ours - {case.error for case in CASES}} == set(TESTED_ELSEWHERE)
    for name, path in TESTED_ELSEWHERE.items():
        assert f"raises({name}" in (HERE.parent / "unit" / path).read_text()
