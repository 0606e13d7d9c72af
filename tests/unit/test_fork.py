"""A process that was forked after JAX had started: an error of ours, where JAX alone waits forever."""

import subprocess
import sys

import pytest

PARENT = """
import os, sys, tempfile, warnings
warnings.filterwarnings("ignore", message=r"os.fork\\(\\) was called", category=RuntimeWarning)  # JAX's own
import multiprocessing
import jax, jax.numpy as jnp, numpy as np
import dendrax as jx
from dendrax.errors import ModelStateError

cell = jx.Cell()
cell.record(verbose=False)
net = jx.Network([jx.Cell(), jx.Cell()])
net.cell(0).record(verbose=False)

def loss(params):
    return (params["a"] - 1.0) ** 2

calls = {
    "integrate": lambda: jx.integrate(cell, t_max=1.0),
    "another solver": lambda: jx.integrate(cell, t_max=1.0, solver="crank_nicolson", voltage_solver="dense"),
    "a network": lambda: jx.integrate(net, t_max=1.0, progress=True, check=True),
    "integrate_many": lambda: jx.integrate_many(cell, t_max=1.0, all_states=[{"v": [-70.0]}, {"v": [-60.0]}]),
    "map_many": lambda: jx.map_many(lambda x: x + 1, np.ones(3)),
    "fit": lambda: jx.optimize.fit(loss, {"a": np.ones(1)}, steps=1, progress=False),
    "least_squares": lambda: jx.optimize.least_squares(loss, {"a": np.ones(1)}, steps=1, progress=False),
    "search": lambda: jx.optimize.search(loss, {"a": np.ones(1)}, generations=1, progress=False),
}
calls["by hand"] = lambda: __import__("dendrax.integrate", fromlist=["x"]).build_init_and_step_fn(cell)


def attempt(name):
    try:
        calls[name]()
    except ModelStateError as error:
        return str(error)
    return "computed"
"""

FORKS = (
    PARENT
    + """
if sys.argv[1] == "jax":
    jnp.ones(3).block_until_ready()
elif sys.argv[1] == "dendrax":
    jx.integrate(cell, t_max=0.1)
names = list(calls) if sys.argv[1] != "nothing" else ["integrate"]
with multiprocessing.get_context("fork").Pool(1) as pool:
    print(*zip(names, pool.map(attempt, names)), sep="\\n")
"""
)


def run(program, *arguments):
    """What a program prints; a process that hangs fails the test."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize("before", [pytest.param("jax", marks=pytest.mark.slow), "dendrax"])
def test_whatever_computes_is_refused_in_a_fork_of_a_process_where_jax_had_started(before):
    lines = run(FORKS, before)
    assert len(lines) == 9
    assert not [line for line in lines if "forked after JAX had started" not in line or "spawn" not in line]


def test_a_fork_before_jax_has_started_computes():
    assert run(FORKS, "nothing") == ["('integrate', 'computed')"]


@pytest.mark.slow
def test_forks_that_compute_nothing_and_other_programs_are_not_affected():
    program = (
        PARENT
        + """
def build(path):
    cell.insert(jx.channels.HH())
    cell.set("HH_gNa", 0.2)
    jx.save(cell, path)
    return jx.load(path).nodes["HH_gNa"].tolist()

def compute(_):
    import subprocess
    one = "import dendrax as jx; one = jx.Cell(); one.record(verbose=False); print(jx.integrate(one, t_max=0.1).shape)"
    return subprocess.run([sys.executable, "-c", one], capture_output=True, text=True, preexec_fn=os.getpid).stdout

jx.integrate(cell, t_max=0.1)
with multiprocessing.get_context("fork").Pool(1) as pool:
    print(pool.map(build, [tempfile.mkdtemp() + "/cell.dendrax"])[0])
    print(pool.map(compute, [None])[0].strip())
print(jx.integrate(cell, t_max=0.1).shape)
"""
    )
    assert run(program) == ["[0.2]", "(1, 5)", "(1, 5)"]
