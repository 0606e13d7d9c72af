"""The names of the reference's `modules.base`."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from dendrax.errors import ModelStateError
from dendrax.io.graph import to_graph
from dendrax.modules import module
from dendrax.modules.module import Module

__all__ = ["Module", "View", "only_allow_module", "to_graph"]


class View(module.View):
    """A view by the reference's constructor, and a name for isinstance. `module.select` says the same and more.

    Args:
        pointer: A module, or a view of one.
        nodes: Labels of its compartments as in `.nodes.index`; all if None. (row,)
        edges: Labels of its synapses as in `.edges.index`; those between the compartments if None. (row,)
        comp_edge_condition: Without effect: which axial edges are in view follows from the compartments.

    Raises:
        SelectionError: Nothing is selected, or something that `pointer` does not have.

    Example:
        >>> import dendrax as jx
        >>> View(jx.Branch(ncomp=4), nodes=[0, 2]).nodes.index.tolist()
        [0, 2]
    """

    def __new__(
        cls,
        pointer: Module,
        nodes: Any = None,
        edges: Any = None,
        comp_edge_condition: str = "source_or_sink",  # noqa: ARG004
    ) -> Module:
        """The view."""
        return pointer.view if nodes is None and edges is None else pointer.select(nodes, edges)


def only_allow_module(func: Callable[..., Any]) -> Callable[..., Any]:
    """Make a method of a subclass of `Module` refuse views: a decorator.

    Args:
        func: The method.

    Returns:
        The method; it raises `ModelStateError` where it is called on a view.

    Example:
        ```python
        class MyCell(jx.Cell):
            @only_allow_module
            def rebuild(self): ...
        ```
    """

    @wraps(func)
    def checked(self: Module, *args: Any, **kwargs: Any) -> Any:
        if self.is_view:
            raise ModelStateError(f"{func.__name__} works on a whole module: call it on `view.base`.")
        return func(self, *args, **kwargs)

    return checked
