"""The programs of docs/events.md run and do what the page says."""

import numpy as np
import pytest

from dendrax.mechanisms.contract import check_mechanism
from dendrax.mechanisms.source import check_source

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def names(run_page):
    """The names that the programs define."""
    return run_page("events.md")


def test_the_network_spikes_one_cell_after_the_other(names):
    first, *others = names["spikes"].spike_trains()
    assert len(first)
    for other in others:
        assert 2.0 < other[0] - first[0] < 6.0  # the delay is 2 ms


def test_the_run_goes_on_as_if_it_had_not_stopped(names):
    both = np.concatenate([names["first"], names["second"][:, 1:]], axis=1)
    np.testing.assert_array_equal(both, names["v"])


def test_the_classes_keep_their_contracts(names):
    check_mechanism(names["SlowK"]())
    check_source(names["Burst"]())


def test_the_source_bursts(names):
    trains = names["driven"].spike_trains()[3:]
    np.testing.assert_allclose(trains, np.array([[5.0], [10.0], [15.0]]) + 3.0 * np.arange(5))
