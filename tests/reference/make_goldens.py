"""Store what Jaxley 0.14 computes for every case, as a black box.

Run `python tests/reference/make_goldens.py [group ...]` with a Python that has jaxley 0.14.0; the goldens of this
repository come from jax 0.10.2 on a CPU, in float64. `test_against_reference.py` runs the same functions on dendrax.
"""

import sys
import warnings
from pathlib import Path

import jax
import numpy as np

jax.config.update("jax_enable_x64", True)

import jaxley as jx  # noqa: E402
from reference_cases import GROUPS  # noqa: E402

GOLDEN = Path(__file__).parent / "golden"


def make(group: str) -> None:
    """Run all cases of a group and store their arrays under "case/array"."""
    stored = {}
    for name, case in GROUPS[group].items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            arrays = case(jx)
        for key, array in {key: np.asarray(value) for key, value in arrays.items()}.items():
            if not np.all(np.isfinite(array)):
                print(f"  {name}/{key} is not finite")
            stored[f"{name}/{key}"] = array
        print(group, name, {key: np.shape(array) for key, array in arrays.items()}, flush=True)
    file = GOLDEN / f"{group}.npz"
    np.savez_compressed(file, **stored)
    print(file, file.stat().st_size // 1000, "kB", flush=True)


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for requested in sys.argv[1:] or GROUPS:
        make(requested)
