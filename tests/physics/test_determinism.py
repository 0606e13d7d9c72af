"""The same bits whenever, with whatever else in the batch, on however many threads and devices (figure 7)."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from physics_models import steps, uneven_tree

import dendrax as jx

N_STEPS, DT = 400, 0.025


def firing_cell() -> Any:
    """Seven branches that fire, with a conductance per branch to change."""
    cell = uneven_tree()
    cell.branch(0).comp(0).stimulate(np.full(N_STEPS, 2.0), verbose=False)
    cell.record("v", verbose=False)
    cell.branch("all").make_trainable("HH_gNa", verbose=False)
    return cell


def value_and_gradient(cell: Any) -> Callable[[Any], Any]:
    """Columns, and the gradient of a loss on them."""

    def loss(params: Any) -> tuple[jax.Array, jax.Array]:
        v = steps(cell, N_STEPS, DT, params=params)
        return jnp.mean((v / 50.0) ** 2), v

    return jax.value_and_grad(loss, has_aux=True)


def bits(tree: Any) -> str:
    """A digest of all arrays."""
    digest = hashlib.sha256()
    for leaf in jax.tree.leaves(tree):
        digest.update(np.ascontiguousarray(leaf).tobytes())
    return digest.hexdigest()


@pytest.fixture(scope="module")
def cell() -> Any:
    return firing_cell()


@pytest.fixture(scope="module")
def params(cell: Any) -> Any:
    return cell.get_parameters()


def test_a_hundred_runs(holds: Callable, cell: Any, params: Any) -> None:
    first = steps(cell, N_STEPS, DT, params=params)
    assert np.max(first) > 0.0
    again = [steps(cell, N_STEPS, DT, params=params) for _ in range(100)]
    holds(7, "of 100 runs, those that differ", sum(bits(one) != bits(first) for one in again), at_most=0)


@pytest.mark.slow
def test_a_hundred_gradients(holds: Callable, cell: Any, params: Any) -> None:
    gradient = jax.jit(value_and_gradient(cell))
    first = bits(gradient(params))
    differ = sum(bits(gradient(params)) != first for _ in range(100))
    holds(7, "of 100 gradients, those that differ", differ, at_most=0)


def test_inside_of_jit(holds: Callable, cell: Any, params: Any) -> None:
    """XLA fuses there as it likes, with vectors of another width: close to what a plain call gives, but other bits."""
    plain = steps(cell, N_STEPS, DT, params=params)
    jitted = jax.jit(lambda params: steps(cell, N_STEPS, DT, params=params))
    first = jitted(params)
    differ = np.sum(np.asarray(jitted(params) != first))
    holds(7, "inside of a user's jit, two runs: differing numbers", differ, at_most=0)
    off = np.max(np.abs(np.asarray(first - plain)))
    holds(7, "inside of a user's jit against a plain call", off, at_most=1e-9, unit="mV")


@pytest.mark.slow
def test_devices(holds: Callable, cell: Any, params: Any) -> None:
    """Another device, and a batch on one or both."""
    plain = steps(cell, N_STEPS, DT, params=params)
    with jax.default_device(jax.devices()[1]):
        other = steps(cell, N_STEPS, DT, params=params)
    holds(7, "on another device, differing numbers", np.sum(np.asarray(other) != np.asarray(plain)), at_most=0)
    batch = jax.tree.map(lambda leaf: leaf * jnp.linspace(0.9, 1.1, 4)[:, None], params)
    one, both = (
        jx.integrate_many(cell, batch, t_max=N_STEPS * DT, delta_t=DT, devices=n, progress=False) for n in (1, 2)
    )
    holds(7, "a batch split over 2 devices, differing numbers", np.sum(one != both), at_most=0)


@pytest.mark.slow
@pytest.mark.parametrize("sizes", [(1, 2, 5), range(1, 65)], ids=["some", "all"])
def test_batch_sizes(holds: Callable, cell: Any, params: Any, sizes: Any) -> None:
    """A member of a batch does not depend on how many others there are, nor on which.

    With jax 0.12 a batch of one is rounded differently, by one unit in the last place, although XLA's program has the
    same operations; why is not known for sure. There it is held to 1e-12 mV, all other sizes to the same bits.
    """
    batch = jax.tree.map(lambda leaf: leaf * jnp.linspace(0.8, 1.2, 64)[:, None], params)
    run = jax.jit(jax.vmap(lambda params: steps(cell, N_STEPS // 4, DT, params=params)))
    expected = np.asarray(run(batch))
    assert np.ptp(expected, axis=0).max() > 0.1
    apart = {
        n: np.abs(np.asarray(run(jax.tree.map(lambda leaf, n=n: leaf[:n], batch))) - expected[:n]).max() for n in sizes
    }
    if jax.__version_info__ >= (0, 12):
        assert apart.pop(1) < 1e-12
    differ = np.count_nonzero(list(apart.values()))
    holds(7, f"of batch sizes 1 to 64, those that differ ({'all' if len(sizes) == 64 else 'three'})", differ, at_most=0)


PROGRAM = """
import os, sys
sys.path.insert(0, sys.argv[1])
import jax
jax.config.update("jax_enable_x64", True)
import numpy as np
from test_determinism import bits, firing_cell, value_and_gradient

cell = firing_cell()
batch = jax.tree.map(lambda leaf: leaf * np.linspace(0.8, 1.2, 256)[:, None], cell.get_parameters())
one = jax.jit(value_and_gradient(cell))(cell.get_parameters())
many = jax.jit(jax.vmap(value_and_gradient(cell)))(batch)
print(len(os.listdir("/proc/self/task")), bits(one), bits(many))
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="threads are counted on Linux alone")
def test_thread_counts(holds: Callable) -> None:
    """A run and a large batch, values and gradients, in processes whose pools have 1, 2 and 8 threads."""
    answers = []
    for threads in ("1", "2", "8"):
        program = [sys.executable, "-c", PROGRAM, str(Path(__file__).parent)]
        environment = os.environ | {"NPROC": threads, "PJRT_NPROC": threads}
        for name in ("XLA_FLAGS", "JAX_COMPILATION_CACHE_DIR"):  # each compiles for itself
            environment.pop(name, None)
        done = subprocess.run(program, env=environment, capture_output=True, text=True, check=True)
        answers.append(done.stdout.split())
    counts = [int(count) for count, *_ in answers]
    assert counts[0] < counts[1] < counts[2], "the number of threads was not what was asked for"
    differ = sum(found != answers[0][1:] for _, *found in answers)
    holds(7, "of 1, 2 and 8 threads, those that differ", differ, at_most=0)
