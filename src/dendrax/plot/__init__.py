"""Pictures. Everything here takes tables and numpy arrays; nothing imports JAX.

What is loaded is what is used: pictures on matplotlib axes load matplotlib, the small one of a notebook and the
interactive page do not.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dendrax.plot.bars import scale_bar
    from dendrax.plot.colouring import ByName, ByValue
    from dendrax.plot.curves import descent, traces
    from dendrax.plot.events import raster
    from dendrax.plot.graph import compartment_graph
    from dendrax.plot.morphology import draw, shape
    from dendrax.plot.network import draw_network

__all__ = [
    "ByName",
    "ByValue",
    "compartment_graph",
    "descent",
    "draw",
    "draw_network",
    "raster",
    "scale_bar",
    "shape",
    "traces",
]

_HOME = {
    "ByName": "colouring",
    "ByValue": "colouring",
    "compartment_graph": "graph",
    "descent": "curves",
    "draw": "morphology",
    "draw_network": "network",
    "raster": "events",
    "scale_bar": "bars",
    "shape": "morphology",
    "traces": "curves",
}


def __getattr__(name: str) -> Any:
    """Load the file of a picture when the picture is asked for."""
    if name in _HOME:
        return getattr(import_module(f"dendrax.plot.{_HOME[name]}"), name)
    raise AttributeError(f"module 'dendrax.plot' has no attribute {name!r}; it has {', '.join(__all__)}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
