"""Random calls of all that connects, on random views: the synapses are those that plain loops would make."""

from collections.abc import Iterator
from contextlib import contextmanager

import jaxtyping
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from index_oracle import Oracle, Plan, build, plans
from validation_plugin import cases

import dendrax as jx
from dendrax.engine.solvers.sequential import Sequential
from dendrax.errors import DendraxError, ValueShapeError
from dendrax.modules import Module, Network
from dendrax.modules.lower import lower
from dendrax.synapses import IonotropicSynapse, TestSynapse

KINDS = {kind.__name__: kind for kind in (IonotropicSynapse, TestSynapse)}
VERBS = ("connect", "fully_connect", "sparse_connect", "connectivity_matrix_connect")
Pairs = list[tuple[int, int]]


def drawn_view(data: st.DataObject, net: Network, oracle: Oracle) -> tuple[Module, list[int]]:
    """A view in any order, and its compartments."""
    rows = data.draw(st.lists(st.integers(0, len(oracle.rows) - 1), min_size=1, max_size=6, unique=True))
    return net.select(nodes=rows), rows


def by_cell(oracle: Oracle, rows: list[int]) -> list[list[int]]:
    """The compartments in view of each cell, both in the order of the model."""
    cells = sorted({oracle.rows[row].cell for row in rows})
    return [sorted(row for row in rows if oracle.rows[row].cell == cell) for cell in cells]


def one_to_one(pre: list[int], post: list[int]) -> Pairs:
    """What `connect` should make; it raises where it has to."""
    if len(pre) == 1:
        return [(pre[0], row) for row in post]
    if len(post) == 1:
        return [(row, post[0]) for row in pre]
    return list(zip(pre, post, strict=True))


def check_pairs(found: Pairs, allowed: list[tuple[list[int], list[int]]], *, at_random: bool) -> None:
    """Synapse by synapse, from the first compartment of a cell to the first of another, or to any."""
    assert len(found) == len(allowed)
    for (pre, post), (pre_comps, post_comps) in zip(found, allowed, strict=True):
        assert pre == pre_comps[0]
        assert (post in post_comps) if at_random else post == post_comps[0]


def check_connected(data: st.DataObject, verb: str, net: Network, oracle: Oracle, name: str) -> Pairs:
    """Make one call, hold its synapses against what loops say, and return them."""
    before = len(net.edges)
    (pre, pre_rows), (post, post_rows) = (drawn_view(data, net, oracle) for _ in range(2))
    synapse = KINDS[name]()
    if verb == "connect":
        try:
            expected = one_to_one(pre_rows, post_rows)
        except ValueError:
            with pytest.raises(ValueShapeError, match="Their numbers must agree"):
                jx.connect(pre, post, synapse)
            return []
        jx.connect(pre, post, synapse)
        assert added(net, before) == expected
        return expected
    cells = [
        (pre_comps, post_comps) for pre_comps in by_cell(oracle, pre_rows) for post_comps in by_cell(oracle, post_rows)
    ]
    options = {"random_post_comp": data.draw(st.booleans()), "seed": data.draw(st.integers(0, 9))}
    at_random = bool(options["random_post_comp"])
    if verb == "fully_connect":
        jx.fully_connect(pre, post, synapse, **options)
        check_pairs(added(net, before), cells, at_random=at_random)
    elif verb == "connectivity_matrix_connect":
        shape = (len(by_cell(oracle, pre_rows)), len(by_cell(oracle, post_rows)))
        mask = data.draw(st.lists(st.booleans(), min_size=len(cells), max_size=len(cells)))
        jx.connectivity_matrix_connect(pre, post, synapse, np.array(mask, bool).reshape(shape), **options)
        check_pairs(
            added(net, before), [one for one, there in zip(cells, mask, strict=True) if there], at_random=at_random
        )
    else:
        p = data.draw(st.sampled_from([0.0, 0.3, 1.0]))
        jx.sparse_connect(pre, post, synapse, p, **options)
        found = added(net, before)
        chosen = [one for one in cells if any(a == one[0][0] and b in one[1] for a, b in found)]
        check_pairs(found, chosen, at_random=at_random)  # in order, and no pair of cells twice
        assert len(found) == {0.0: 0, 1.0: len(cells)}.get(p, len(found))
    return added(net, before)


