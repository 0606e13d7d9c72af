"""Cells and networks in Dendrax and in Jaxley: the same program, since they share their names."""

from __future__ import annotations

import importlib
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks import models
from benchmarks.tasks import Ready

if TYPE_CHECKING:
    from collections.abc import Callable

Settings = dict[str, Any]


def prepare(settings: Settings) -> Ready:
    """Build, compile and run once.

    Settings: `simulator`; `model` ("cell" or "network") and what its builder reads; `x64`; `gradient`; `batch`, the
    number of parameter sets under vmap, 0 for none; `devices`; `t_max` [ms].
    """
    jax = configured(settings)
    for part in ("", ".channels", ".synapses", ".connect"):
        importlib.import_module(settings["simulator"] + part)
    if settings["simulator"] == "dendrax":
        importlib.import_module("dendrax").use_wide_vectors()
    jax.block_until_ready(jax.numpy.zeros(1))  # starts the device
    start = time.perf_counter()
    run, params = assembled(settings)
    facts: dict[str, Any] = {"build": time.perf_counter() - start, "device": jax.devices()[0].device_kind}
    if settings["simulator"] == "dendrax":
        facts["isa"] = importlib.import_module("dendrax.engine.native").isa()
    start = time.perf_counter()
    if settings.get("devices", 1) == 1:
        compiled = jax.jit(run).lower(params).compile()
        facts["compile"] = time.perf_counter() - start
        result = jax.block_until_ready(compiled(params))
    else:
        compiled = run  # compiles inside, where it knows its chunks
        result = jax.block_until_ready(compiled(params))
        facts["compile"] = time.perf_counter() - start
    facts |= checked(jax, result, settings)
    facts["steps"] = round(settings["t_max"] / models.DT)
    facts["n_comp"] = n_comp_of(settings) * max(1, settings.get("batch", 0))
    if used := jax.devices()[0].memory_stats():
        facts["device_mb"] = used["peak_bytes_in_use"] / 2**20
    return Ready(lambda: jax.block_until_ready(compiled(params)), facts)


def assembled(settings: Settings) -> tuple[Callable[[list], Any], list]:
    """The program of a run, and the parameters that it takes."""
    jax, jx = configured(settings), importlib.import_module(settings["simulator"])
    module = BUILDERS[settings["model"]](jx, settings)
    params = module.get_parameters()
    if settings.get("batch"):
        params = [{key: batched(value, settings["batch"]) for key, value in one.items()} for one in params]
    return program(jax, jx, module, settings), params


def n_comp_of(settings: Settings) -> int:
    """Compartments of one model."""
    if settings["model"] == "network":
        return settings["n_cell"] * settings.get("n_branch", len(models.CELL_OF_NETWORK)) * models.NCOMP_OF_NETWORK
    return models.CellTable.load(settings["table"]).length.size * (settings.get("copies") or 1)


def configured(settings: Settings) -> Any:
    """JAX with the precision and the number of devices that are asked for."""
    import jax  # noqa: PLC0415 - after the process has been pinned

    jax.config.update("jax_enable_x64", bool(settings.get("x64")))
    if settings.get("devices", 1) > 1:
        jax.config.update("jax_num_cpu_devices", settings["devices"])
    return jax


def program(jax: Any, jx: Any, module: Any, settings: Settings) -> Callable[[list], Any]:
    """Parameters -> voltages, or -> loss and gradient; over a batch where one is asked for."""
    more = {"t_max": settings["t_max"], "delta_t": models.DT}
    if settings.get("gradient") and settings["simulator"] == "jaxley":
        side = int(np.ceil(np.sqrt(settings["t_max"] / models.DT)))
        more["checkpoint_lengths"] = [side, side]  # what its documentation recommends; ours chooses by itself
    if settings.get("gradient") and settings.get("batch") and settings["simulator"] == "dendrax":
        more["memory"] = "1 MB"  # of each run, as docs/long_and_many_runs.md advises under a vmap of one's own

    def run(params: list) -> Any:
        return jx.integrate(module, params=params, **more)

    # Jaxley's gradient through the last column is the same; the mean keeps every column in the backward pass.
    one = jax.value_and_grad(lambda params: run(params).mean()) if settings.get("gradient") else run
    if not settings.get("batch"):
        return one
    if settings.get("devices", 1) == 1:
        return jax.vmap(one)
    return lambda params: jx.map_many(one, params, devices=settings["devices"], progress=False)


