"""`dendrax demo`, for real: what it prints and what it draws."""

import json
import re

import matplotlib.image
import numpy as np
import pytest

from dendrax.cli import main
from dendrax.morphology import sample_path

pytestmark = pytest.mark.slow  # it fits a cell


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """Its folder and what it printed, on the smaller sample."""
    out = tmp_path_factory.mktemp("demo") / "pictures"
    with pytest.MonkeyPatch.context() as patch:
        printed = []
        patch.setattr("builtins.print", lambda *text, **_: printed.append(" ".join(map(str, text))))
        code = main(["demo", "--swc", str(sample_path("interneuron")), "--out", str(out), "--seconds", "60"])
    assert code == 0
    return out, "\n".join(printed)


def test_it_tells_branches_compartments_spikes_and_speed(demo):
    _, printed = demo
    assert "41 branches, 41 compartments" in printed
    assert int(re.search(r"(\d+) spikes at the soma", printed)[1]) >= 3
    per_step, per_comp = re.search(r"([\d.]+) us per step, (\d+) ns per compartment and step", printed).groups()
    assert float(per_comp) == pytest.approx(float(per_step) * 1e3 / 41, rel=0.05)
    assert re.search(r"[\d.]+ times (faster|slower) than real time", printed)


def test_the_fit_explains_the_voltage(demo):
    _, printed = demo
    first, last = map(float, re.search(r"error (\S+) -> (\S+) mV²", printed).groups())
    assert last < first / 100


def test_the_fit_finds_what_was_hidden(demo):
    _, printed = demo
    rows = re.findall(r"(\w+) (gNa|gK|gLeak) +(\S+) +(\S+) +(\S+) +\S+%", printed)
    assert {group for group, *_ in rows} == {"soma", "axon", "basal"}
    assert len(rows) == 9
    start, fitted, hidden = np.array([row[2:] for row in rows], dtype=float).T
    before, after = np.abs(np.log(start / hidden)), np.abs(np.log(fitted / hidden))
    assert np.median(after) < 0.05
    assert after.mean() < before.mean() / 3


def test_it_draws_three_pictures_that_are_not_blank(demo):
    out, _ = demo
    assert sorted(path.name for path in out.glob("*.png")) == ["loss.png", "morphology.png", "traces.png"]
    for path in out.glob("*.png"):
        pixels = matplotlib.image.imread(path)[..., :3]
        assert min(pixels.shape[:2]) >= 600
        assert 0.005 < np.mean(pixels.min(axis=2) < 0.95) < 0.6


def test_it_writes_a_page_that_plays_the_simulation(demo):
    pytest.importorskip("plotly")
    out, printed = demo
    assert f"{out / 'cell.html'}" in printed
    header = json.loads(re.search(r'id="header">(.*?)</script>', (out / "cell.html").read_text("utf-8"))[1])
    assert [one["name"] for one in header["series"]] == ["v"]
    assert header["frames"] * header["step"] == pytest.approx(100.0, rel=0.01)
    assert header["series"][0]["greatest"] > 0.0  # [mV]: it fires
