"""`python -m dendrax.compat script.py ...` runs a program written for Jaxley on Dendrax; so does `-m module ...`."""

import runpy
import sys
from pathlib import Path

from dendrax.compat.alias import install
from dendrax.compat.spawned import Arguments

USAGE = "usage: python -m dendrax.compat script.py [arguments] | -m module [arguments]"


def main(arguments: list[str]) -> None:
    """Install the stand-ins, then run what the arguments name, as `python` would.

    Processes that the program starts by `multiprocessing` run it on Dendrax, too.

    Args:
        arguments: A script, or -m and a module, and what they get as `sys.argv[1:]`.
    """
    if not arguments or arguments == ["-m"] or (arguments[0].startswith("-") and arguments[0] != "-m"):
        raise SystemExit(USAGE)
    if arguments[0] != "-m" and not Path(arguments[0]).exists():
        raise SystemExit(f"python -m dendrax.compat: there is no file {arguments[0]!r}.")
    install()
    if arguments[0] == "-m":
        sys.argv = Arguments(arguments[1:])
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = Arguments(arguments)
        if not sys.flags.safe_path:
            sys.path[0] = str(Path(arguments[0]).resolve().parent)  # in the place of the folder that -m puts there
        runpy.run_path(arguments[0], run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1:])
