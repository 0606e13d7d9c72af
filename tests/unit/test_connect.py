"""connect and its kin: which compartments are joined, what is random, what is refused and leaves nothing behind."""

import numpy as np
import pytest

from dendrax import Branch, Cell, Compartment, Network
from dendrax.channels.hh import HH
from dendrax.connect import (
    connect,
    connectivity_matrix_connect,
    fully_connect,
    is_same_network,
    sample_comp,
    sparse_connect,
)
from dendrax.errors import DendraxError, MechanismError, ModelTypeError, ModelValueError, ValueShapeError
from dendrax.synapses import IonotropicSynapse, TestSynapse


@pytest.fixture
def net() -> Network:
    """Cells of 6, 3, 6 and 1 compartments: 0-5, 6-8, 9-14 and 15."""
    tree = Cell(Branch(Compartment(), ncomp=2), parents=[-1, 0, 0])
    cable = Cell(Branch(Compartment(), ncomp=3), parents=[-1])
    return Network([tree, cable, tree, Cell()])


def pairs(net: Network) -> list[tuple[int, int]]:
    edges = net.tables.edges
    return list(zip(edges["pre_index"].tolist(), edges["post_index"].tolist(), strict=True))


def test_compartments_are_joined_pair_by_pair_in_the_order_of_the_views(net):
    connect(net.cell(0).branch(1).comp([0, 1]), net.cell([1, 3]).branch(0).comp(0), IonotropicSynapse())
    connect(net.select(nodes=[14, 3]), net.select(nodes=[5, 1]), IonotropicSynapse())
    assert pairs(net) == [(2, 6), (3, 15), (14, 5), (3, 1)]


def test_one_compartment_is_joined_to_all_others(net):
    connect(net[0, 0, 0], net.cell(1), IonotropicSynapse())
    connect(net.cell(1), net[3, 0, 0], IonotropicSynapse())
    assert pairs(net) == [(0, 6), (0, 7), (0, 8), (6, 15), (7, 15), (8, 15)]


def test_groups_and_channels_can_be_joined(net):
    net.cell([0, 2]).branch(0).add_to_group("soma")
    net.cell(2).insert(HH())
    connect(net.soma.HH, net.cell(1).comp([0, 2]), IonotropicSynapse())
    assert pairs(net) == [(9, 6), (10, 8)]


def test_every_cell_is_joined_to_every_cell(net):
    fully_connect(net.cell([0, 1]), net.cell([1, 2, 3]), IonotropicSynapse())
    assert pairs(net) == [(0, 6), (0, 9), (0, 15), (6, 6), (6, 9), (6, 15)]


def test_parts_of_cells_begin_where_they_are_in_view(net):
    fully_connect(net.cell([0, 2]).branch(2).comp(1), net.cell(1).comp([1, 2]), IonotropicSynapse())
    assert pairs(net) == [(5, 7), (14, 7)]


def test_a_matrix_says_which_cells_are_joined(net):
    matrix = np.array([[True, False, True], [False, True, False]])
    connectivity_matrix_connect(net.cell([1, 3]), net.cell([0, 1, 2]), IonotropicSynapse(), matrix)
    assert pairs(net) == [(6, 0), (6, 9), (15, 6)]


@pytest.mark.parametrize("seed", range(20))
def test_random_compartments_are_of_the_right_cells(net, seed):
    matrix = np.array([[False, True, True], [True, False, True]])
    connectivity_matrix_connect(net.cell([0, 1]), net.cell([1, 2, 3]), TestSynapse(), matrix, True, seed=seed)
    fully_connect(net.cell([0, 1]), net.cell([1, 2, 3]), IonotropicSynapse(), random_post_comp=True, seed=seed)
    cell_of = net.tables.structure.cell_of_comp
    cells = [(int(cell_of[pre]), int(cell_of[post])) for pre, post in pairs(net)]
    assert cells[:4] == [(0, 2), (0, 3), (1, 1), (1, 3)]
    assert cells[4:] == [(0, 1), (0, 2), (0, 3), (1, 1), (1, 2), (1, 3)]


def test_random_compartments_are_equally_likely(net):
    for seed in range(600):
        fully_connect(net.cell(0), net.cell(1), IonotropicSynapse(), random_post_comp=True, seed=seed)
    counts = np.bincount(net.tables.edges["post_index"])[6:]
    # chi-square of 2 degrees of freedom: 13.8 is passed by one draw in a thousand
    assert np.sum((counts - 200.0) ** 2 / 200.0) < 13.8


@pytest.mark.parametrize("p", [0.0, 0.3, 1.0])
def test_a_share_of_all_pairs_is_joined_each_once(p):
    net = Network([Cell()] * 60)
    sparse_connect(net.cell(range(40)), net.cell(range(30, 60)), IonotropicSynapse(), p, seed=3)
    joined = pairs(net)
    assert joined == sorted(set(joined))
    assert abs(len(joined) - p * 1200) <= 4 * np.sqrt(1200 * p * (1 - p))
    assert all(pre < 40 and 30 <= post < 60 for pre, post in joined)


