"""What a user waits for beside the simulation: imports, reading, building, views, and things done a second time."""

from __future__ import annotations

import importlib
import time
from typing import TYPE_CHECKING, Any

from benchmarks.tasks import Ready
from benchmarks.tasks.jax_cells import BUILDERS, configured

if TYPE_CHECKING:
    from collections.abc import Callable

Settings = dict[str, Any]
N_ITERATED = 100


def prepare(settings: Settings) -> Ready:
    """Settings: `what`, a name in WAITS; `simulator`; and those of the model."""
    return WAITS[settings["what"]](settings)


def timed(call: Callable[[], object]) -> float:
    """Seconds of a call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def importing(settings: Settings) -> Ready:
    """Import, beyond that of JAX for simulators that are written in it."""
    if settings["simulator"] in ("dendrax", "jaxley"):
        importlib.import_module("jax")
    return Ready(None, {"seconds": timed(lambda: importlib.import_module(settings["simulator"]))})


def reading(settings: Settings) -> Ready:
    """Read the SWC file as a cell, for the first time in the process, after all imports."""
    simulator, file = importlib.import_module(settings["simulator"]), settings["swc"]
    if settings["simulator"] == "neuron":
        simulator.h.load_file("stdlib.hoc")
        simulator.h.load_file("import3d.hoc")
        return Ready(None, {"seconds": timed(lambda: read_in_neuron(simulator.h, file))})
    if settings["simulator"] == "arbor":
        return Ready(None, {"seconds": timed(lambda: simulator.load_swc_neuron(file))})
    return Ready(None, {"seconds": timed(lambda: simulator.read_swc(file, 1))})


def read_in_neuron(h: Any, file: str) -> None:
    """Sections from a file."""
    reader = h.Import3d_SWC_read()
    reader.input(file)
    h.Import3d_GUI(reader, 0).instantiate(None)


def viewing(settings: Settings) -> Ready:
    """Make a view of one cell in the middle of a network."""
    net = built(settings)
    return Ready(lambda: net.cell(N_ITERATED // 2))


def iterating(settings: Settings) -> Ready:
    """Iterate over all cells of a network."""
    net = built(settings)
    return Ready(lambda: list(net.cells))


def training(settings: Settings) -> Ready:
    """Make the conductance of every synapse trainable."""
    net = built({**settings, "trainable": False})

    def run() -> float:
        net.delete_trainables()
        return timed(lambda: net.IonotropicSynapse.edge("all").make_trainable("IonotropicSynapse_gS", verbose=False))

    run()
    return Ready(run)


def compiling(settings: Settings) -> Ready:
    """Compile a program in a process that has compiled no other; traced, lowered and compiled."""
    ready = importlib.import_module("benchmarks.tasks.jax_cells").prepare(settings)
    return Ready(None, {**ready.facts, "seconds": ready.facts["compile"]})


def again(settings: Settings) -> Ready:
    """A second plain integrate() of a model that has not changed, outside of any jit."""
    module = built({**settings, "trainable": False})
    jx = importlib.import_module(settings["simulator"])

    def run() -> object:
        return jx.integrate(module, t_max=settings["t_max"]).block_until_ready()

    run()
    return Ready(run)


def built(settings: Settings) -> Any:
    """The model, in the simulator."""
    configured(settings)
    return BUILDERS[settings["model"]](importlib.import_module(settings["simulator"]), settings)


WAITS = {
    "import": importing,
    "read": reading,
    "view": viewing,
    "iterate": iterating,
    "train": training,
    "compile": compiling,
    "again": again,
}
