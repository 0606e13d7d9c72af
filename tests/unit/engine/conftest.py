"""Systems made by hand, so that the engine is tested without tables: it must not matter who lowers a model."""

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from dendrax.engine.inserted import Inserted
from dendrax.engine.rows import Rows
from dendrax.engine.simulate import Job, simulate
from dendrax.engine.solvers.dense import Dense
from dendrax.engine.state import Layout
from dendrax.engine.steppers.bwd_euler import BackwardEuler
from dendrax.engine.system import Cable, Inputs, Recordings, System
from dendrax.engine.wired import Wired
from dendrax.mechanisms.channel import Channel

TREE = (-1, 0, 1, 9, 3, 9, 5, 10, 10, 2, 6)
"""Nine compartments and two branch points: 9 joins 2 to 3 and 5, 10 joins 6 to 7 and 8."""
TREE_COMPS = 9


class Passive(Channel):
    """A leak."""

    def __init__(self, g: float = 1e-4, e: float = -70.0, name: str | None = None) -> None:
        self.current_is_in_mA_per_cm2 = True
        super().__init__(name)
        self.channel_params = {f"{self.name}_g": g, f"{self.name}_e": e}
        self.channel_states = {}
        self.current_name = f"i_{self.name}"

    def update_states(self, states, dt, v, params):
        return {}

    def compute_current(self, states, v, params):
        return params[f"{self.name}_g"] * (v - params[f"{self.name}_e"])


class Gated(Channel):
    """A current through one gate that opens with the voltage."""

    def __init__(self, name: str | None = None) -> None:
        self.current_is_in_mA_per_cm2 = True
        super().__init__(name)
        self.channel_params = {f"{self.name}_g": 5e-3, "e_shared": 50.0}
        self.channel_states = {f"{self.name}_m": 0.1}
        self.current_name = f"i_{self.name}"

    def update_states(self, states, dt, v, params):
        m = states[f"{self.name}_m"]
        target = 1 / (1 + jnp.exp(-(v + 40.0) / 9.0))
        return {f"{self.name}_m": target + (m - target) * jnp.exp(-dt / 2.0)}

    def compute_current(self, states, v, params):
        return params[f"{self.name}_g"] * states[f"{self.name}_m"] ** 3 * (v - params["e_shared"])


def make_system(
    parent: Sequence[int],
    n_comp: int,
    placed: Sequence[tuple[Any, Sequence[int] | None]] = (),
    v: Any = -70.0,
    solver: Any = None,
    pumps: Sequence[tuple[Any, Sequence[int] | None]] = (),
    synapses: Sequence[tuple[Any, Sequence[int], Sequence[int]]] = (),
    diffused: Sequence[str] = (),
    **params: Any,
) -> System:
    """A System of cylinders of different sizes; each channel and pump at its rows, None for everywhere."""
    solver = Dense() if solver is None else solver
    at = np.arange(n_comp)
    base = {
        "radius": 1.0 + 0.5 * np.sin(at),
        "length": 20.0 + 5 * np.cos(2 * at),
        "axial_resistivity": 100.0 + 10 * np.sin(3 * at),
        "capacitance": 1.0 + 0.1 * np.cos(at),
    }
    base |= {name: np.broadcast_to(np.asarray(value, float), (n_comp,)).copy() for name, value in params.items()}
    cross = np.pi * base["radius"] ** 2
    geometry = {
        "area": 2 * np.pi * base["radius"] * base["length"],
        "volume": cross * base["length"],
        "resistive_load_in": base["length"] / 2 / cross,
        "resistive_load_out": base["length"] / 2 / cross,
    }
    base = geometry | base
    where = [(one, at if rows is None else np.asarray(rows)) for one, rows in (*placed, *pumps)]
    users: dict[str, list[np.ndarray]] = {"v": [at]}
    state = {"v": np.broadcast_to(np.asarray(v, float), (n_comp,)).copy()}
    for channel, rows in where:
        for name, value in channel.channel_params.items():
            base.setdefault(name, np.full(n_comp, np.nan))
            base[name][rows] = np.where(np.isnan(base[name][rows]), value, base[name][rows])
        for name, value in channel.channel_states.items():
            users.setdefault(name, []).append(rows)
            state.setdefault(name, np.full(n_comp, np.nan))[rows] = value
    currents = tuple(dict.fromkeys(channel.current_name for channel, _ in where))
    kept = {name: np.unique(np.concatenate(rows)) for name, rows in users.items()}
    kept |= dict.fromkeys((*diffused, *currents), at)
    for ion in diffused:
        state[ion] = np.nan_to_num(state.get(ion, np.zeros(n_comp)))
    storage = {name: Rows.of(rows, n_comp) for name, rows in kept.items()}
    for synapse, pre, _ in synapses:
        base |= {name: np.full(len(pre), value) for name, value in synapse.synapse_params.items()}
        own = {name: np.full(len(pre), value) for name, value in synapse.synapse_states.items()}
        state |= own
        storage |= {name: Rows.all(len(pre)) for name in (*own, f"i_{synapse.name}")}
    all_placed = tuple(
        Inserted(
            channel,
            Rows.of(rows, n_comp),
            {name: Rows.of(np.searchsorted(kept[name], rows), len(kept[name])) for name in channel.channel_states},
        )
        for channel, rows in where
    )
    parents = np.asarray(parent, np.int32)
    cable = Cable(parents, n_comp)
    return System(
        base,
        state,
        Layout(
            storage,
            currents,
            tuple(f"i_{one.name}" for one, _, _ in synapses),
            tuple(name for one, _, _ in synapses for name in one.synapse_states),
        ),
        all_placed,
        tuple(Wired(one, np.asarray(pre, np.int32), np.asarray(post, np.int32)) for one, pre, post in synapses),
        cable,
        solver.plan(parents, len(parents) - n_comp),
        solver,
        tuple(diffused),
    )


