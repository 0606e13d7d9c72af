"""An implicit step and its derivatives, with the native kernel and without, against the dense matrix of the cable."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dendrax.engine import native
from dendrax.engine.solvers import Native
from dendrax.engine.solvers.change import solve_change

pytestmark = pytest.mark.skipif(native.library() is None, reason="no native kernels here")

SOLVER = Native()


def forest(sizes: list[int]) -> tuple[np.ndarray, int]:
    """Parents of random trees of these sizes, the same for the same size; branch points last. And their number."""
    parent: list[int] = []
    for size in sizes:
        random, first = np.random.default_rng(size), len(parent)
        parent += [-1, *(first + int(random.integers(max(0, k - 3), k)) for k in range(1, size))]
    full = list(parent)
    for i in range(len(parent)):
        children = np.flatnonzero(np.array(parent) == i)
        if len(children) > 1:
            full.append(i)
            for child in children:
                full[child] = len(full) - 1
    return np.array(full), len(full) - len(parent)


def dense_change(parent, n_comp, excess, conductance, current, voltage):
    n, child = len(parent), np.flatnonzero(parent >= 0)
    up, g = parent[child], conductance[child]
    laplacian = jnp.zeros((n, n)).at[child, child].add(g).at[up, up].add(g).at[child, up].add(-g).at[up, child].add(-g)
    start = jnp.concatenate((voltage, voltage[parent[n_comp:]]))
    matrix = laplacian + jnp.diag(jnp.pad(excess, (0, n - n_comp)))
    return jnp.linalg.solve(matrix, jnp.pad(current, (0, n - n_comp)) - laplacian @ start)[:n_comp]


def total_of(parent, conductance):
    """Sum of the conductances that meet in each node."""
    return conductance.at[np.maximum(parent, 0)].add(conductance)


def make_problem(sizes: list[int]):
    """Values, which nodes have a parent, and both ways to solve."""
    parent, n_points = forest(sizes)
    n_comp, random = len(parent) - n_points, np.random.default_rng(0)
    values = (
        jnp.asarray(random.uniform(0.1, 1, n_comp)),
        jnp.asarray(np.where(parent >= 0, random.uniform(0.1, 5, len(parent)), 0)),
        jnp.asarray(random.normal(size=n_comp)),
        jnp.asarray(random.normal(size=n_comp, scale=10)),
    )
    plan = SOLVER.plan(parent, n_points)
    return (
        values,
        parent >= 0,
        jax.jit(lambda e, g, c, u: solve_change(SOLVER, plan, e, g, total_of(parent, g), c, u)),
        jax.jit(lambda *given: dense_change(parent, n_comp, *given)),
    )


@pytest.fixture(
    scope="module",
    params=[[1], [7], [1, 3, 7, 7], pytest.param([5] * 20, marks=pytest.mark.slow)],
    ids=lambda sizes: "_".join(map(str, sizes[:4])),
)
def problem(request):
    return make_problem(request.param)


@pytest.fixture(scope="module")
def mixed():
    return make_problem([1, 3, 7, 7])


def test_it_is_the_dense_solution(problem):
    values, _, ours, dense = problem
    np.testing.assert_allclose(ours(*values), dense(*values), rtol=1e-11, atol=1e-11)


@pytest.mark.slow
def test_derivatives_of_first_and_second_order(mixed):
    """Along a direction in each of the four values: every two of them, in one program."""
    values, has_parent, ours, dense = mixed
    along = [np.random.default_rng(k).normal(size=value.shape) for k, value in enumerate(values)]
    along[1] = along[1] * has_parent
    zero, one = jnp.zeros(4), jnp.arange(1.0, 5.0)

    def derivatives(function):
        def loss(z):
            return jnp.sum(jnp.sin(function(*(x + z[k] * along[k] for k, x in enumerate(values)))))

        first = jax.grad(loss)
        scanned = jax.grad(lambda z: jax.lax.scan(jax.checkpoint(lambda c, _: (c + loss(z), None)), 0.0, None, 2)[0])
        return {
            "reverse": first(zero),
            "forward": jax.jvp(loss, (zero,), (one,))[1],
            "forward over reverse": jax.jvp(first, (zero,), (one,))[1],
            "all second": jax.jacfwd(first)(zero),
            "reverse over reverse": jax.grad(lambda z: first(z) @ one)(zero),
            "in a loop": jax.jvp(scanned, (zero,), (one,))[1],
        }

    found, expected = (jax.jit(derivatives, static_argnums=0)(each) for each in (ours, dense))
    for name, right in expected.items():
        np.testing.assert_allclose(found[name], right, rtol=1e-9, atol=1e-12, err_msg=name)


def test_reverse_mode_gives_all_entries(problem):
    values, has_parent, ours, dense = problem
    gradients = [jax.jit(jax.grad(lambda *v, f=f: jnp.sum(jnp.sin(f(*v))), range(4)))(*values) for f in (ours, dense)]
    for which, (got, expected) in enumerate(zip(*gradients, strict=True)):
        mask = has_parent if which == 1 else slice(None)
        np.testing.assert_allclose(got[mask], expected[mask], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("n", [2, pytest.param(9, marks=pytest.mark.slow), 21])
@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
def test_a_batch_has_the_bits_of_its_members(mixed, n, dtype):
    values, _, ours, _ = mixed
    excess, conductance, current, voltage = (x.astype(dtype) for x in values)
    many = excess * jnp.linspace(1, 2, n, dtype=dtype)[:, None]
    together = jax.vmap(ours, (0, None, None, None))(many, conductance, current, voltage)
    nested = jax.vmap(jax.vmap(ours, (None, None, 0, None)), (0, None, None, None))(
        many, conductance, current[None], voltage
    )
    for i in range(n):
        alone = ours(many[i], conductance, current, voltage)
        np.testing.assert_array_equal(together[i], alone)
        np.testing.assert_array_equal(nested[i, 0], alone)


def test_large_conductances_cost_no_digits_in_float32():
    """A cable of 100 compartments that are nearly one: nothing is subtracted, so each row costs about one eps."""
    parent = np.arange(100) - 1
    plan = SOLVER.plan(parent)
    excess, conductance = np.full(100, 1e-3), np.where(np.arange(100) > 0, 1e4, 0.0)
    total = np.asarray(total_of(parent, jnp.asarray(conductance)))
    current, voltage = np.where(np.arange(100) == 7, 1.0, 0.0), np.full(100, -70.0)
    changes = [
        solve_change(SOLVER, plan, *(jnp.asarray(x, dtype) for x in (excess, conductance, total, current, voltage)))
        for dtype in (jnp.float32, jnp.float64)
    ]
    np.testing.assert_allclose(*changes, rtol=100 * np.finfo(np.float32).eps)
    np.testing.assert_allclose(jnp.sum(changes[1] * excess), 1.0, rtol=1e-12)