def batched(value: Any, n: int) -> Any:
    """Parameter sets that differ a little, (n, ...), in the precision of the run."""
    import jax.numpy as jnp  # noqa: PLC0415

    return jnp.asarray(value)[None] * jnp.asarray(models.scales(n))[(...,) + (None,) * np.ndim(value)]


def checked(jax: Any, result: Any, settings: Settings) -> dict[str, Any]:
    """Spikes of a forward run, or norm of a gradient: what must agree between simulators."""
    if not settings.get("gradient"):
        return {"spikes": models.count_spikes(result)}
    squares = sum(float(np.sum(np.square(np.asarray(leaf, float)))) for leaf in jax.tree.leaves(result[1]))
    return {"gradient_norm": squares**0.5}


def build_cell(jx: Any, settings: Settings) -> Any:
    """One cell of the table, or a network of `copies` of it; gNa of every compartment is trainable."""
    table = models.CellTable.load(settings["table"])
    channels = importlib.import_module(f"{settings['simulator']}.channels")
    cell = jx.Cell(jx.Branch(jx.Compartment(), ncomp=table.ncomp), parents=table.parents.tolist())
    cell.set("length", table.length)
    cell.set("radius", table.radius)
    module = cell if settings.get("copies") is None else jx.Network([cell] * settings["copies"])
    module.set("axial_resistivity", models.RESISTIVITY)
    module.set("v", models.V_INIT)
    module.insert(channels.HH())
    module.init_states()
    site = (cell if module is cell else module.cell("all")).branch(0).comp(table.site)
    site.stimulate(pulse(jx, models.PULSE, settings["t_max"]), verbose=False)
    site.record("v", verbose=False)
    if settings.get("trainable", True):
        module.branch("all").comp("all").make_trainable("HH_gNa", verbose=False)
    return module


def build_network(jx: Any, settings: Settings) -> Any:
    """Small cells, or cells of `n_branch` branches, wired at random; gS of every synapse is trainable."""
    channels = importlib.import_module(f"{settings['simulator']}.channels")
    synapses = importlib.import_module(f"{settings['simulator']}.synapses")
    connect = importlib.import_module(f"{settings['simulator']}.connect")
    parents = models.CELL_OF_NETWORK
    if "n_branch" in settings:
        parents = [-1, *((branch - 1) // 2 for branch in range(1, settings["n_branch"]))]
    cell = jx.Cell(jx.Branch(jx.Compartment(), ncomp=models.NCOMP_OF_NETWORK), parents=parents)
    n_cell = settings["n_cell"]
    net = jx.Network([cell] * n_cell)
    net.set("axial_resistivity", models.RESISTIVITY)
    net.set("v", models.V_INIT)
    net.insert(channels.HH())
    net.init_states()
    matrix = models.wiring(n_cell, settings["n_per_cell"])
    connect.connectivity_matrix_connect(net.cell("all"), net.cell("all"), synapses.IonotropicSynapse(), matrix)
    current = pulse(jx, models.PULSE_OF_NETWORK, settings["t_max"])
    net.cell(list(range(0, n_cell, models.EVERY))).branch(0).loc(0.0).stimulate(current, verbose=False)
    net.cell("all").branch(0).loc(0.0).record("v", verbose=False)
    if settings.get("trainable", True):
        net.IonotropicSynapse.edge("all").make_trainable("IonotropicSynapse_gS", verbose=False)
    return net


def pulse(jx: Any, shape: tuple[float, float, float], t_max: float) -> Any:
    """A step of current over a run."""
    delay, duration, amplitude = shape
    return jx.step_current(i_delay=delay, i_dur=duration, i_amp=amplitude, delta_t=models.DT, t_max=t_max)


BUILDERS = {"cell": build_cell, "network": build_network}
