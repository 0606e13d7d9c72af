"""Random orders of connecting, looking and setting: the table of synapses against plain bookkeeping."""

import pickle

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import dendrax as jx
from dendrax.synapses import IonotropicSynapse, TanhRateSynapse, TestSynapse

KINDS = {kind.__name__: kind for kind in (IonotropicSynapse, TestSynapse, TanhRateSynapse)}
PARAM = {
    "IonotropicSynapse": "IonotropicSynapse_gS",
    "TestSynapse": "TestSynapse_gC",
    "TanhRateSynapse": "TanhRateSynapse_gS",
}
NCOMP = (2, 3, 1, 4)
N = sum(NCOMP)

compartments = st.integers(0, N - 1)
connections = st.tuples(
    st.just("connect"),
    st.sampled_from(sorted(KINDS)),
    st.lists(st.tuples(compartments, compartments), min_size=1, max_size=4),
)
others = st.tuples(st.sampled_from(["look", "set", "pickle"]), st.sampled_from(sorted(KINDS)), st.floats(1e-6, 1.0))


@settings(max_examples=60, deadline=None)
@given(st.lists(connections | others, max_size=12))
def test_the_table_is_what_was_done_in_that_order(actions):
    net = jx.Network([jx.Cell(jx.Branch(jx.Compartment(), ncomp=n), parents=[-1]) for n in NCOMP])
    expected = []  # type, pre, post, value of its parameter
    for action, name, what in actions:
        if action == "connect":
            pre, post = zip(*what, strict=True)
            jx.connect(net.select(nodes=list(pre)), net.select(nodes=list(post)), KINDS[name]())
            expected += [[name, *pair, 1e-4] for pair in what]
        elif action == "set" and any(one[0] == name for one in expected):
            getattr(net, name).set(PARAM[name], what)
            for one in expected:
                one[3] = what if one[0] == name else one[3]
        elif action == "look":
            assert len(net.edges) == len(expected)
        elif action == "pickle":
            net = pickle.loads(pickle.dumps(net))  # noqa: S301
    _check(net, expected)


def _check(net, expected):
    edges = net.edges
    assert edges["type"].tolist() == [one[0] for one in expected]
    assert edges[["pre_index", "post_index"]].to_numpy().tolist() == [one[1:3] for one in expected]
    names = list(dict.fromkeys(one[0] for one in expected))
    assert net.synapse_names == names
    for name in names:
        mine = edges[edges["type"] == name]
        assert mine["index_within_type"].tolist() == list(range(len(mine)))
        assert getattr(net, name).edge_rows.tolist() == mine.index.tolist()
        values = [one[3] if one[0] == name else np.nan for one in expected]
        np.testing.assert_array_equal(edges[PARAM[name]], values)
    ends = edges[["pre_index", "post_index"]].to_numpy()
    for view in (net.cell([0, 1]), net.cell([1, 3])):
        assert view.edge_rows.tolist() == np.flatnonzero(np.isin(ends, view.rows).all(axis=1)).tolist()
    loc = np.concatenate([(np.arange(n) + 0.5) / n for n in NCOMP])
    np.testing.assert_array_equal(edges[["pre_locs", "post_locs"]].to_numpy(), loc[ends])
