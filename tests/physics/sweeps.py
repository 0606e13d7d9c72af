"""Where a mechanism is asked for finite numbers, and all that it is asked for there."""

import jax
import jax.numpy as jnp
import numpy as np

SINGULAR = (-80.0, -75.0, -65.0, -55.0, -47.0, -45.0, -40.0, -35.0, -27.0, -20.0, 0.0, 10.0, 30.0)
"""Voltages at which a rate of a built-in mechanism is 0/0 as it stands, a branch changes or a threshold is [mV]."""
STEPS = (1e-6, 0.025, 100.0)
"""Time steps, from far below to far above the usual ones [ms]."""
GRID = np.arange(-15000, 10001) / 100.0
"""The voltages of cells, densely [mV]."""


def voltages(dtype):
    """Voltages in +-1e5 mV: singular points, the next floats and powers beside them, and all magnitudes."""
    points = np.asarray(SINGULAR, dtype)
    below, above = (np.nextafter(points, np.asarray(side, dtype)) for side in (-np.inf, np.inf))
    beside = np.add.outer(points, np.outer([-1.0, 1.0], np.geomspace(1e-30, 1e-2, 15)).ravel()).ravel()
    far = np.outer([-1.0, 1.0], np.geomspace(1e-30, 1e5, 800)).ravel()
    usual = np.arange(-150.0, 150.1, 0.5)
    return np.unique(np.concatenate([points, below, above, beside, far, usual]).astype(dtype))


def batches(dtype):
    """(voltage, state, time step) in all combinations, and the dense grid with one of them."""
    states = (0.0, float(np.finfo(dtype).tiny), 0.3, 1.0)
    mesh = np.meshgrid(voltages(dtype), states, STEPS, indexing="ij")
    dense = (GRID, np.full_like(GRID, 0.3), np.full_like(GRID, 0.025))
    return tuple(np.concatenate([a.ravel(), b]).astype(dtype) for a, b in zip(mesh, dense, strict=True))


def count_unbounded(compute, dtype, x, *rest):
    """How many numbers are NaN or infinite of `compute(x, *rest)` and its derivatives in the vector x, over rows.

    First derivatives by both modes, second ones by forward over reverse and reverse over reverse; in float32, whose
    range is the one that is left first, by jvp of jvp too.
    """
    modes = [(jax.jacfwd, jax.jacrev), (jax.jacrev, jax.jacrev)]
    if dtype == jnp.float32:
        modes.append((jax.jacfwd, jax.jacfwd))

    def everything(*row):
        first = [mode(compute)(*row) for mode in (jax.jacfwd, jax.jacrev)]
        return compute(*row), first, [outer(inner(compute))(*row) for outer, inner in modes]

    unbounded = 0
    for path, leaf in jax.tree.leaves_with_path(jax.jit(jax.vmap(everything))(x, *rest)):
        assert leaf.dtype == dtype
        bad = ~np.isfinite(np.asarray(leaf)).reshape(len(x), -1).all(axis=1)
        unbounded += bad.sum()
        if bad.any():
            print(f"{jax.tree_util.keystr(path)} at {[one[bad][:3].tolist() for one in (x, *rest)]}")
    return unbounded
