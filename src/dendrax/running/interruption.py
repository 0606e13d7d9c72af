"""Ctrl-C between two chunks instead of anywhere, and the progress bar."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
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


def bar(total: int, unit: str, shown: bool) -> Any:
    """A progress bar with the time that is left, on standard error or in the notebook."""
    from tqdm.auto import tqdm  # noqa: PLC0415 - importing dendrax loads no progress bar

    return tqdm(total=total, unit=unit, unit_scale=total >= 10_000, disable=not shown)
