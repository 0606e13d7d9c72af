"""The interactive page without a browser: tubes, packed numbers, and what stands in the file."""

import base64
import json
import re
import sys

import numpy as np
import pytest

from dendrax.errors import MissingExtraError
from dendrax.modules import Cell
from dendrax.morphology import sample
from dendrax.plot import page
from dendrax.plot.page import document, packing


@pytest.fixture
def scene():
    """Three compartments in a row, two of them recorded."""
    line = np.array([[0.0, 0.0, 0.0, 2.0], [30.0, 0.0, 0.0, 1.0]])
    tubes = page.cut_into_compartments([line], np.zeros(3, int), np.full(3, 10.0), np.full(3, 1.5))
    values = np.array([[-80.0, -20.0, 40.0, np.nan, -80.0], [0.0, np.inf, 1.0, 2.0, 3.0]])
    return page.Scene(
        title="</script><b>a & b",
        tubes=tubes,
        place=np.array([[5.0, 0.0, 0.0], [15.0, 0.0, 0.0], [25.0, 0.0, 0.0]]),
        index=np.array([[0, 0, comp, comp] for comp in range(3)]),
        groups={"</script>": np.array([True, False, True])},
        numbers={"gNa": np.array([0.1, np.nan, 0.3])},
        series=(page.Series("v", values, np.array([2, 0]), "mV"),),
        delta_t=0.5,
    )


def opened(text):
    """The header of a page, and its packed arrays by what the header says of them."""
    header = json.loads(re.search(r'id="header">(.*?)</script>', text, re.DOTALL)[1])
    block = base64.b64decode(re.search(r'id="numbers">(.*?)</script>', text, re.DOTALL)[1])

    def array(where):
        return np.frombuffer(block, np.dtype(where["type"]), where["size"], where["at"])

    return header, array


def test_tubes_have_length_and_area_of_their_compartments():
    cell = sample("pyramidal")
    cell.set_ncomp(3)
    structure, nodes = cell.tables.structure, cell.nodes
    tubes = page.cut_into_compartments(
        cell.xyzr, structure.branch_of_comp, nodes["length"].to_numpy(), nodes["radius"].to_numpy()
    )
    length = np.linalg.norm(tubes.end - tubes.start, axis=1)
    area = np.pi * tubes.radius.sum(axis=1) * np.hypot(length, np.diff(tubes.radius, axis=1)[:, 0])
    traced = np.array([len(points) > 1 for points in cell.xyzr])[structure.branch_of_comp]  # the soma is a sphere
    for what, measure in (("length", length), ("area", area)):
        ours = np.bincount(tubes.comp, measure, minlength=len(nodes))
        np.testing.assert_allclose(ours[traced], nodes[what].to_numpy()[traced], rtol=1e-9)


def test_a_single_point_is_one_sphere_of_its_radius():
    tubes = page.cut_into_compartments(
        [np.array([[1.0, 2.0, 3.0, 7.0]])], np.array([0]), np.array([14.0]), np.array([1.0])
    )
    assert tubes.start.tolist() == tubes.end.tolist() == [[1.0, 2.0, 3.0]]
    assert tubes.radius.tolist() == [[7.0, 7.0]]


def test_where_no_radius_was_traced_tubes_have_that_of_the_compartment():
    cell = Cell()
    tubes = page.cut_into_compartments(cell.xyzr, np.array([0]), np.array([10.0]), np.array([0.7]))
    assert tubes.radius.tolist() == [[0.7, 0.7]]


def test_points_twice_in_one_place_leave_no_tube():
    line = np.array([[0.0, 0.0, 0.0, 1.0], [4.0, 0.0, 0.0, 1.0], [4.0, 0.0, 0.0, 2.0], [8.0, 0.0, 0.0, 2.0]])
    tubes = page.cut_into_compartments([line], np.array([0, 0]), np.array([4.0, 4.0]), np.ones(2))
    assert tubes.comp.tolist() == [0, 1]
    assert tubes.end[:, 0].tolist() == [4.0, 8.0]


def test_tubes_of_some_compartments_are_numbered_anew(scene):
    tubes = scene.tubes.of(np.array([2, 0]), 3)
    assert tubes.comp.tolist() == [1, 0]
    assert tubes.start[:, 0].tolist() == [0.0, 20.0]


@pytest.mark.parametrize("values", [np.linspace(-80.0, 40.0, 1001), np.array([3.0, 3.0]), np.array([1e-12, 2e-12])])
def test_packed_values_are_right_within_half_a_step(values):
    codes, least, greatest = packing.quantised(values)
    back = least + codes * (greatest - least) / packing.LEVELS
    assert np.abs(back - values).max() <= 0.51 * (greatest - least) / packing.LEVELS


def test_what_is_not_finite_is_missing():
    codes, least, greatest = packing.quantised(np.array([np.nan, 1.0, -np.inf, 2.0]))
    assert (codes == packing.MISSING).tolist() == [True, False, True, False]
    assert (least, greatest) == (1.0, 2.0)
    assert packing.quantised(np.full(3, np.nan))[1:] == (0.0, 0.0)


def test_a_page_holds_the_scene(scene):
    text = document.document(scene, "var Plotly;", "viridis", None)
    header, array = opened(text)
    assert header["title"] == scene.title
    assert array(header["groups"]["</script>"]).tolist() == [1, 0, 1]
    np.testing.assert_array_equal(array(header["numbers"]["gNa"]), np.float32([0.1, np.nan, 0.3]))
    assert array(header["owner"]).tolist() == [0, 1, 2]
    np.testing.assert_allclose(array(header["start"]).reshape(-1, 4)[:, 3], [2.0, 5 / 3, 4 / 3], rtol=1e-6)
    (series,) = header["series"]
    codes = array(series["codes"]).reshape(header["frames"], 2)
    assert codes[0, 0] == 0
    assert codes[2, 0] == packing.LEVELS
    assert codes[3, 0] == codes[1, 1] == packing.MISSING
    assert (header["frames"], header["every"], header["step"]) == (5, 1, 0.5)


def test_names_of_the_model_are_no_code(scene):
    text = document.document(scene, "var Plotly;", "viridis", None)
    assert text.count("</script>") == 4  # those of the template
    assert "<title>&lt;/script&gt;&lt;b&gt;a &amp; b</title>" in text


def test_columns_are_thinned_evenly(scene):
    header, array = opened(document.document(scene, "", "viridis", 2))
    assert (header["frames"], header["every"], header["step"]) == (2, 3, 1.5)
    (series,) = header["series"]
    assert series["missing"] == array(series["codes"])[2]  # the row of compartment 2 at column 3


def test_without_plotly_the_extra_is_named_and_no_file_is_left(scene, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "plotly.offline", None)
    with pytest.raises(MissingExtraError, match=r"dendrax\[page\]"):
        page.write(scene, tmp_path / "cell.html")
    assert not list(tmp_path.iterdir())


def test_plotly_comes_inside_and_nothing_from_outside(scene, tmp_path):
    pytest.importorskip("plotly")
    page.write(scene, tmp_path / "cell.html")
    assert [path.name for path in tmp_path.iterdir()] == ["cell.html"]
    text = (tmp_path / "cell.html").read_text(encoding="utf-8")
    assert "plotly.js v" in text
    assert not re.search(r"<(script|link|img)[^>]+(src|href)=.(?!data:)", text.split("plotly.js v")[0])
