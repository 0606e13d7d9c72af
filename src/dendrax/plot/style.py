"""How our pictures look, and what they are drawn on, in one place."""

from collections.abc import Iterator, Sequence, Sized
from contextlib import contextmanager
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from mpl_toolkits.mplot3d.axes3d import Axes3D

from dendrax.errors import DendraxError, ModelTypeError, ModelValueError, ValueShapeError
from dendrax.plot.palette import GRID


@contextmanager
def canvas(what: str, ax: Axes | None, *, space: bool = False) -> Iterator[Axes]:
    """The given axes, or those of a new figure; when drawing fails, neither artists nor an empty figure remain."""
    if ax is not None:
        check_axes(what, ax, space=space)
        drawn_on = ax
    else:
        projection = {"projection": "3d"} if space else {}
        drawn_on = plt.subplots(layout="constrained", subplot_kw=projection)[1]
    before = set(drawn_on.get_children())
    try:
        yield drawn_on
    except Exception as error:
        if ax is None:
            plt.close(drawn_on.figure)  # pyright: ignore[reportArgumentType] - a new one is a whole figure
        else:
            for artist in set(drawn_on.get_children()) - before:
                artist.remove()
        if isinstance(error, DendraxError) or not isinstance(error, (AttributeError, TypeError, ValueError)):
            raise
        raise ModelValueError(f"{what}: matplotlib refuses a colour or keyword: {error}") from error


def check_axes(what: str, ax: Any, *, space: bool) -> None:
    """Refuse axes that cannot be drawn on."""
    if not isinstance(ax, Axes):
        raise ModelTypeError(
            f"{what}: ax must be matplotlib axes, such as `plt.subplots()[1]`, not {type(ax).__name__}."
        )
    if space and not isinstance(ax, Axes3D):
        raise ModelTypeError(
            f"{what}: three dims need axes of three dimensions: `plt.figure().add_subplot(projection='3d')`."
        )
    if isinstance(ax, Axes3D) and not space:
        raise ModelTypeError(f"{what}: these axes have three dimensions. Pass two-dimensional axes, or three dims.")


def check_labels(what: str, labels: Sequence[str] | None, n: int, things: str) -> None:
    """Refuse another number of labels than there are things."""
    if labels is None:
        return
    if isinstance(labels, str) or not isinstance(labels, Sized):
        raise ModelTypeError(f"{what}: labels must be a list with a text for each of the {things}, but is {labels!r}.")
    if len(labels) != n:
        raise ValueShapeError(f"{what}: {len(labels)} labels for {n} {things}. Give one for each.")


def tidy(ax: Axes) -> None:
    """Only the two spines that carry an axis, and a grid that stays behind the data."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(visible=True, color=GRID, linewidth=0.8)
    ax.set_axisbelow(True)
