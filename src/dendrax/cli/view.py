"""What `dendrax view` does: writes the interactive page of a morphology, and opens it."""

import sys
import webbrowser
from pathlib import Path

from dendrax.io import read_swc
from dendrax.view3d import view3d

DESCRIPTION = """\
Write one page, a file that needs no server and no network, which shows the morphology in three dimensions: turn and
zoom it, colour it by group or parameter, click a compartment. Then open the page in the browser. A page of the same
name is replaced."""


def run(file: Path, out: Path | None, *, ncomp: int, repair: bool, browse: bool) -> None:
    """Write the page, by default under the name of the file in the present folder, and open it if `browse`."""
    cell = read_swc(file, ncomp=ncomp, repair=repair)
    page = view3d(cell, path=out or Path(f"{file.stem}.html"))
    print(page)
    if browse and not webbrowser.open(page.resolve().as_uri()):
        print(f"dendrax: there is no browser here; open {page} yourself", file=sys.stderr)
