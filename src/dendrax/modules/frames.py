"""DataFrames, which a user asks for and the program does without: the one file that makes them.

pandas takes longer to import than all of Dendrax, and many programs never look at a table, so it is imported with the
first one.
"""

from __future__ import annotations

import threading
import warnings
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

_FILTERS = threading.Lock()
"""Held while Python's filters of warnings are changed, which belong to all threads."""


def frame_of(columns: dict[str, np.ndarray], index: np.ndarray | None = None) -> pd.DataFrame:
    """Columns of one length as a DataFrame of its own, with rows labelled by `index` or from 0."""
    import pandas as pd  # noqa: PLC0415 - imported when a user asks for the first table

    return pd.DataFrame(columns, index=index)


def put(frame: pd.DataFrame, name: str, column: np.ndarray) -> None:
    """Add or replace a column in place."""
    import pandas as pd  # noqa: PLC0415 - there already, since the frame is

    with _FILTERS, warnings.catch_warnings():  # the frame that the user holds has to grow, so it cannot be built anew
        warnings.simplefilter("ignore", pd.errors.PerformanceWarning)
        frame[name] = column
