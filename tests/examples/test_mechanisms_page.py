"""The programs of docs/mechanisms.md run and do what the page says."""

import numpy as np
import pytest

from dendrax.mechanisms.channel import check_channel
from dendrax.mechanisms.pump import check_pump
from dendrax.mechanisms.synapse import check_synapse

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def names(run_page):
    """The names that the programs define."""
    return run_page("mechanisms.md")


def test_the_classes_keep_their_contracts(names):
    check_channel(names["MCurrent"]())
    check_pump(names["SodiumPump"]())
    check_synapse(names["DepressingSynapse"]())


def test_the_channel_opens_slowly_and_holds_the_voltage_back(names):
    v, p = names["v"], names["p"]
    assert v.shape == (4002,)
    assert np.isfinite(v).all()
    assert 0.0 < p[0] < 0.05 < p.max() < 1.0
    peak = int(np.argmax(v))
    assert peak < 3000
    assert v[peak] - v[3500] > 1.0  # it sags while the channel opens


def test_sodium_rises_with_spikes_and_the_potential_follows(names):
    v, sodium, reversal = names["soma_v"], names["sodium"], names["reversal"]
    assert v.max() > 0.0
    assert sodium.max() > 12.0 + 1e-4
    thermal = 8.617333262e-2 * (273.15 + 36.0)
    np.testing.assert_allclose(reversal[1:], thermal * np.log(145.0 / sodium[:-1]), rtol=1e-9)


def test_the_pump_takes_out_what_the_current_brought_in(names):
    sodium = np.asarray(names["sodium"])
    quiet = sodium[3600:]  # the stimulus is over
    assert quiet[-1] < quiet[0]


def test_the_synapse_drives_the_second_cell(names):
    pre, post = names["pre_v"], names["post_v"]
    assert pre.max() > 0.0
    assert post.max() > 0.0
    assert np.argmax(post > 0.0) > np.argmax(pre > 0.0)  # later


def test_the_slope_by_hand(names):
    assert float(names["slope"]) == pytest.approx(1e-4 / (1 + np.exp(3.5)), rel=1e-12)
