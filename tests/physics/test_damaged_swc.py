"""Damaged SWC files are read, mended or refused, and nothing else (figure 10).

What is done to the files, and what has to be true of each, is that of `tests/property/test_swc_mutations.py`, where as
many as 100,000 are read.
"""

import random
from collections import Counter
from collections.abc import Callable

import pytest
from borrowed import module_of_tests


@pytest.mark.slow
def test_ten_thousand_damaged_files(holds: Callable) -> None:
    mutations = module_of_tests("property/test_swc_mutations.py")
    real, rng = mutations.real_files(), random.Random(2026)
    outcomes: Counter[str] = Counter()
    for _ in range(10_000):
        text = rng.choice(real) if rng.random() < 0.2 else mutations.SMALL
        try:
            outcomes[mutations.check(mutations.mutate(text, rng))] += 1
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what may not happen
            print(f"{type(error).__name__}: {error}")
            outcomes["anything else"] += 1
    holds(10, "of 10,000 files, read as they are", outcomes["read"] + outcomes["read with a warning"], at_least=100)
    holds(10, "... refused as they are and mended on request", outcomes["mended"], at_least=100)
    holds(10, "... refused with file and line", outcomes["refused"], at_least=100)
    holds(10, "... crash, hang, another error or length lost in silence", outcomes["anything else"], at_most=0)
