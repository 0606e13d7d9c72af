"""A small picture as SVG, for notebooks: numpy and text, since matplotlib takes longer to load than a cell to show."""

from collections.abc import Callable, Sequence

import numpy as np

from dendrax.plot.palette import ABSENT
from dendrax.plot.typesetting import typeset

SIZE = 300
"""Units along the longer side; places are rounded to one of them, so that a large cell takes some ten kilobytes."""
PIXELS = 200
MARGIN = 12
THINNEST, THICKEST = 1.0, 24.0
DOT = 5
BAR = 0.35
"""Share of the longer side that the scale bar takes at most."""
FOOT = 26
"""Room for the scale bar and its text."""


def thumbnail(
    lines: Sequence[np.ndarray],
    colors: Sequence[str],
    *,
    dots: np.ndarray | None = None,
    wires: np.ndarray | None = None,
) -> str:
    """Draw lines of their thickness, dots, and thin straight lines below them, seen along z.

    Example:
        >>> import numpy as np
        >>> thumbnail([np.array([[0.0, 0.0, 0.0, 2.0], [50.0, 10.0, 0.0, 1.0]])], ["#0072B2"])[:4]
        '<svg'

    Args:
        lines: Points and radii of every branch [um]; a radius may be NaN. branch x (point, 4)
        colors: Of the lines, or of the dots if there are no lines.
        dots: Places [um]. (dot, 2)
        wires: Both ends of straight lines [um]. (wire, 2, 2)

    Returns:
        An SVG element, or an empty text where all is at one place.
    """
    dots = np.zeros((0, 2)) if dots is None else dots
    wires = np.zeros((0, 2, 2)) if wires is None else wires
    points = np.concatenate([*(line[:, :2] for line in lines), dots, wires.reshape(-1, 2)])
    if len(points) == 0 or not (extent := np.ptp(points, axis=0)).max() > 0:
        return ""
    scale = SIZE / extent.max()
    low, high = points.min(axis=0), points.max(axis=0)

    def seen(places: np.ndarray) -> np.ndarray:
        """Places in whole units, y downwards."""
        return np.rint(np.stack([places[..., 0] - low[0], high[1] - places[..., 1]], -1) * scale).astype(int)

    wires_seen = seen(wires).reshape(-1, 4).tolist()
    parts = [_path("".join(f"M{a} {b}L{c} {d}" for a, b, c, d in wires_seen), "#888", 0.7)] if wires_seen else []
    parts += _strokes(lines, colors, seen, scale)
    for (x, y), color in zip(seen(dots).tolist(), colors if not lines else [ABSENT] * len(dots), strict=False):
        parts.append(f'<circle cx="{x}" cy="{y}" r="{DOT}" fill="{color}"/>')
    width, height = np.rint(extent * scale).astype(int) + 2 * MARGIN
    parts.append(_bar(float(extent.max()), scale, int(height)))
    width, height = max(width, SIZE // 2), height + FOOT  # the text of the bar needs room, too
    shown = PIXELS / max(width, height)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{-MARGIN} {-MARGIN} {width} {height}" '
        f'width="{round(width * shown)}" height="{round(height * shown)}" role="img">'
        f'<g fill="none" stroke-linecap="round" stroke-linejoin="round">{"".join(parts)}</g></svg>'
    )


def _bar(extent: float, scale: float, top: int) -> str:
    """A scale bar and its text, in the colour of the page's text."""
    length = round_below(BAR * extent)
    y = top + MARGIN
    return (
        f"{_path(f'M0 {y}l{length * scale:.0f} 0', 'currentColor', 2.0)}"
        f'<text x="{length * scale + 8:.0f}" y="{y + 5}" font-size="16" fill="currentColor">'
        f"{length:g} {typeset('um')}</text>"
    )


def round_below(length: float) -> float:
    """The largest of ..., 1, 2, 5, 10, ... that is not above a positive number."""
    power = 10.0 ** np.floor(np.log10(length))
    return float(max((step for step in (1, 2, 5) if step * power <= length), default=1) * power)


def _strokes(
    lines: Sequence[np.ndarray], colors: Sequence[str], seen: Callable[[np.ndarray], np.ndarray], scale: float
) -> list[str]:
    """A path for each colour and thickness that occur."""
    paths: dict[tuple[str, float], list[str]] = {}
    for line, color in zip(lines, colors if lines else [], strict=True):
        places = seen(line)
        kept = np.append([True], np.any(np.diff(places, axis=0) != 0, axis=1))  # the first stays
        places = places[kept]
        radius = 0.0 if np.isnan(line[:, 3]).all() else float(np.nanmean(line[:, 3]))
        thickness = round(2 * min(max(2 * radius * scale, THINNEST), THICKEST)) / 2
        steps = " ".join(f"{x} {y}" for x, y in np.diff(places, axis=0).tolist())
        paths.setdefault((color, thickness), []).append(f"M{places[0, 0]} {places[0, 1]}l{steps or '0 0'}")
    return [_path("".join(path), color, width) for (color, width), path in paths.items()]


def _path(path: str, color: str, width: float) -> str:
    return f'<path d="{path}" stroke="{color}" stroke-width="{width:g}"/>'
