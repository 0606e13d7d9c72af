"""What memory there is, and who shares it."""

import pytest

from dendrax.engine import memory


def test_memory_of_this_machine_is_known():
    assert memory.memory_of_device() > 2**28


def test_runs_side_by_side_multiply_and_end():
    with memory.side_by_side(4), memory.side_by_side(5):
        assert memory.runs_side_by_side() == 20
    assert memory.runs_side_by_side() == 1


@pytest.mark.parametrize(
    ("nbytes", "text"), [(999.0, "999 B"), (1.5e6, "1.5 MB"), (23.4e9, "23.4 GB"), (2e13, "20 TB")]
)
def test_bytes_in_words(nbytes, text):
    assert memory.in_words(nbytes) == text
