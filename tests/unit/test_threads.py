"""Several threads at once come to the bits of one, and ten thousand calls leave nothing behind."""

import gc
import os
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import dendrax as jx
from dendrax.channels import HH, Leak
from dendrax.engine import chunks
from dendrax.engine.solvers.sequential import Sequential
from dendrax.modules import Branch, Cell, Compartment, Network
from dendrax.modules.frames import put
from dendrax.modules.lower import lower
from dendrax.synapses import IonotropicSynapse

THREADS = 4
T_MAX = 1.0
RUN: Any = sys.modules["dendrax.integrate"]._run


def at_once(function: Callable[[int], Any], n: int = THREADS) -> list[Any]:
    """What `function` gives for 0, 1, ..., all begun at the same moment by threads that are switched often."""
    barrier = threading.Barrier(n)

    def begin(number: int) -> Any:
        barrier.wait()
        return function(number)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(n) as pool:
            return list(pool.map(begin, range(n)))
    finally:
        sys.setswitchinterval(interval)


def make_net(number: int) -> Network:
    """Three cells and synapses that nobody has looked at; of one shape, with numbers of its own."""
    cell = Cell(Branch(Compartment(), 2), parents=[-1, 0, 0])
    cell.insert(Leak())
    cell.branch([0, 2]).insert(HH())
    cell.branch(0).set("radius", 1.0 + 0.1 * number)
    net = Network([cell] * 3)
    jx.fully_connect(net.cell([0, 1]), net.cell(2), IonotropicSynapse())
    net.cell(0).branch(0).comp(0).stimulate(np.full(40, 0.05 * (number + 1)), verbose=False)
    net.record("v", verbose=False)
    return net


def run(net: Network) -> np.ndarray:
    return np.asarray(jx.integrate(net, t_max=T_MAX))


def test_models_are_built_and_run_as_one_after_the_other():
    serial = [run(make_net(number)) for number in range(THREADS)]
    assert not np.array_equal(serial[0], serial[1])
    for found, expected in zip(at_once(lambda number: run(make_net(number))), serial, strict=True):
        np.testing.assert_array_equal(found, expected)


def test_one_model_is_run_watched_and_looked_at_by_all():
    net = make_net(0)
    expected = run(make_net(0))
    kinds: list[Callable[[], Any]] = [
        lambda: run(net),
        lambda: np.asarray(jx.integrate(net, t_max=T_MAX, check=True)),
        lambda: np.asarray(net.cell(1).branch("all").loc(0.2).nodes["v"]),
        lambda: net.edges[["pre_index", "post_index"]].to_numpy().tolist(),
    ]
    columns, watched, voltages, ends = at_once(lambda number: kinds[number]())
    np.testing.assert_array_equal(columns, expected)
    np.testing.assert_array_equal(watched, expected)
    assert voltages.tolist() == [-70.0] * 3
    assert ends == [[0, 12], [6, 12]]


@pytest.mark.parametrize("attempt", range(5))
def test_the_first_look_is_the_same_for_all(attempt):
    """All get the one table whose changes count; synapses that wait enter it once, and places are found once."""
    del attempt  # a race may be lost only now and then
    net = make_net(0)
    looks = [lambda: net.nodes, lambda: net.edges, lambda: net.xyzr, lambda: net.cell(2).nodes]
    seen = at_once(lambda number: looks[number % 4](), 8)
    assert seen[0] is seen[4] is net.nodes
    assert seen[1] is seen[5] is net.edges
    assert len(net.edges) == 2
    other = make_net(0)
    np.testing.assert_array_equal(net.nodes[["x", "y", "z"]], other.nodes[["x", "y", "z"]])
    np.testing.assert_array_equal(seen[3]["x"], other.cell(2).nodes["x"])
    np.testing.assert_array_equal(seen[2][0], other.xyzr[0])


def test_columns_are_added_from_threads_without_a_change_to_what_python_warns_of():
    before = list(warnings.filters)
    frames = [make_net(number).nodes for number in range(THREADS)]
    at_once(lambda number: [put(frames[number], f"c{i}", np.zeros(18)) for i in range(120)])
    assert warnings.filters == before


