"""Reading SWC files: strict by default, and nothing is lost without a word.

The format: one point per line, `id type x y z radius parent`, lengths in um, `#` begins a comment, the root has
parent -1 (Cannon et al. 1998, J. Neurosci. Methods 84, 49-54). These variants mean the same and load identically: LF,
CRLF or CR, blanks or tabs, a byte order mark, blank lines, comments at the end of a line, further columns, ids with
gaps or from 0, `3.0` for an id, points listed before their parent (ids tell the tree, not the order of lines), and two
points at the same place. Everything else raises `SwcError`, which lists all defects of the file.
"""

import io
import os
import warnings
from pathlib import Path

import numpy as np

from dendrax.errors import ModelTypeError, SwcError
from dendrax.trees.points import SwcWarning, TracedPoints
from dendrax.trees.swc_defects import ID, TYPE, find_defects, parent_rows
from dendrax.trees.swc_repair import mend, raise_radii
from dendrax.trees.swc_table import ENCODING, Defect, SwcTable, parse

MOST_DEFECTS_SHOWN = 1000
THICK, THIN = 20.0, 0.01  # [um]; no neuron has neurites of this median radius


class MissingSwcError(SwcError, FileNotFoundError):
    """There is no such file, or it cannot be opened."""


class NotSwcError(SwcError):
    """The file has another format; the message says how to read it."""


WAYS_IN = {
    ".hoc": "is a program for NEURON. Run it there (`from neuron import h; h.load_file(...)`), and read what it "
    "builds: `jx.from_neuron(h)`.",
    ".asc": "is a morphology of Neurolucida. Load it in NEURON (`h.Import3d_Neurolucida3()`, `h.Import3d_GUI`) and "
    "read the sections: `jx.from_neuron(h)`; or convert it to SWC.",
    ".mod": "describes a mechanism for NEURON. Load it: `dendrax.io.nmodl.load(...)`, or name its folder: "
    "`jx.from_neuron(h, mod=...)`. `dendrax nmodl check` says whether it can be used.",
}
"""What files are that are not SWC files, by how their names end."""


def read_points(
    fname: str | os.PathLike[str], *, repair: bool = False, min_radius: float | None = None
) -> TracedPoints:
    """Read the traced points of an SWC file.

    Args:
        fname: Path of the file.
        repair: Mend defects that have one sensible meaning, and warn what was done:
            commas as separators or decimal points; parent 0 or a self parent for the root; a line given twice;
            a negative type (0); a radius that is not positive (that of the nearest neighbour along the neurite); a
            point without a place (left out, its neighbours joined); a loose piece that touches the rest (joined); two
            somata (both kept). Cycles, ids given to two points, text for a number and missing columns stay errors.
        min_radius: Taken for radii that are zero or negative, with a warning [um]; all other radii stay as traced.

    Returns:
        The points, sorted by id.

    Raises:
        SwcError: The file is not one neuron; the text lists all defects with line and remedy.
        MissingSwcError: There is no such file (an SwcError and a FileNotFoundError).
        NotSwcError: The file is a .hoc, .asc or .mod file; the message says how to read it.

    Example:
        >>> import tempfile, pathlib
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "ball.swc"
        >>> _ = path.write_text("1 1 0 0 0 10 -1")
        >>> len(read_points(path))
        1
    """
    if not isinstance(fname, (str, os.PathLike)):
        raise ModelTypeError(f"An SWC file is named by its path, a string or pathlib.Path, not by {fname!r}.")
    source = os.fspath(fname)
    return _points(_parsed(source, repair=repair), source, repair=repair, min_radius=min_radius)


def points_from_bytes(
    data: bytes, source: str = "<bytes>", *, repair: bool = False, min_radius: float | None = None
) -> TracedPoints:
    """As `read_points`, for the content of a file; `source` names it in messages."""
    return _points(
        parse(io.TextIOWrapper(io.BytesIO(data), ENCODING), repair=repair), source, repair=repair, min_radius=min_radius
    )


def _points(table: SwcTable, source: str, *, repair: bool, min_radius: float | None) -> TracedPoints:
    """The points of a table, once it is certain that they are one neuron."""
    if min_radius is not None:
        table = raise_radii(table, min_radius)
    if repair and len(table.values):
        table = mend(table)
    defects = [*table.defects]
    if len(table.values):
        defects += find_defects(table)
    kept = [d for d in defects if repair and d.what.startswith("a second soma")]
    if len(kept) < len(defects):
        raise SwcError(_message(source, [d for d in defects if d not in kept], repair=repair))
    notes = [*table.notes, *(f"line {d.line}: {d.what}, both are in the group soma" for d in kept)]
    if notes:
        warnings.warn(f"{source} was mended: " + "; ".join(notes) + ".", SwcWarning, stacklevel=4)
    points = _sorted_points(table.values, table.line, source)
    _warn_about(points)
    return points


def _parsed(source: str, *, repair: bool) -> SwcTable:
    """The numbers in a file."""
    path = Path(source)
    if (way := WAYS_IN.get(path.suffix.lower())) is not None and path.is_file():
        raise NotSwcError(f"{source} is not an SWC file: it {way}")
    try:
        with path.open(encoding=ENCODING) as file:
            return parse(file, repair=repair)
    except FileNotFoundError as error:
        raise MissingSwcError(f"There is no file {source}; check the path (now in {Path.cwd()}).") from error
    except (OSError, ValueError) as error:
        raise MissingSwcError(
            f"{source} cannot be opened as a file ({error}); give the path of an SWC file."
        ) from error


def _message(source: str, defects: list[Defect], *, repair: bool) -> str:
    """List all defects in the order of the file."""
    defects = sorted(defects, key=lambda defect: defect.line)
    shown = "\n".join(f"  {defect}" for defect in defects[:MOST_DEFECTS_SHOWN])
    more = f"\n  and {len(defects) - MOST_DEFECTS_SHOWN} more" if len(defects) > MOST_DEFECTS_SHOWN else ""
    count = f"{len(defects)} defect{'s' if len(defects) > 1 else ''}"
    cannot = f"{count} cannot be repaired" if repair else count
    return f"{source} cannot be read as a neuron, {cannot}:\n{shown}{more}"


def _sorted_points(values: np.ndarray, line: np.ndarray, source: str) -> TracedPoints:
    """Turn a table without defects into points."""
    order = np.argsort(values[:, ID], kind="stable")
    values = values[order]
    return TracedPoints(
        id=values[:, ID].astype(np.int64),
        type=values[:, TYPE].astype(np.int64),
        xyzr=np.ascontiguousarray(values[:, 2:6]),
        parent=parent_rows(values).astype(np.int64),
        line=line[order],
        source=source,
    )


def _warn_about(points: TracedPoints) -> None:
    """Say what is no defect of the file but may surprise."""
    neurite = points.xyzr[points.type != 1, 3]
    if len(neurite) and not THIN <= np.median(neurite) <= THICK:
        unit, remedy = ("nm", "divide") if np.median(neurite) > THICK else ("mm", "multiply")
        warnings.warn(
            f"{points.source}: the median radius of the neurites is {np.median(neurite):g} um; if the file is in "
            f"{unit}, {remedy} coordinates and radii by 1000.",
            SwcWarning,
            stacklevel=5,
        )
    if not (points.type == 1).any():
        warnings.warn(
            f"{points.source} has no soma (no point of type 1), so the cell will have no group soma; "
            "set the type of the points that belong to it if there is one.",
            SwcWarning,
            stacklevel=5,
        )