def laplacian(system: System) -> np.ndarray:
    """Axial conductance matrix over all nodes [uS], written down edge by edge: current into i is -(L v)_i."""
    p, parent, n_comp = system.params, np.asarray(system.cable.parent), system.cable.n_comp
    out = np.zeros((len(parent), len(parent)))
    for i, j in enumerate(parent):
        if j < 0:
            continue
        megaohm = 0.0
        if i < n_comp:
            megaohm += p["axial_resistivity"][i] * 1e4 * p["resistive_load_in"][i] * 1e-6
        if j < n_comp:
            megaohm += p["axial_resistivity"][j] * 1e4 * p["resistive_load_out"][j] * 1e-6
        g = 1 / megaohm
        out[[i, j], [i, j]] += g
        out[i, j] -= g
        out[j, i] -= g
    return out


def reduced_laplacian(system: System) -> np.ndarray:
    """The same between compartments alone, branch points eliminated."""
    whole, n = laplacian(system), system.cable.n_comp
    if len(whole) == n:
        return whole
    return whole[:n, :n] - whole[:n, n:] @ np.linalg.solve(whole[n:, n:], whole[n:, :n])


_compiled = eqx.filter_jit(lambda job: simulate(job)[:2])


def run(
    system: System,
    kept: dict[str, Sequence[int]],
    n_steps: int = 10,
    dt: Any = 0.025,
    stepper: Any = None,
    acting: dict[str, tuple[Sequence[int], Any]] | None = None,
    overriding: tuple = (),
) -> dict[str, np.ndarray]:
    """What is recorded, by key: (row, column). `acting` holds rows and values over time."""
    rows = {key: np.asarray(where, np.int32) for key, where in kept.items()}
    order = np.arange(sum(map(len, rows.values())), dtype=np.int32)
    acting = {} if acting is None else acting
    inputs = Inputs(
        {key: np.asarray(where, np.int32) for key, (where, _) in acting.items()},
        {key: np.atleast_2d(np.asarray(values, float)) for key, (_, values) in acting.items()},
    )
    stepper = BackwardEuler() if stepper is None else stepper
    dt = jnp.asarray(dt)  # traced, so that all time steps share a program
    columns, _ = _compiled(Job(system, overriding, None, inputs, Recordings(rows, order), dt, stepper, n_steps))
    ends = np.cumsum([len(rows[key]) for key in sorted(rows)])
    return {key: columns[end - len(rows[key]) : end] for key, end in zip(sorted(rows), ends, strict=True)}


def equations(program: Any) -> int:
    """All equations of a program, those inside of loops included."""
    inner = jax.tree.leaves([list(one.params.values()) for one in program.eqns], is_leaf=_is_program)
    return len(program.eqns) + sum(equations(getattr(one, "jaxpr", one)) for one in inner if _is_program(one))


def _is_program(value: Any) -> bool:
    return isinstance(value, jax.extend.core.Jaxpr | jax.extend.core.ClosedJaxpr)


@pytest.fixture(scope="session")
def by_hand() -> SimpleNamespace:
    """What the tests of the engine build models from."""

    def tree(placed: Sequence[tuple[Any, Sequence[int] | None]] = ((Passive(), None),), **more: Any) -> System:
        return make_system(TREE, TREE_COMPS, placed, **more)

    def cable(n: int, placed: Sequence[tuple[Any, Sequence[int] | None]] = ((Passive(), None),), **more: Any) -> System:
        return make_system(range(-1, n - 1), n, placed, **more)

    make: Callable[..., System] = make_system
    return SimpleNamespace(
        Passive=Passive,
        Gated=Gated,
        tree=tree,
        cable=cable,
        make=make,
        laplacian=laplacian,
        reduced=reduced_laplacian,
        run=run,
        equations=equations,
    )


def step_that_solves(carry: dict[str, Any], x: Any) -> dict[str, Any]:
    """Reads `a` and `b`; writes `unread` without reading it; solves a system of three."""
    matrix = 2.0 + carry["a"][:3] ** 2
    solved = lax.custom_linear_solve(lambda u: matrix * u, carry["b"][:3] * x, lambda _, b: b / matrix, None, True)
    a = jnp.sin(carry["a"]) + solved.sum()
    return {"a": a, "b": carry["b"] * jnp.cos(carry["b"]), "unread": carry["a"] * 2}


@pytest.fixture
def solving_step() -> Callable[..., Any]:
    """A step of which is known what its derivative keeps: `a`, `b` and three numbers."""
    return step_that_solves


@pytest.fixture
def carry() -> dict[str, jax.Array]:
    """Where it starts."""
    return {"a": jnp.ones(10), "b": jnp.ones(20), "unread": jnp.ones(10)}
