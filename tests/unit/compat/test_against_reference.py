"""The helpers return what those of Jaxley 0.14 return, run as a black box (golden/make_reference.py)."""

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

from dendrax.compat.paths import PATHS

GOLDEN = Path(__file__).parent / "golden"
sys.path.insert(0, str(GOLDEN))
from helper_cases import CASES, numbers  # noqa: E402

REFERENCE = np.load(GOLDEN / "reference.npz")


def ours(path):
    """Our module for a path of the reference."""
    return importlib.import_module(PATHS[path])


@pytest.mark.parametrize("name", CASES)
def test_helper_returns_what_the_reference_returns(name):
    # A mesh has points at sin(pi) r; all else is of the order of one.
    np.testing.assert_allclose(numbers(CASES[name](ours)), REFERENCE[name], rtol=1e-12, atol=1e-14)
