"""The command `dendrax`."""

import argparse
import io
import math
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from dendrax import __version__, demo
from dendrax.cli import info, nmodl, view
from dendrax.errors import DendraxError
from dendrax.morphology import sample_path

DEMO = """\
Read a cell, insert Hodgkin-Huxley channels, stimulate its soma for 100 ms and print branches, compartments, spikes and
speed. Then hide the channel densities of soma, axon, basal and apical dendrites, find them again from the voltage by
gradient descent, and write the traces before and after (traces.png), the cell coloured by its voltage
(morphology.png), the loss (loss.png) and a page that plays the simulation on the cell in three dimensions
(cell.html)."""

EPILOG = """\
examples:
  dendrax info cell.swc                 what is in the file, and what is wrong with it
  dendrax view cell.swc                 look at it in the browser
  dendrax demo --swc cell.swc           simulate and fit it
  dendrax nmodl check mechanisms/       which .mod files can be used

exit codes:
  0     all went well
  1     the input is at fault: a missing or defective file, a folder that cannot be written
  2     the command was not understood, or `nmodl check` finds no file
  130   Ctrl-C
  141   whoever reads the output has gone"""

MOST = 1_000_000
"""Compartments per branch."""
FINE, AT_FAULT, INTERRUPTED, PIPE_CLOSED = 0, 1, 130, 141


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command, by default that of the command line, and return the exit code; `EPILOG` lists these."""
    _print_any_name()
    options = _parser().parse_args(arguments)
    try:
        with _plain_warnings():
            code = options.run(options)
        if sys.stdout is not None:  # as it is where the shell has closed it
            sys.stdout.flush()  # here, where a closed pipe can be caught, and not when Python ends
    except BrokenPipeError:
        # Python flushes once more when it ends; there must be something to write to then.
        if sys.stdout is not None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except (DendraxError, OSError) as error:
        print(f"dendrax: error: {sentence(error)}", file=sys.stderr)
        return AT_FAULT
    except KeyboardInterrupt:
        print("dendrax: interrupted", file=sys.stderr)
        return INTERRUPTED
    return code or FINE


def _parser() -> argparse.ArgumentParser:
    """What the command understands."""
    parser = argparse.ArgumentParser(
        prog="dendrax",
        description="Differentiable simulation of neurons in JAX.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"dendrax {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    command = commands.add_parser("info", help="what is in an SWC file, and its defects", description=info.DESCRIPTION)
    command.add_argument("files", type=Path, nargs="+", metavar="FILE", help="a morphology (.swc)")
    _add_repair(command)
    command.set_defaults(run=lambda options: info.run(options.files, repair=options.repair))

    command = commands.add_parser("view", help="look at an SWC file in the browser", description=view.DESCRIPTION)
    command.add_argument("file", type=Path, metavar="FILE", help="a morphology (.swc)")
    command.add_argument(
        "--out", type=Path, metavar="PAGE", help="the page (default: the name of FILE with .html, in this folder)"
    )
    command.add_argument("--no-open", action="store_true", help="write the page, but do not open it in the browser")
    command.add_argument(
        "--ncomp", type=_count, metavar="N", default=1, help="compartments per branch (default: %(default)s)"
    )
    _add_repair(command)
    command.set_defaults(
        run=lambda options: view.run(
            options.file, options.out, ncomp=options.ncomp, repair=options.repair, browse=not options.no_open
        )
    )

    command = commands.add_parser("demo", help="simulate a cell and fit it, with pictures", description=DEMO)
    command.add_argument(
        "--swc", type=Path, metavar="FILE", default=sample_path("pyramidal"), help="the cell (default: a built-in one)"
    )
    command.add_argument(
        "--out", type=Path, metavar="DIR", default=Path("demo"), help="where pictures go (default: %(default)s)"
    )
    command.add_argument(
        "--seconds", type=_seconds, metavar="N", default=40.0, help="time to spend on the fit (default: %(default)g)"
    )
    command.set_defaults(run=lambda options: demo.run(options.swc, options.out, options.seconds))

    command = commands.add_parser("nmodl", help="which .mod files of NEURON can be used", description=nmodl.DESCRIPTION)
    actions = command.add_subparsers(title="actions", required=True, metavar="ACTION")
    action = actions.add_parser("check", help="a table of files and problems", description=nmodl.DESCRIPTION)
    action.add_argument("folders", type=Path, nargs="+", metavar="DIR", help="a folder of .mod files, or a file")
    action.set_defaults(run=lambda options: nmodl.check(options.folders))
    return parser


def _add_repair(command: argparse.ArgumentParser) -> None:
    """The option to mend a file."""
    command.add_argument(
        "--repair", action="store_true", help="mend defects that have one sensible meaning, and say what was done"
    )


def _seconds(text: str) -> float:
    """A positive, finite number."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is not a positive number of seconds")
    return value


def _count(text: str) -> int:
    """A positive whole number."""
    try:
        value = int(text)
    except ValueError:
        value = 0
    if not 1 <= value <= MOST:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from 1 to {MOST}")
    return value


def _print_any_name() -> None:
    """Names of files may hold what the terminal has no letter for; they are printed with escapes then."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


@contextmanager
def _plain_warnings() -> Iterator[None]:
    """Warnings as a sentence, without the line of code that gave them."""
    with warnings.catch_warnings():
        warnings.showwarning = lambda message, *_, **__: print(f"dendrax: warning: {message}", file=sys.stderr)
        yield


def sentence(error: Exception) -> str:
    """The text of an error, without the number that the system gives to file errors.

    Example:
        >>> sentence(FileNotFoundError(2, "No such file or directory", "cell.swc"))
        'cell.swc: No such file or directory'
    """
    if isinstance(error, OSError) and error.strerror:
        return error.strerror if error.filename is None else f"{error.filename}: {error.strerror}"
    return str(error)
