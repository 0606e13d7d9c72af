"""Cells whose branches all differ, and the reference's answers about them."""

from pathlib import Path

import numpy as np
import pytest

import dendrax as jx

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(scope="session")
def cell_of():
    """Cells of cylinders. ncomp (branch,), length and radius (comp,)."""
    return _cell_of


@pytest.fixture(scope="session")
def uneven_cell():
    """What the script that made the golden values calls `cell_of`."""
    return _uneven_cell


def _cell_of(parents, ncomp, length, radius):
    cell = jx.Cell([jx.Branch(jx.Compartment(), int(n)) for n in ncomp], np.asarray(parents))
    cell.set("length", length)
    cell.set("radius", radius)
    return cell


def _uneven_cell(parents, ncomp, seed):
    random = np.random.default_rng(seed)
    cell = jx.Cell(jx.Branch(jx.Compartment(), ncomp), parents)
    for branch in range(len(parents)):
        cell.branch(branch).set("length", random.uniform(5, 30))
        for comp in range(ncomp):
            cell.branch(branch).comp(comp).set("radius", random.uniform(0.5, 3))
    return cell


@pytest.fixture(scope="session")
def golden():
    """Names of a file's cases, and what it stores of one."""

    def load(file, prefix=""):
        with np.load(GOLDEN / f"{file}.npz") as stored:
            names = [name.removeprefix(prefix) for name in stored if name.startswith(prefix)]
            return {name: stored[prefix + name] for name in names}

    return load
