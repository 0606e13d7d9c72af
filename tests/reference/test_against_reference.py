"""Dendrax against Jaxley 0.14: the same functions, run on both; `make_goldens.py` stored what the reference gave.

Voltages agree to 1e-8 mV, gates and currents to 1e-9 of their largest value, in float64.
"""

import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest
from reference_cases import GROUPS, NEED_DATA

import dendrax as jx
from dendrax.engine import step
from dendrax.engine.inputs import Acting

GOLDEN = Path(__file__).parent / "golden"

VOLTAGE = 1e-8
"""Agreement of voltages [mV]."""

RELATIVE = 1e-9
"""Agreement of everything else, relative to the largest value of a row."""

NOTHING = 1e-12
"""Agreement of what is nearly zero: the leak at rest, for one."""

FINITE_DIFFERENCE = {"pospischil_one[CaT]": 2e-6}
"""Agreement of voltages where a current is curved in v: the reference's slope is a difference over 1e-3 mV [mV]."""


@cache
def goldens(group: str) -> dict[str, dict[str, np.ndarray]]:
    """What the reference computed: case -> name -> array."""
    stored: dict[str, dict[str, np.ndarray]] = {}
    with np.load(GOLDEN / f"{group}.npz") as file:
        for key in file.files:
            case, _, name = key.partition("/")
            stored.setdefault(case, {})[name] = file[key]
    return stored


def tolerance(case: str, expected: np.ndarray) -> np.ndarray:
    """Largest difference allowed, one for each row of traces."""
    largest = np.max(np.abs(expected), axis=-1, keepdims=True, initial=0.0)
    if case in FINITE_DIFFERENCE:
        return FINITE_DIFFERENCE[case] * np.minimum(1.0, largest)
    return np.minimum(VOLTAGE, RELATIVE * largest + NOTHING)


CLAMPS_OF_VOLTAGE = {"voltage_clamp", "data_inputs", "by_hand"}
"""Where the reference's clamps act on their neighbours a step late: ours are set back to that, the only difference."""

CASES = [
    pytest.param(group, case, marks=[pytest.mark.slow] if number else [])
    for group, cases in GROUPS.items()
    for number, case in enumerate(cases)
]
"""All of them; the first of each group is not slow."""


@pytest.fixture
def as_the_reference_clamps(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The voltage moves freely in the solve and is set back afterwards, as in the reference."""
    one_step, held = step.step, Acting.held

    def stepped(system: Any, prepared: Any, state: Any, acting: Acting, *rest: Any) -> Any:
        state, clamp = one_step(system, prepared, state, acting, *rest), held(acting, "v")
        return state if clamp is None else state.replace({"v": clamp.put(state.v)})

    monkeypatch.setattr(Acting, "held", lambda acting, name: None if name == "v" else held(acting, name))
    monkeypatch.setattr(step, "step", stepped)
    jax.clear_caches()
    yield
    jax.clear_caches()


@pytest.mark.parametrize(("group", "case"), CASES)
def test_equals_the_reference(group: str, case: str, request: pytest.FixtureRequest) -> None:
    """Every array of a case has the reference's shape and values."""
    if group in NEED_DATA:
        request.getfixturevalue("shared_data")
    if case in CLAMPS_OF_VOLTAGE:
        request.getfixturevalue("as_the_reference_clamps")
    expected = goldens(group)[case]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # the same calls warn in the reference
        actual = GROUPS[group][case](jx)
    assert actual.keys() == expected.keys()
    wrong = {}
    for name, reference in expected.items():
        ours = np.asarray(actual[name])
        assert ours.shape == reference.shape, name
        assert np.all(np.isfinite(ours)), name
        difference = np.abs(ours.astype(float) - reference)
        if np.any(difference > tolerance(case, reference.astype(float))):
            wrong[name] = float(difference.max())
    assert not wrong, f"largest differences: {wrong}"


def test_every_case_has_a_golden() -> None:
    """No case was added without running the reference."""
    for group, cases in GROUPS.items():
        assert set(goldens(group)) == set(cases)
