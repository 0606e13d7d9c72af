"""The command `dendrax`."""

import argparse
import math
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from dendrax import __version__, demo
from dendrax.errors import DendraxError
from dendrax.morphology import sample_path

DEMO = """\
Read a cell, insert Hodgkin-Huxley channels, stimulate its soma for 100 ms and print branches, compartments, spikes and
speed. Then hide the channel densities of soma, axon, basal and apical dendrites, find them again from the voltage by
gradient descent, and write the traces before and after (traces.png), the cell coloured by its voltage
(morphology.png) and the loss (loss.png)."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: Those of the command line if None.

    Returns:
        The exit code: 0 if all went well, 2 if the input was at fault, 130 if interrupted.
    """
    options = _parser().parse_args(arguments)
    try:
        with _plain_warnings():
            options.run(options)
    except (DendraxError, OSError) as error:
        print(f"dendrax: error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("dendrax: interrupted", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    """What the command understands."""
    parser = argparse.ArgumentParser(prog="dendrax", description="Differentiable simulation of neurons in JAX.")
    parser.add_argument("--version", action="version", version=f"dendrax {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
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
    return parser


def _seconds(text: str) -> float:
    """A positive, finite number."""
    value = float(text)
    if not 0 < value < math.inf:
        message = f"{text} is not a positive number of seconds"
        raise argparse.ArgumentTypeError(message)
    return value


@contextmanager
def _plain_warnings() -> Iterator[None]:
    """Warnings as a sentence, without the line of code that gave them."""
    with warnings.catch_warnings():
        warnings.showwarning = lambda message, *_, **__: print(f"dendrax: warning: {message}", file=sys.stderr)
        yield


if __name__ == "__main__":
    sys.exit(main())
