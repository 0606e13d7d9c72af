"""Ten thousand calls: one compilation, and neither memory nor arrays that stay (figure 13)."""

import gc
import os
import subprocess
import sys
from collections.abc import Callable

import pytest

PROGRAM = """
import gc, resource, sys
from pathlib import Path
import jax
import jax.numpy as jnp
import numpy as np
import dendrax as jx
from dendrax.channels import HH

compiled = []
jax.monitoring.register_event_duration_secs_listener(
    lambda name, seconds, **_: compiled.append(name) if name.endswith("backend_compile_duration") else None
)

cell = jx.Cell(jx.Branch(jx.Compartment(), ncomp=4), parents=[-1, 0, 0])
cell.insert(HH())
cell.branch(0).comp(0).stimulate(np.full(40, 0.5), verbose=False)
cell.record("v", verbose=False)
cell.make_trainable("HH_gNa", verbose=False)
params = cell.get_parameters()
params = [{key: np.asarray(value) for key, value in one.items()} for one in params]


def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def call(k):
    scaled = [{key: value * (1.0 + 1e-5 * k) for key, value in one.items()} for one in params]
    return jx.integrate(cell, scaled).block_until_ready()


call(0)
after_one = len(compiled)
for k in range(1, int(sys.argv[1])):
    call(k)
    if k == int(sys.argv[1]) // 10:
        gc.collect()
        before, arrays = resident(), len(jax.live_arrays())
gc.collect()
print(len(compiled) - after_one, resident() / before - 1.0, len(jax.live_arrays()) - arrays)
"""


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="memory is read as Linux tells it")  # noqa: PTH110
def test_ten_thousand_calls(holds: Callable) -> None:
    """In a process of its own, so that nothing else moves its memory."""
    gc.collect()
    program = [sys.executable, "-c", PROGRAM, "10000"]
    compilations, growth, arrays = subprocess.run(program, capture_output=True, text=True, check=True).stdout.split()
    holds(13, "programs compiled after the first call", int(compilations), at_most=0)
    holds(13, "growth of memory", 100.0 * float(growth), at_most=1.0, unit="%")
    holds(13, "arrays that stay", int(arrays), at_most=0)
