"""The programs of docs/model_files.md run and do what the page says."""

import numpy as np
import pytest

import dendrax as jx
from dendrax.io.model.versions import VERSION

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def names(run_page, tmp_path_factory):
    """The names that the programs define; their files are in a folder of the test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("files"))
        return run_page("model_files.md")


def test_the_loaded_model_is_the_same(names):
    same, net = names["same"], names["net"]
    assert repr(same) == repr(net)
    assert same.num_trainable_params == 2
    assert same.externals["i"].shape == (1, 401)
    assert same.nodes.equals(net.nodes)
    assert isinstance(names["one"], jx.Cell)
    assert names["one"].shape == net.cell(1).shape[1:]


def test_the_run_goes_on(names):
    first, second = names["first"], names["second"]
    whole = jx.integrate(names["same"], t_max=10.0)
    assert np.concatenate([first[:, :-1], second], axis=1).tobytes() == np.asarray(whole).tobytes()
    assert np.ptp(whole) > 1.0


def test_a_class_of_ones_own(names):
    assert type(names["cell"].channels[0]) is names["Slow"]
    assert "mechanisms=[Slow]" in names["message"]


def test_the_file_can_be_read_without_us(names):
    assert names["document"]["schema"] == VERSION
    np.testing.assert_array_equal(names["radius"], names["same"].nodes["radius"])
