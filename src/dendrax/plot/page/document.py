"""The HTML file of a scene: plotly.js, our own scripts and the packed numbers in one page."""

import html
import json
import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import colormaps

from dendrax.errors import MissingExtraError
from dendrax.files import write as write_file
from dendrax.plot.page.packing import MISSING, Packer, quantised
from dendrax.plot.page.scene import Scene, Series
from dendrax.plot.palette import PALETTE
from dendrax.plot.typesetting import typeset

SCRIPTS = ("scheme.js", "camera.js", "picture.js", "colours.js", "panel.js", "overlay.js", "pointer.js", "page.js")
MOST_FRAMES = 2200
MOST_NUMBERS = 8_000_000
"""Of all series together: 16 MB, which a browser opens in a second or two."""


def write(scene: Scene, path: Path, *, cmap: Any = "viridis", frames: int | None = None) -> None:
    """Write a scene as a page, with at most `frames` evenly spaced frames of its series; None chooses the number."""
    text = document(scene, _plotly(), cmap, frames)
    write_file("view3d", path, [text.encode()])


def document(scene: Scene, plotly: str, cmap: Any, frames: int | None) -> str:
    """The page as text."""
    packer = Packer()
    header = {
        **_body(scene, packer),
        **_over_time(scene, packer, frames),
        "palette": list(PALETTE),
        "colours": packer.add(colormaps.get_cmap(cmap)(np.linspace(0.0, 1.0, 256), bytes=True)[:, :3], "uint8"),
    }
    here = files("dendrax.plot.page")
    script = "\n".join(here.joinpath(name).read_text(encoding="utf-8") for name in SCRIPTS)
    parts = {
        "title": html.escape(scene.title),
        "plotly": plotly,
        # A name in the model that holds "</script>" must not end this one.
        "header": json.dumps(header, allow_nan=False).replace("<", "\\u003c"),
        "numbers": packer.text(),
        "script": script,
    }
    template = here.joinpath("page.html").read_text(encoding="utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]], template)


def _body(scene: Scene, packer: Packer) -> dict[str, Any]:
    """What does not change with time."""
    tubes = scene.tubes

    def add_each(columns: Mapping[str, np.ndarray], kind: str) -> dict[str, Any]:
        return {name: packer.add(column, kind) for name, column in columns.items()}

    return {
        "title": scene.title,
        "notes": list(scene.notes),
        "count": len(scene.place),
        "start": packer.add(np.column_stack([tubes.start, tubes.radius[:, 0]]), "float32"),
        "end": packer.add(np.column_stack([tubes.end, tubes.radius[:, 1]]), "float32"),
        "owner": packer.add(tubes.comp, "uint32"),
        "place": packer.add(scene.place, "float32"),
        "index": packer.add(scene.index, "uint32"),
        "groups": add_each(scene.groups, "uint8"),
        "channels": add_each(scene.channels, "uint8"),
        "numbers": add_each(scene.numbers, "float32"),
        "units": {name: typeset(unit) for name, unit in scene.units.items()},
        "wires": [
            {"name": one.name, "pre": packer.add(one.pre, "uint32"), "post": packer.add(one.post, "uint32")}
            for one in scene.wires
        ],
    }


def _over_time(scene: Scene, packer: Packer, frames: int | None) -> dict[str, Any]:
    """The series, with the columns that are kept."""
    columns = max((one.values.shape[1] for one in scene.series), default=0)
    rows = sum(len(one.values) for one in scene.series)
    most = frames or max(min(MOST_FRAMES, MOST_NUMBERS // max(rows, 1)), 2)
    stride = max(-(-columns // most), 1)
    kept = [_packed(one, stride, packer) for one in scene.series]
    return {"series": kept, "frames": len(range(0, columns, stride)), "every": stride, "step": scene.delta_t * stride}


def _packed(one: Series, stride: int, packer: Packer) -> dict[str, Any]:
    """A series, frame after frame."""
    codes, least, greatest = quantised(one.values[:, ::stride])
    return {
        "name": one.name,
        "unit": typeset(one.unit),
        "labels": list(one.labels),
        "comp": packer.add(one.comp, "uint32"),
        "least": least,
        "greatest": greatest,
        "missing": MISSING,
        "codes": packer.add(codes.T, "uint16"),
    }


def _plotly() -> str:
    """plotly.js, which comes inside the Python package."""
    try:
        from plotly.offline import get_plotlyjs  # noqa: PLC0415 - an extra, imported when a page is written
    except ImportError as error:
        raise MissingExtraError(
            "view3d: the page needs plotly, which is not installed: `pip install 'dendrax[page]'`."
        ) from error
    return get_plotlyjs()