def test_the_library_is_loaded_once_and_programs_are_made_once_whoever_comes_first():
    """In a process of its own, where nothing has been loaded or compiled."""
    program = (
        "from test_threads import *\n"
        "nets = [make_net(number) for number in range(THREADS)]\n"
        "found = at_once(lambda number: run(nets[number]))\n"
        "again = [run(net) for net in nets]\n"
        "assert all(np.array_equal(*pair) for pair in zip(found, again))\n"
        "n = RUN.n_programs()\n"
        "[run(net) for net in nets]\n"
        "print(n, RUN.n_programs())\n"
    )
    here = Path(__file__).parent
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=here)
    assert done.returncode == 0, done.stderr
    n, after = map(int, done.stdout.split())
    assert n == after
    assert n <= THREADS  # whoever comes while the first compiles may compile too, but nobody does later


def resident() -> int:
    """Memory that this process has [bytes]."""
    pages = Path("/proc/self/statm")
    if not pages.exists():
        pytest.skip("memory is read from /proc, which is not here")
    return int(pages.read_text().split()[1]) * 4096


def call_often(n: int, bytes_per_call: float) -> None:
    """Call what a fit calls, `n` times, and hold what is left behind against what was there before."""
    net = make_net(0)
    net.cell(0).make_trainable("HH_gNa", verbose=False)
    params = net.get_parameters()

    def once(k: int) -> None:
        given = [{"HH_gNa": params[0]["HH_gNa"] * (1 + 1e-4 * k)}]
        jx.integrate(net, given, t_max=T_MAX)
        if k % 10 == 0:
            jx.integrate(net, given, t_max=T_MAX, check=True)
            data = net.cell(1).branch(0).comp(0).data_stimulate(jnp.full(40, 1e-3 * k))
            jx.integrate(net, given, t_max=T_MAX, data_stimuli=data)
            net.cell(2).branch(1).nodes  # noqa: B018 - a look

    for k in range(-30, 0):
        once(k)
    gc.collect()
    programs, arrays, memory = _counts()
    for k in range(n):
        once(k)
    gc.collect()
    now = _counts()
    assert now[0] == programs
    assert now[1] <= arrays
    assert now[2] - memory < 2**23 + n * bytes_per_call


def _counts() -> tuple[int, int, int]:
    return RUN.n_programs() + chunks._advance.n_programs(), len(jax.live_arrays()), resident()


@pytest.mark.slow
def test_a_hundred_calls_leave_nothing_behind():
    call_often(100, 0.0)


@pytest.mark.slow
def test_ten_thousand_calls_leave_nothing_behind():
    call_often(10_000, 0.0)


def between_lines(read: Callable[[], Any], look: Callable[[], Any]) -> list[Any]:
    """What another thread sees when it looks between any two lines of `dendrax.modules` that a reading thread runs.

    Where it has to wait for the reader, it sees nothing in between.
    """
    seen = []

    def trace(frame: Any, event: str, _: Any) -> Any:
        if f"dendrax{os.sep}modules" not in frame.f_code.co_filename:
            return None
        if event == "line":
            other = threading.Thread(target=lambda: seen.append(look()), daemon=True)
            other.start()
            other.join(0.005)
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        read()
    finally:
        sys.settrace(before)
    return seen


LOOKS = {
    "number of synapses": lambda net: len(net.tables.wiring),
    "synapses": lambda net: net.edge_rows.tolist(),
    "ends": lambda net: [net.tables.edges[end].tolist() for end in ("pre_index", "post_index")],
    "area": lambda net: lower(net.tables, Sequential()).params["area"].tolist(),
    "types": lambda net: [one.name for one in net.synapses],
    "columns": lambda net: sorted({*net.tables.nodes.names} - {"x", "y", "z"}),
}


@pytest.mark.parametrize(
    ("what", "attribute"),
    [
        *((what, "edges") for what in LOOKS),
        ("columns", "nodes"),
        ("area", "xyzr"),
        *(pytest.param(what, "nodes", marks=pytest.mark.slow) for what in LOOKS if what != "columns"),
        *(pytest.param(what, "xyzr", marks=pytest.mark.slow) for what in LOOKS if what != "area"),
    ],
)
def test_no_reader_sees_half_of_what_another_makes(what, attribute):
    net = make_net(0)
    net.cell(1).set("area", 50.0)
    expected = LOOKS[what](make_net(0)) if what != "area" else LOOKS[what](net.copy())
    if what == "columns":
        expected = sorted([*expected, "area"])
    seen = between_lines(lambda: getattr(net, attribute), lambda: LOOKS[what](net))
    assert len(seen) > 5
    assert all(one == expected for one in seen)
