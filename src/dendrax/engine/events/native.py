"""The native kernels of events, and what stands in where there are none."""

from collections.abc import Callable
from typing import Any


def deliver(*_: Any, **__: Any) -> Any: ...
def collect(*_: Any, **__: Any) -> Any: ...


def or_else(kernel: Callable[..., Any], rule: Callable[..., Any]) -> Callable[..., Any]:
    del kernel
    return rule
