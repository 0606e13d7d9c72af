"""Makes reference.npz: what the helpers of Jaxley 0.14 return, called as black boxes in float64.

/path/to/python-with-jaxley make_reference.py
"""

import importlib
import sys
import warnings
from pathlib import Path

import jax

jax.config.update("jax_enable_x64", True)
warnings.simplefilter("ignore")
sys.path.insert(0, str(Path(__file__).parent))

import numpy as np  # noqa: E402
from helper_cases import CASES, numbers  # noqa: E402


def module(path):
    """A module of the reference."""
    importlib.import_module(path)
    return sys.modules[path]


if __name__ == "__main__":
    out = {name: numbers(call(module)) for name, call in CASES.items()}
    np.savez_compressed(Path(__file__).parent / "reference.npz", **out)
