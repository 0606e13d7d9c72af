"""Record what Jaxley 0.14 makes of the real morphologies; run by hand, never by the tests.

    python tests/unit/io/golden/record.py ../shared/data      # in an environment with jaxley==0.14.0

Jaxley is used as a black box: `read_swc` and the tables that a user sees. One file per cell, arrays named
`<case>/<column>`; `CASES` is read by the tests.
"""

import sys
from pathlib import Path

CASES = {
    "ncomp1": {"ncomp": 1},
    "ncomp3": {"ncomp": 3},
    "ncomp4": {"ncomp": 4},
    "max_branch_len": {"ncomp": 1, "max_branch_len": 100.0},
    "min_radius": {"ncomp": 2, "min_radius": 0.5},
    "interruptions": {"ncomp": 2, "ignore_swc_tracing_interruptions": False},
    "relevant": {"ncomp": 2, "relevant_type_ids": [1, 2]},
}
FIRST = ("ncomp1", "ncomp3", "ncomp4", "max_branch_len")
CELLS = {"l5pc_with_axon": FIRST, "ca1_n120": tuple(CASES), "ca1_n120_single_point_soma": FIRST}
COLUMNS = ("length", "radius", "area", "volume", "resistive_load_in", "resistive_load_out", "x", "y", "z")


def main(data: Path) -> None:
    """Write one npz per cell next to this file."""
    import jax
    import jaxley as jx
    import numpy as np

    jax.config.update("jax_enable_x64", True)
    for name, cases in CELLS.items():
        found = {}
        for case in cases:
            cell = jx.read_swc(str(data / f"{name}.swc"), **CASES[case])
            nodes = cell.nodes
            found |= {f"{case}/{column}": nodes[column].to_numpy() for column in COLUMNS}
            found |= {f"{case}/group/{group}": nodes[group].to_numpy(dtype=bool) for group in cell.group_names}
            found[f"{case}/comb_parents"] = np.asarray(cell.comb_parents, dtype=np.int32)
            found[f"{case}/ncomp_per_branch"] = np.asarray(cell.ncomp_per_branch, dtype=np.int32)
        np.savez_compressed(Path(__file__).parent / f"{name}.npz", **found)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
