"""Store what Jaxley 0.14 says about places, distances, cut and joined cells, and their voltages.

Run `python tests/unit/morphology/make_goldens.py ../shared/data` with a Python that has jaxley 0.14. A case's shape is
stored next to its answers, so that the tests need neither program nor the SWC files.
"""

import sys
import warnings
from pathlib import Path

import jax
import jaxley as jx
import numpy as np
from jaxley.channels import HH
from jaxley.morphology import distance_direct, distance_pathwise, morph_connect, morph_delete

jax.config.update("jax_enable_x64", True)
GOLDEN = Path(__file__).parent / "golden"
TREES = {
    "chain": [-1, 0, 1, 2],
    "fan": [-1, 0, 0, 0, 0, 0],
    "tree": [-1, 0, 0, 1, 1, 3, 3, 5, 5],
    "uneven": [-1, 0, 0, 1, 1, 1, 2, 6],
}
CUTS = {"leaf": [2], "subtree": [3, 5, 6, 7, 8], "root": [0], "root_and_leaves": [0, 4, 7]}
JOINTS = {
    f"{b1}{e1}_{b2}{e2}": (b1, e1, b2, e2)
    for b1, e1, b2, e2 in [(0, 0, 0, 0), (0, 1, 0, 0), (1, 1, 0, 0), (1, 1, 1, 1), (1, 0, 0, 1), (2, 1, 2, 1)]
}


def cell_of(parents: list[int], ncomp: int, seed: int):
    """A cell whose branches all differ in length and radius."""
    random = np.random.default_rng(seed)
    cell = jx.Cell(jx.Branch(jx.Compartment(), ncomp), parents)
    for branch in range(len(parents)):
        cell.branch(branch).set("length", float(random.uniform(5, 30)))
        for comp in range(ncomp):
            cell.branch(branch).comp(comp).set("radius", float(random.uniform(0.5, 3)))
    return cell


def shape_of(cell) -> dict[str, np.ndarray]:
    """What a test needs to build the same cell."""
    return {
        "parents": np.asarray(cell.comb_parents),
        "ncomp": np.asarray(cell.ncomp_per_branch),
        **{key: cell.nodes[key].to_numpy(float) for key in ("length", "radius")},
    }


def voltages(cell) -> np.ndarray:
    """The answer to a current into compartment 1, everywhere."""
    cell.insert(HH())
    cell.set("axial_resistivity", 300.0)
    cell.select(nodes=[1]).stimulate(jx.step_current(0.5, 1.0, 1.0, 0.025, 4.0), verbose=False)
    cell.record(verbose=False)
    return np.asarray(jx.integrate(cell, delta_t=0.025))


def places() -> dict[str, np.ndarray]:
    """Layouts of cells built by hand."""
    stored = {}
    for seed, (name, parents) in enumerate(TREES.items()):
        cell = cell_of(parents, 2, seed)
        cell.compute_xyz()
        shape = shape_of(cell) | {"xyz": np.stack([points[:, :3] for points in cell.xyzr])}
        stored |= {f"{name}/{key}": value for key, value in shape.items()}
    return stored


def distances(folder: Path) -> dict[str, np.ndarray]:
    """Distances in a cell built by hand and in a traced one."""
    stored = {}
    cells = {"tree": cell_of(TREES["tree"], 3, 7), "traced": jx.read_swc(str(folder / "ca1_n120.swc"), ncomp=2)}
    for name, cell in cells.items():
        cell.compute_xyz()
        cell.compute_compartment_centers()
        starts = np.array([0, 5, len(cell.nodes) // 2, len(cell.nodes) - 1])
        places = [cell.select(nodes=[int(start)]) for start in starts]
        case = shape_of(cell) | {
            "xyz": cell.nodes[["x", "y", "z"]].to_numpy(float),
            "starts": starts,
            "pathwise": np.array([distance_pathwise(place, cell) for place in places], float),
            "direct": np.array([distance_direct(place, cell) for place in places], float),
        }
        stored |= {f"{name}/{key}": value for key, value in case.items()}
    return stored


def edited() -> dict[str, np.ndarray]:
    """Cut and joined cells."""
    stored = {}
    for name, gone in CUTS.items():
        cell = morph_delete(cell_of(TREES["tree"], 2, 3).branch(gone))
        stored |= {f"cut/{name}/{key}": value for key, value in (shape_of(cell) | {"v": voltages(cell)}).items()}
    for name, (branch1, end1, branch2, end2) in JOINTS.items():
        first, second = cell_of([-1, 0, 0, 1], 2, 4), cell_of([-1, 0, 0], 2, 5)
        cell = morph_connect(first.branch(branch1).loc(float(end1)), second.branch(branch2).loc(float(end2)))
        stored |= {f"joined/{name}/{key}": value for key, value in (shape_of(cell) | {"v": voltages(cell)}).items()}
    return stored


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    GOLDEN.mkdir(exist_ok=True)
    np.savez_compressed(GOLDEN / "places.npz", **places())
    np.savez_compressed(GOLDEN / "distances.npz", **distances(Path(sys.argv[1])))
    np.savez_compressed(GOLDEN / "edited.npz", **edited())
