"""Ctrl-C between two chunks instead of anywhere, and the progress bar."""

from __future__ import annotations

import importlib.util
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import FrameType


class Request:
    """Whether the user has asked to stop."""

    def __init__(self) -> None:
        self.made = False


@contextmanager
def interrupts() -> Iterator[Request]:
    """While this is open, Ctrl-C only makes a request; a second one interrupts as usual.

    A program's own handler of the signal stays in force, and other threads than the main one never get the signal.
    """
    request = Request()
    in_main = threading.current_thread() is threading.main_thread()
    if not in_main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield request
        return

    def note(number: int, frame: FrameType | None) -> None:
        if request.made:
            signal.default_int_handler(number, frame)
        request.made = True

    signal.signal(signal.SIGINT, note)
    try:
        yield request
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


class NoBar:
    """What stands for the progress bar of a run that shows none: as much of it as our loops use."""

    initial = n = 0

    def update(self, n: int = 1) -> None:
        """Go on by so many."""

    def set_postfix_str(self, text: str = "", refresh: bool = True) -> None:
        """Say something beside the bar."""


def bar(total: int, unit: str, shown: bool) -> Any:
    """A progress bar with the time that is left, on standard error or in the notebook; nothing is loaded for none."""
    if not shown:
        return nullcontext(NoBar())
    if _notebook_has_widgets():
        from tqdm.notebook import tqdm  # noqa: PLC0415 - importing dendrax loads no progress bar
    else:
        from tqdm import tqdm  # noqa: PLC0415

    return tqdm(total=total, unit=unit, unit_scale=total >= 10_000)


def _notebook_has_widgets() -> bool:
    """Whether this is a notebook that can show tqdm's own bar; `tqdm.auto` warns in each notebook that cannot."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return shell is not None and "IPKernelApp" in shell.config and importlib.util.find_spec("ipywidgets") is not None
