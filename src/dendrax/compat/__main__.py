"""`python -m dendrax.compat script.py ...` runs a program written for Jaxley on Dendrax; so does `-m module ...`."""

import runpy
import sys
from pathlib import Path

from dendrax.compat.alias import install

USAGE = "usage: python -m dendrax.compat script.py [arguments] | -m module [arguments]"


def main(arguments: list[str]) -> None:
    """Install the stand-ins, then run what the arguments name, as `python` would.

    Args:
        arguments: A script, or -m and a module, and what they get as `sys.argv[1:]`.

    Raises:
        SystemExit: Nothing to run is named.
    """
    if not arguments or arguments in (["-h"], ["--help"], ["-m"]):
        raise SystemExit(USAGE)
    install()
    if arguments[0] == "-m":
        sys.argv = arguments[1:]
        sys.path.insert(0, str(Path.cwd()))
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = arguments
        sys.path.insert(0, str(Path(arguments[0]).resolve().parent))
        runpy.run_path(arguments[0], run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1:])