def test_every_pair_is_equally_likely():
    net = Network([Cell()] * 6)
    hits = np.zeros((3, 3))
    for seed in range(1000):
        before = len(net.tables.wiring)
        sparse_connect(net.cell(range(3)), net.cell(range(3, 6)), IonotropicSynapse(), 0.4, seed=seed)
        for pre, post in pairs(net)[before:]:
            hits[pre, post - 3] += 1
    assert np.abs(hits - 400.0).max() < 4 * np.sqrt(1000 * 0.4 * 0.6)


def test_a_seed_makes_the_same_again():
    def made(seed, global_seed=0):
        net = Network([Cell(Branch(ncomp=4), parents=[-1])] * 20)
        np.random.seed(global_seed)
        sparse_connect(net, net, IonotropicSynapse(), 0.2, random_post_comp=True, seed=seed)
        return pairs(net)

    assert made(1) == made(1, global_seed=5) != made(2)
    assert made(None, 4) == made(None, 4) != made(None, 5)
    assert made(np.random.default_rng(1)) == made(1)


def test_without_a_seed_each_call_is_another(net):
    np.random.seed(0)
    draws = [sample_comp(net, 16).tolist() for _ in range(2)]
    assert draws[0] != draws[1]
    assert sorted(sample_comp(net.cell(1), 3, replace=False, seed=0)) == [6, 7, 8]
    with pytest.raises(ModelValueError, match="4 of 3 compartments"):
        sample_comp(net.cell(1), 4, replace=False)


def test_views_of_one_network_know_it(net):
    other = Network([Cell()] * 2)
    assert is_same_network(net.cell(0), net)
    assert not is_same_network(net.cell(0), other.cell(0))
    assert not is_same_network(Cell(), Cell())


REFUSED = {
    "two networks": (
        lambda net: connect(net[0, 0, 0], net.copy()[1, 0, 0], IonotropicSynapse()),
        ModelValueError,
        "different networks",
    ),
    "a cell": (
        lambda net: connect(Cell().comp(0), net[1, 0, 0], IonotropicSynapse()),
        ModelTypeError,
        "this is of a cell",
    ),
    "2 to 3": (
        lambda net: connect(net.cell(0).branch(0), net.cell(1), IonotropicSynapse()),
        ValueShapeError,
        "2 presynaptic and 3 post",
    ),
    "no probability": (
        lambda net: sparse_connect(net, net, IonotropicSynapse(), 1.5),
        ModelValueError,
        "from 0 to 1, but is 1.5",
    ),
    "NaN": (lambda net: sparse_connect(net, net, IonotropicSynapse(), np.nan), ModelValueError, "is a probability"),
    "no booleans": (
        lambda net: connectivity_matrix_connect(net, net, IonotropicSynapse(), np.ones((4, 4))),
        ModelTypeError,
        "holds float64",
    ),
    "another shape": (
        lambda net: connectivity_matrix_connect(net, net.cell(0), IonotropicSynapse(), np.ones((4, 4), bool)),
        ValueShapeError,
        "4 presynaptic and 1 postsynaptic",
    ),
    "name of a method": (
        lambda net: fully_connect(net, net, IonotropicSynapse(name="record")),
        MechanismError,
        "'record'",
    ),
    "name of a channel": (lambda net: fully_connect(net, net, IonotropicSynapse(name="HH")), MechanismError, "'HH'"),
    "another of the name": (
        lambda net: fully_connect(net, net, TestSynapse(name="IonotropicSynapse")),
        MechanismError,
        "another class or with other settings",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_leaves_the_network_as_it_was(net, case):
    call, error, match = REFUSED[case]
    net.insert(HH())
    connect(net[0, 0, 0], net[1, 0, 0], IonotropicSynapse())
    before = net.edges.copy()
    with pytest.raises(error, match=match) as caught:
        call(net)
    assert isinstance(caught.value, DendraxError)
    assert net.edges.equals(before)
    assert net.synapse_names == ["IonotropicSynapse"]


def test_keys_of_two_types_must_differ(net):
    class Greedy(TestSynapse):
        def __init__(self):
            super().__init__()
            self.synapse_params["IonotropicSynapse_gS"] = 1.0

    connect(net[0, 0, 0], net[1, 0, 0], IonotropicSynapse())
    with pytest.raises(MechanismError, match="'IonotropicSynapse_gS', of the synapse 'Greedy'"):
        connect(net[0, 0, 0], net[1, 0, 0], Greedy())


def test_the_network_keeps_a_copy_of_the_synapse(net):
    mine = IonotropicSynapse()
    connect(net[0, 0, 0], net[1, 0, 0], mine)
    mine.change_name("Other")
    connect(net[0, 0, 0], net[2, 0, 0], mine)
    assert net.synapse_names == ["IonotropicSynapse", "Other"]
    assert net.edges["Other_gS"].notna().tolist() == [False, True]


def test_a_synapse_for_every_compartment_of_whole_cells_is_said(net):
    says = r"6 synapses .* each compartment .*\.loc\(0\.0\)`, or call fully_connect"
    with pytest.warns(UserWarning, match=says):
        connect(net.cell(0), net.cell(2), IonotropicSynapse())
    assert len(pairs(net)) == 6
    connect(net.cell(0).branch(0), net.cell(2).branch(0), IonotropicSynapse())  # compartment by compartment is meant
    points = Network([Cell()] * 2)
    connect(points.cell(0), points.cell(1), IonotropicSynapse())
    assert len(pairs(points)) == 1