def added(net: Network, before: int) -> Pairs:
    """The synapses after the first ones."""
    return [(int(a), int(b)) for a, b in net.edges[["pre_index", "post_index"]].to_numpy()[before:]]


@cases("plans of connections that can be made, against loops", 60)
@given(plans(), st.lists(st.tuples(st.sampled_from(VERBS), st.sampled_from(sorted(KINDS))), max_size=4), st.data())
def test_all_that_connects_makes_what_loops_would(plan: Plan, calls, data):
    net, oracle = build(plan)
    expected: list[tuple[str, int, int]] = []
    for verb, name in calls:
        expected += [(name, *pair) for pair in check_connected(data, verb, net, oracle, name)]
    edges = net.edges
    assert list(zip(edges["type"], edges["pre_index"], edges["post_index"], strict=True)) == expected
    assert net.synapse_names == list(dict.fromkeys(name for name, _, _ in expected))
    system = lower(net.tables, Sequential())
    placed = {
        one.mechanism.name: list(zip(one.pre.tolist(), one.post.tolist(), strict=True)) for one in system.synapses
    }
    assert placed == {name: [(a, b) for kind, a, b in expected if kind == name] for name in net.synapse_names}
    for name in net.synapse_names:
        places = edges["index_within_type"][edges["type"] == name].tolist()
        assert places == list(range(len(places)))


@contextmanager
def unchecked_types() -> Iterator[None]:
    """As users run it: the checks of annotations that tests run under would come before ours."""
    jaxtyping.config.update("jaxtyping_disable", True)
    try:
        yield
    finally:
        jaxtyping.config.update("jaxtyping_disable", False)


@cases("connections that cannot be made", 60)
@given(plans(), st.sampled_from(VERBS), st.data())
def test_what_cannot_be_connected_is_refused_and_changes_nothing(plan, verb, data):
    net, oracle = build(plan)
    jx.connect(net.select(nodes=[0]), net.select(nodes=[0]), IonotropicSynapse())
    pre, post = (drawn_view(data, net, oracle)[0] for _ in range(2))
    other, _ = build(plan)
    matrix = np.zeros((len(set(pre.nodes["global_cell_index"])), len(set(post.nodes["global_cell_index"]))), bool)
    extra = {"sparse_connect": 0.5, "connectivity_matrix_connect": matrix}
    wrong = data.draw(st.sampled_from(["pre", "post", "synapse", *(["extra"] if verb in extra else [])]))
    given_ = {"pre": pre, "post": post, "synapse": TestSynapse(), "extra": extra.get(verb)}
    bad = {
        "pre": [None, 0, "all", other.select(nodes=[0]), jx.Cell(), [pre]],
        "post": [None, 0.5, other, jx.Compartment(), np.zeros(2)],
        "synapse": [None, "TestSynapse", TestSynapse, jx.channels.HH(), TestSynapse("IonotropicSynapse")],
        "extra": [None, -0.1, 1.5, float("nan"), "x", matrix[:, :-1], matrix.astype(float), [[True], []], [True] * 99],
    }
    given_[wrong] = data.draw(st.sampled_from(bad[wrong]))
    arguments = [given_["pre"], given_["post"], given_["synapse"]] + ([given_["extra"]] if verb in extra else [])
    with unchecked_types(), pytest.raises(DendraxError):
        getattr(jx, verb)(*arguments)
    assert net.synapse_names == ["IonotropicSynapse"]
    assert added(net, 0) == [(0, 0)]
