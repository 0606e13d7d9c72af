"""Classes of mechanisms from a .mod file or a folder, and a report of the files that can be used."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dendrax.errors import NmodlError, NmodlSyntaxError
from dendrax.io.nmodl import parser, refusals
from dendrax.io.nmodl.mechanism import NmodlMechanism, class_of
from dendrax.io.nmodl.program import Program


def load(path: str | Path) -> type[NmodlMechanism]:
    """The mechanism that a .mod file describes, as a class.

    Its parameters and states are called as in the file, after the SUFFIX or the name of the POINT_PROCESS. See
    `NmodlMechanism`. The same text gives the same class.

    Args:
        path: The file. Files that it includes are looked for beside it.

    Returns:
        The class. `view.insert(load(path)())` inserts it; a point process is placed by `view.place(...)`.

    Raises:
        FileNotFoundError: The file does not exist.
        NmodlSyntaxError: The file, or one that it includes, breaks the grammar; it says where and what was expected.
        NmodlError: The file uses something that Dendrax does not support; it says the line and the construct of each.

    Example:
        ```python
        from dendrax.io import nmodl

        Ih = nmodl.load("mechanisms/Ih.mod")
        cell.apical.insert(Ih())
        cell.apical.set("Ih_gIhbar", 2e-4)  # S/cm2
        ```
    """
    return class_of(Program(parser.parse_file(path)))


def load_folder(*folders: str | Path) -> dict[str, type[NmodlMechanism]]:
    """The mechanisms of all .mod files in folders that can be used, by SUFFIX or name of the POINT_PROCESS.

    Files that cannot be used are left out; `report` says which, and why.

    Args:
        folders: One folder or several; subfolders are not looked at.

    Returns:
        Classes by name.

    Raises:
        FileNotFoundError: A folder does not exist.
        NmodlError: Two files describe different mechanisms of the same name.

    Example:
        ```python
        library = nmodl.load_folder("mechanisms/")
        cell.soma.insert(library["NaTa_t"]())
        ```
    """
    found: dict[str, type[NmodlMechanism]] = {}
    for one in report(*folders):
        if one.mechanism is None:
            continue
        if (other := found.get(one.name)) is not None and other is not one.mechanism:
            raise NmodlError(f"{one.path} describes another mechanism of the name {one.name} than an earlier file.")
        found[one.name] = one.mechanism
    return found


@dataclass(frozen=True)
class FileReport:
    """Whether a .mod file can be used, and why not.

    Attributes:
        path: The file.
        name: Its SUFFIX, or the name of its POINT_PROCESS or ARTIFICIAL_CELL; "" if it cannot be read.
        mechanism: The class; None for a file that cannot be used.
        kind: SUFFIX, POINT_PROCESS or ARTIFICIAL_CELL; "" if it cannot be read.
        problems: Why it cannot be used, each with file and line.
    """

    path: Path
    name: str
    mechanism: type[NmodlMechanism] | None
    kind: str = ""
    problems: tuple[str, ...] = ()


def report(*folders: str | Path) -> list[FileReport]:
    """Report which .mod files of some folders can be used.

    Args:
        folders: Folders, or single files.

    Returns:
        A report for each file, including files that cannot be used.

    Raises:
        FileNotFoundError: A folder or file does not exist.

    Example:
        ```python
        for one in nmodl.report("mechanisms/"):
            print(one.path.name, "ok" if one.mechanism else one.problems)
        ```
    """
    return [_report_of(path) for path in _files(folders)]


def _files(folders: tuple[str | Path, ...]) -> list[Path]:
    found: list[Path] = []
    for folder in map(Path, folders):
        if not folder.exists():
            raise FileNotFoundError(f"There is no folder or file {str(folder)!r}.")
        found += sorted(folder.glob("*.mod")) if folder.is_dir() else [folder]
    return found


def _report_of(path: Path) -> FileReport:
    try:
        file = parser.parse_file(path)
    except NmodlSyntaxError as error:
        return FileReport(path, "", None, problems=(str(error),))
    program = Program(file)
    problems = tuple(f"{one.place}: {one.construct}" for one in refusals.refusals_of(program))
    made = None if problems else class_of(program)
    return FileReport(path, program.name, made, program.kind, problems)
