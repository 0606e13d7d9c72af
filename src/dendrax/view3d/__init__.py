"""The front door of the interactive page: checks, and has what a module shows gathered and written."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from numpy.typing import ArrayLike

from dendrax import arguments, files
from dendrax.modules.module import Module, check_module

__all__ = ["view3d"]


def view3d(
    module: Module,
    recordings: ArrayLike | None = None,
    path: str | os.PathLike[str] = "cell.html",
    *,
    delta_t: float = 0.025,
    values: Mapping[str, ArrayLike] | None = None,
    title: str | None = None,
    cmap: Any = "viridis",
    frames: int | None = None,
) -> Path:
    """Write a page that shows a module in three dimensions: one HTML file that needs no server and no network.

    It turns and zooms, is coloured by group, channel, parameter or by what was recorded, plays that over time, and
    shows the trace and the values of a compartment that is clicked. Synapses are lines that end in dots.

    Example:
        >>> import tempfile, pathlib
        >>> import dendrax as jx
        >>> cell = jx.morphology.sample("pyramidal")
        >>> page = jx.view3d(cell, path=pathlib.Path(tempfile.mkdtemp()) / "cell.html")
        >>> page.name
        'cell.html'

    Args:
        module: A module or view.
        recordings: What `integrate` returned, a row for each of `module.recordings` (of a view: its own, or those of
            the whole module). A value that is NaN is grey, as is a compartment without a recording. (recording, time)
        path: The file; one that is there is replaced.
        delta_t: Time between the columns of `recordings`; with `record_every=k`, k times that of the steps [ms].
        values: Further numbers to colour by, one for each compartment in view, in the order of `.nodes`, such as
            `{"v at 5 ms": states["v"]}`. name -> (comp,)
        title: One line; what the module is, if None.
        cmap: A matplotlib colour map.
        frames: How many columns of the recordings to keep, evenly; if None 2200, and fewer where all recordings
            would come to more than 8 million numbers.

    Returns:
        The path of the page.

    Raises:
        MissingExtraError: plotly is not installed: `pip install 'dendrax[page]'`.
        ValueShapeError: Recordings or values of the wrong shape.
        ModelStateError: Recordings for a module that records nothing, or branches that have no coordinates.
        ModelTypeError: Not a module, or not numbers.
        ModelValueError: `delta_t` or `frames` is not positive, or there is no such colour map.
        FileWriteError: The path leads to something else than a regular file, its folder does not exist, or the disk is
            full; an OSError.

    References:
        Tubes are drawn as rectangles that face the reader, after Tarini, Cignoni and Montani (2006), "Ambient
        Occlusion and Edge Cueing for Enhancing Real Time Molecular Visualization", IEEE TVCG 12, 1237.
    """
    from dendrax.plot import colouring, page  # noqa: PLC0415 - matplotlib is imported when a page is asked for
    from dendrax.view3d.body import scene_of, values_of  # noqa: PLC0415
    from dendrax.view3d.over_time import series_of  # noqa: PLC0415

    check_module(module, "view3d")
    files.target_of("view3d", path)
    colouring.check_cmap("view3d", cmap)
    frames = None if frames is None else arguments.whole("view3d: frames", frames, least=2)
    step = arguments.positive("view3d: delta_t", delta_t)
    series = () if recordings is None else series_of(module, recordings)
    given = {} if values is None else values_of(module, values)
    scene = scene_of(module, title, given, series, step)
    page.write(scene, Path(path), cmap=cmap, frames=frames)
    return Path(path)
