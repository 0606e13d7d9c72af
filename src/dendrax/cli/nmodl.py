"""What `dendrax nmodl check` does: says which .mod files can be used, and why others cannot."""

import sys
from collections.abc import Sequence
from pathlib import Path

from dendrax.io import nmodl

DESCRIPTION = """\
Print a table of the .mod files in folders: the name and the kind of each mechanism, and whether Dendrax can use it or
which construct on which line it does not support. The exit code is 0 if all can be used, 1 if some cannot, and 2 if a
path is wrong or there is no .mod file."""

MOST_PROBLEMS = 3
"""Of a file in the table."""


def check(folders: Sequence[Path]) -> int:
    """Print the table; the exit code as `DESCRIPTION` has it."""
    try:
        found = nmodl.report(*folders)
    except FileNotFoundError as error:
        return _wrong_path(str(error))
    if not found:
        return _wrong_path(f"There is no .mod file in {', '.join(map(str, folders))}.")
    rows = [(str(one.path), one.name or "-", one.kind or "-") for one in found]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for one, row in zip(found, rows, strict=True):
        first, *more = _result(one)
        print("  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=True)), first]))
        for line in more:
            print(" " * (sum(widths) + 2 * len(widths)) + line)
    usable = sum(one.mechanism is not None for one in found)
    print(f"\n{usable} of {len(found)} files can be used")
    return 0 if usable == len(found) else 1


def _result(one: nmodl.FileReport) -> list[str]:
    """What became of a file, in lines; problems without the name of the file, which stands in front."""
    if one.mechanism is not None:
        return ["ok"]
    word = "refused" if one.kind else "cannot be read"
    lines = [f"{word}: {problem.removeprefix(f'{one.path}:')}" for problem in one.problems[:MOST_PROBLEMS]]
    more = len(one.problems) - MOST_PROBLEMS
    return [*lines, f"and {more} more"] if more > 0 else lines


def _wrong_path(text: str) -> int:
    print(f"dendrax: error: {text}", file=sys.stderr)
    return 2
