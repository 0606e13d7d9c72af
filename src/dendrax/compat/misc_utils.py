"""Small helpers of the reference that programs and libraries import from it."""

import warnings
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import numpy as np
import pandas as pd

from dendrax.errors import ModelValueError, SelectionError

__all__ = ["concat_and_ignore_empty", "cumsum_leading_zero", "deprecated", "deprecated_kwargs", "is_str_all"]


def cumsum_leading_zero(array: np.ndarray | Sequence[int] | Sequence[float]) -> np.ndarray:
    """Sums of the first 0, 1, 2, ... entries: where each of many blocks begins, and where the last ends.

    Args:
        array: Sizes. (block,)

    Returns:
        Borders, of the type of the sizes. (block + 1,)

    Example:
        >>> cumsum_leading_zero([1, 2, 3])
        array([0, 1, 3, 6])
    """
    sums = np.cumsum(array)
    return np.concatenate([np.zeros(1, sums.dtype), sums])


def is_str_all(arg: Any, force: bool = True) -> bool:
    """Whether an index is the word "all".

    Args:
        arg: Any index.
        force: Refuse other words.

    Raises:
        SelectionError: Another word, with `force`.

    Example:
        >>> is_str_all("all"), is_str_all(3)
        (True, False)
    """
    if force and isinstance(arg, str) and arg != "all":
        raise SelectionError(f"An index can be the word 'all', but not {arg!r}.")
    return isinstance(arg, str) and arg == "all"


def concat_and_ignore_empty(dfs: Sequence[pd.DataFrame], **kwargs: Any) -> pd.DataFrame:
    """`pandas.concat` of the tables that have rows.

    Args:
        dfs: Tables, at least one with rows.
        **kwargs: Handed to `pandas.concat`.

    Raises:
        ModelValueError: No table has rows.

    Example:
        >>> len(concat_and_ignore_empty([pd.DataFrame(), pd.DataFrame({"a": [1, 2]})]))
        2
    """
    with_rows = [table for table in dfs if len(table)]
    if not with_rows:
        raise ModelValueError("concat_and_ignore_empty: none of the tables has a row. Pass one that has.")
    return pd.concat(with_rows, **kwargs)


class deprecated:  # noqa: N801 - the reference's name
    """Warn whoever calls a function: a decorator.

    Args:
        version: The version in which the function goes.
        amend_msg: What to do instead.

    Example:
        >>> @deprecated("1.0", "Use g.")
        ... def f(): ...
    """

    def __init__(self, version: str, amend_msg: str = "") -> None:
        self.version = version
        self.amend_msg = amend_msg

    def __call__(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function, which warns when it is called."""

        @wraps(func)
        def warning(*args: Any, **kwargs: Any) -> Any:
            _warn(func.__name__, self.version, self.amend_msg)
            return func(*args, **kwargs)

        return warning


class deprecated_kwargs:  # noqa: N801 - the reference's name
    """Warn whoever passes certain keywords, other than None, to a function: a decorator.

    Args:
        version: The version in which the keywords go.
        kwargs: The keywords.
        amend_msg: What to do instead.

    Example:
        >>> @deprecated_kwargs("1.0", ["old"], "Use new.")
        ... def f(new=1, old=None): ...
    """

    def __init__(self, version: str, kwargs: Sequence[str] = (), amend_msg: str = "") -> None:
        self.version = version
        self.kwargs = tuple(kwargs)
        self.amend_msg = amend_msg

    def __call__(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function, which warns when it gets one of the keywords."""

        @wraps(func)
        def warning(*args: Any, **kwargs: Any) -> Any:
            for name in self.kwargs:
                if kwargs.get(name) is not None:
                    _warn(name, self.version, self.amend_msg)
            return func(*args, **kwargs)

        return warning


def _warn(name: str, version: str, amend_msg: str) -> None:
    """Say so at the line of the caller's caller."""
    text = f"{name} is deprecated and will be removed in version {version}. {amend_msg}"
    warnings.warn(text.rstrip(), UserWarning, stacklevel=3)
