"""What a process measures: one file for each simulator, one function `prepare(settings) -> Ready` in each."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Ready:
    """A built, compiled and warm model.

    Attributes:
        run: One run, to be timed. None where what is measured happens once in a process; then `facts` has `seconds`.
        facts: What is known beside the time: n_comp, steps, build [s], compile [s], spikes, ...
    """

    run: Callable[[], object] | None
    facts: dict[str, Any] = field(default_factory=dict)
