"""Store how compartments are joined in Jaxley 0.14, as its `_comp_edges` say, in golden/joints.json.

Run `python tests/unit/modules/make_joints.py` with a Python that has jaxley 0.14.
"""

import json
from pathlib import Path

import jaxley as jx

CELLS = {"tree": ([-1, 0, 1, 0, 1, 0, 3], [2, 4, 1, 3, 1, 2, 2]), "fork": ([-1, 0, 0], [2, 2, 2]), "cable": ([-1], [3])}


def cell_of(parents: list[int], ncomp: list[int]):
    """A cell of branches of so many compartments."""
    return jx.Cell([jx.Branch(jx.Compartment(), ncomp=n) for n in ncomp], parents=parents)


def described(names: list[str], module) -> dict:
    """The cells that a module is made of, the labels of its compartments, and the rows of its table."""
    return {
        "cells": [CELLS[name] for name in names],
        "labels": module.nodes.index.tolist(),
        "joints": module._comp_edges.to_numpy(int).tolist(),
    }


if __name__ == "__main__":
    cells = {name: cell_of(*shape) for name, shape in CELLS.items()}
    found = {
        "cell": described(["tree"], cells["tree"]),
        "network": described(list(CELLS), jx.Network(list(cells.values()))),
    }
    (Path(__file__).parent / "golden" / "joints.json").write_text(json.dumps(found) + "\n")
