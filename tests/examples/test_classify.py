"""The networks that classify, in their small forms: they learn, by their synapses and by their channels."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from dendrax.errors import MissingExtraError

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture
def example(request, monkeypatch):
    """A program of examples/ as a module."""
    spec = importlib.util.spec_from_file_location(request.param, EXAMPLES / f"{request.param}.py")
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, request.param, module)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
@pytest.mark.parametrize("example", ["classify_2d", "digits"], indirect=True)
def test_a_network_learns_to_classify(example):
    fitted, (before, after) = example.main(example.SMALL)
    assert after >= before + 0.25
    assert after >= 0.75
    assert fitted.loss[-5:].mean() < 0.7 * fitted.loss[0]
    start = example.build(example.SMALL)[0].get_parameters()
    changed = {
        name
        for old, new in zip(start, fitted.last, strict=True)
        for name in old
        if np.mean(abs(new[name] / old[name] - 1)) > 1e-3
    }
    assert changed == {"Excitation_gS", "Inhibition_gS", "HH_gNa", "HH_gK", "HH_gLeak"}


@pytest.mark.parametrize("example", ["digits"], indirect=True)
def test_digits_are_split_and_moved(example, monkeypatch):
    training, held_out = example.load(example.SMALL)
    assert (training[0].shape, held_out[0].shape) == ((360 - 64, 16), (64, 16))
    assert set(training[1]) == set(held_out[1]) == {0, 1}
    blob = np.zeros((2, 8, 8))
    blob[:, 3, 4] = 1.0
    moved = example.shifted(blob, np.array([[0.25, -0.5], [0.0, 0.0]]))
    rows, columns = np.mgrid[:8, :8]
    centre = [(moved * axis).sum(axis=(1, 2)) for axis in (rows, columns)]
    np.testing.assert_allclose(centre, [[3.25, 3.0], [3.5, 4.0]])
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(MissingExtraError, match="pip install scikit-learn"):
        example.load(example.SMALL)
