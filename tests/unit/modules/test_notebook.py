"""What modules and views say of themselves: in a line, in a notebook, and to tab completion."""

import re
import subprocess
import sys
from html.parser import HTMLParser
from time import process_time

import numpy as np
import pytest

import dendrax as jx
from dendrax.channels import HH, Leak
from dendrax.plot.palette import PALETTE
from dendrax.pumps import CaPump
from dendrax.synapses import IonotropicSynapse


class Page(HTMLParser):
    """Text and tags of a piece of HTML; tags must be closed in order."""

    def __init__(self, html):
        super().__init__()
        self.texts, self.tags, self.open = [], [], []
        self.feed(html)
        assert not self.open, f"{self.open} are not closed"

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)

    @property
    def text(self):
        return "".join(self.texts)

    def attributes(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def cell():
    cell = jx.morphology.sample("interneuron", ncomp=2)
    cell.insert(Leak())
    cell.basal.insert(HH())
    cell.insert(CaPump())
    cell.branch(3).add_to_group("<b>&a")
    cell.soma.record("v", verbose=False)
    cell.branch([3, 4]).record("v", verbose=False)
    cell.soma.stimulate(np.ones(10), verbose=False)
    cell.basal.make_trainable("HH_gNa", verbose=False)
    return cell


@pytest.fixture(scope="module")
def net():
    net = jx.Network([jx.Cell(jx.Branch(jx.Compartment(), ncomp=2), parents=[-1, 0, 0])] * 5)
    net.arrange_in_layers([3, 2])
    net.cell([0, 1]).add_to_group("exc")
    jx.fully_connect(net.cell([0, 1]).branch(0).comp(0), net.cell([3, 4]).branch(0).comp(0), IonotropicSynapse())
    return net


def test_a_cell_in_a_notebook(cell):
    page = Page(cell._repr_html_())
    assert "Cell41 branches, 82 compartments" in page.text
    assert "channelsLeak, HH (50)" in page.text
    assert "pumpsCaPump" in page.text
    assert "<b>&a (2)" in page.text, "names are text, not tags"
    assert "recordedv (6)" in page.text
    assert "stimulus (2)" in page.text
    assert "trainableHH_gNa (1)" in page.text
    colors = {one["stroke"] for one in page.attributes("path")} - {"currentColor"}
    assert colors == set(PALETTE[:4]), "a colour for each group"
    assert re.search(r"\d+ µm$", page.text), "a scale bar"


def test_what_a_view_does_not_see_is_not_shown(cell):
    page = Page(cell.branch(4)._repr_html_())
    assert "View of cell1 branch, 2 compartments: branch 4" in page.text
    assert "recordedv (2)" in page.text
    assert "stimul" not in page.text
    assert "<b>&a" not in page.text
    assert len(page.attributes("path")) == 2, "the branch, and the scale bar"


def test_the_picture_has_the_places_of_the_branches():
    cell = jx.Cell(jx.Branch(jx.Compartment(), ncomp=2), parents=[-1, 0, 0])
    page = Page(cell._repr_html_())
    strokes, bar = page.attributes("path")
    numbers = [[float(one) for one in re.findall(r"-?\d+", line)] for line in strokes["d"].split("M")[1:]]
    points = np.concatenate([[p[:2], np.add(p[:2], p[2:])] for p in numbers])
    places = np.concatenate([points[:, :2] for points in cell.xyzr])
    scale = 300 / np.ptp(places, axis=0).max()
    expected = np.stack([places[:, 0] - places[:, 0].min(), places[:, 1].max() - places[:, 1]], axis=1) * scale
    np.testing.assert_allclose(points, expected, atol=1.01)
    np.testing.assert_allclose(float(strokes["stroke-width"]), 2.0 * scale, rtol=0.05)
    length = float(page.text.split(" µm")[0].split("compartments")[1])
    np.testing.assert_allclose(float(re.findall(r"l(\d+)", bar["d"])[0]), length * scale, atol=0.51)


def test_a_network_with_its_synapses(net):
    page = Page(net._repr_html_())
    assert "Network5 cells, 15 branches, 30 compartments, 4 synapses" in page.text
    assert "synapsesIonotropicSynapse (4)" in page.text
    assert len(page.attributes("path")[0]["d"].split("M")) == 5, "a line for each synapse"
    page = Page(net.IonotropicSynapse.edge(1)._repr_html_())
    assert "1 synapse: cells 0, 4" in page.text


def test_many_cells_are_dots_and_quick():
    """100,000 compartments in 0.3 s of CPU, and less than 200 kB."""
    net = jx.Network([jx.Cell(jx.Branch(jx.Compartment(), ncomp=10), parents=[-1, 0, 0, 1, 1])] * 2000)
    assert "<svg" not in net._repr_html_(), "they have no places, and are not laid out for that"
    assert np.isnan(net.tables.xyzr[0]).any()
    net.arrange_in_layers([1000, 1000])
    jx.sparse_connect(net.cell(range(1000)), net.cell(range(1000, 2000)), IonotropicSynapse(), p=0.001, seed=0)
    start = process_time()
    html = net._repr_html_()
    assert process_time() - start < 0.3
    assert len(html) < 200_000
    assert 500 < len(Page(html).attributes("circle")) <= 1500


def test_a_large_cell_is_quick():
    cell = jx.morphology.sample("pyramidal", ncomp=935)
    assert cell.shape[1] > 100_000
    start = process_time()
    html = cell._repr_html_()
    assert process_time() - start < 0.3
    assert len(html) < 50_000


def test_nothing_is_loaded_for_it():
    code = "import sys, dendrax as jx; jx.morphology.sample()._repr_html_(); print('matplotlib' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout == "False\n"


WHERE = {
    "cell 1": lambda net: net.cell(1),
    "cells 0, 2-4": lambda net: net.cell([0, 2, 3, 4]),
    "cell 1, branch 2": lambda net: net.cell(1).branch(2),
    "cell 1, branches 0, 2": lambda net: net.cell(1).branch([0, 2]),
    "cell 4, branch 0, comp 1": lambda net: net.cell(4).branch(0).comp(1),
    "cells 0-1": lambda net: net.exc,
}


@pytest.mark.parametrize("place", WHERE)
def test_a_view_says_which_part_it_is(net, place):
    assert f": {place};" in repr(WHERE[place](net))


def test_the_whole_needs_no_place_and_a_scattered_view_is_cut_short(net, cell):
    assert repr(net.view).startswith("View of network (5 cells, 15 branches, 30 compartments, 4 synapses; ")
    scattered = cell.select(nodes=np.arange(0, 82, 4))
    assert ": branches 0, 2, 4, 6, 8, 10, ...;" in repr(scattered)


def test_an_outdated_view_says_so_instead_of_failing():
    cell = jx.Cell(jx.Branch(jx.Compartment(), ncomp=2), parents=[-1, 0, 0])
    view = cell.branch(1)
    cell.branch(0).set_ncomp(3)
    assert "outdated" in repr(view)
    assert "outdated" in view._repr_html_()
    assert "branch" in dir(view)


def test_completion_lists_what_is_in_view(cell, net):
    assert {"basal", "soma", "HH", "Leak", "CaPump", "insert"} <= set(dir(cell))
    assert {"IonotropicSynapse", "exc"} <= set(dir(net))
    names = set(dir(cell.soma))
    assert {"soma", "Leak"} <= names
    assert not {"basal", "HH", "axon"} & names, "they would select nothing"


@pytest.mark.parametrize(
    ("mechanism", "text"),
    [
        (Leak(), "<channel Leak: Leak_gLeak=0.0001, Leak_eLeak=-70.0; current i_Leak>"),
        (Leak("pas"), "<channel pas (Leak): pas_gLeak=0.0001, pas_eLeak=-70.0; current i_pas>"),
        (HH(), "; states HH_m, HH_h, HH_n; current i_HH>"),
        (IonotropicSynapse(), "<synapse IonotropicSynapse: IonotropicSynapse_gS=0.0001, "),
        (CaPump(), "; ion CaCon_i; current i_CaPump>"),
        (HH.__new__(HH), "<channel HH>"),
    ],
    ids=lambda one: "",
)
def test_a_mechanism_says_what_it_has(mechanism, text):
    assert text in repr(mechanism)
