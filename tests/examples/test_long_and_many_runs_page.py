"""The programs of docs/long_and_many_runs.md run and do what the page says."""

import jax
import numpy as np
import pytest
from jax.experimental.compilation_cache import compilation_cache

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def names(run_page, tmp_path_factory):
    """The names that the programs define; the cache is in a folder of the test."""
    before = jax.config.jax_compilation_cache_dir

    def without_cache():
        jax.config.update("jax_compilation_cache_dir", before)
        compilation_cache.reset_cache()

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("LOCALAPPDATA", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
        return run_page("long_and_many_runs.md", after_each=without_cache)


def test_the_cache_has_a_folder(names):
    assert names["folder"].name == "jax"


def test_the_long_run_goes_on(names):
    assert names["v"].shape == (1, 2001)
    assert names["later"].shape == (1, 801)
    assert names["later"][0, 0] == names["v"][0, -1]


def test_the_run_that_failed_says_where_and_when(names):
    assert "compartment" in names["where"]
    assert 0.0 < names["when"] < 2000.0
    assert np.isfinite(names["before"]).all()


def test_many_runs(names):
    assert names["responses"].shape == (20, 1, 402)
    assert names["responses"][-1].max() > names["responses"][0].max()
    assert names["final"].shape == (20, names["cell"].shape[-1])


def test_values_and_gradients(names):
    assert names["values"].shape == (20,)
    value, gradient = jax.value_and_grad(names["loss"])(jax.tree.map(lambda leaf: leaf[3], names["params"]))
    np.testing.assert_allclose(names["values"][3], value, rtol=1e-10)
    np.testing.assert_allclose(names["gradients"][0]["HH_gNa"][3], gradient[0]["HH_gNa"], rtol=1e-8)
