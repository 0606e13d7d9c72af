"""Branches, somata, types and pieces: what a cell is cut from."""

import numpy as np
import pytest

from dendrax.errors import MorphologyError
from dendrax.trees.discretize import discretize
from dendrax.trees.points import SwcWarning, TracedPoints
from dendrax.trees.swc import points_from_bytes

SHAPE = ("length", "radius", "area", "volume", "resistive_load_in", "resistive_load_out")


def cut(text: str, ncomp: int = 1, **settings):
    return discretize(points_from_bytes(text.encode(), "cell.swc"), ncomp, **settings)


def rooted_elsewhere(text: str, root: int) -> str:
    """The same file with another point as the root of its parents."""
    rows = {int(line.split()[0]): line.split() for line in text.splitlines()}
    parent = {i: int(row[6]) for i, row in rows.items()}
    before, here = -1, root
    while here != -1:
        parent[here], before, here = before, here, parent[here]
    return "\n".join(" ".join([*row[:6], str(parent[i])]) for i, row in rows.items())


def test_a_spherical_soma_is_the_first_branch_and_neurites_begin_at_their_own_point():
    tree = cut("1 1 0 0 0 8 -1\n2 3 10 0 0 1 1\n3 3 60 0 0 1 2\n4 4 0 9 0 2 1\n5 4 0 29 0 1 4\n")
    np.testing.assert_array_equal(tree.parent_of_branch, [-1, 0, 0])
    np.testing.assert_allclose(tree.length, [16, 50, 20])
    assert tree.area[0] == pytest.approx(4 * np.pi * 64, rel=1e-14)
    assert tree.volume[0] == pytest.approx(4 / 3 * np.pi * 512, rel=1e-14)
    assert tree.resistive_load_in[0] == pytest.approx(8 / (np.pi * 64), rel=1e-14)
    assert {name: members.tolist() for name, members in tree.groups.items()} == {
        "apical": [False, False, True],
        "basal": [False, True, False],
        "soma": [True, False, False],
    }


def test_a_spherical_soma_in_the_middle_of_a_dendrite_keeps_both_sides():
    tree = cut("1 3 -50 0 0 1 -1\n2 3 -10 0 0 1 1\n3 1 0 0 0 8 2\n4 3 10 0 0 1 3\n5 3 60 0 0 1 4\n")
    np.testing.assert_array_equal(tree.parent_of_branch, [-1, 0, 0])
    np.testing.assert_allclose(tree.length, [16, 40, 50])
    np.testing.assert_array_equal(tree.groups["soma"], [True, False, False])


def test_three_point_soma_has_the_area_of_the_sphere_that_it_stands_for():
    tree = cut("1 1 0 0 0 5 -1\n2 1 0 -5 0 5 1\n3 1 0 5 0 5 1\n4 3 5 0 0 1 1\n5 3 50 0 0 1 4\n")
    soma = tree.groups["soma"]
    assert tree.area[soma].sum() == pytest.approx(4 * np.pi * 25, rel=1e-14)
    assert tree.length[soma].sum() == pytest.approx(10, rel=1e-14)
    assert tree.length[tree.groups["basal"]] == pytest.approx([45.0])


def test_a_traced_soma_is_a_stack_of_frusta_and_its_neurites_change_radius_where_they_begin():
    text = "1 1 0 0 0 4 -1\n2 1 0 8 0 5 1\n3 3 0 20 0 1 2\n4 3 0 50 0 1 3\n"
    tree = cut(text)
    np.testing.assert_allclose(tree.length, [8, 42])
    assert tree.area[0] == pytest.approx(np.pi * 9 * np.hypot(8, 1))
    assert tree.area[1] == pytest.approx(2 * np.pi * 42)
    np.testing.assert_array_equal(tree.xyzr[1][0], [0, 8, 0, 1])


def test_soma_only_and_a_lone_point():
    tree = cut("1 1 0 0 0 8 -1\n", ncomp=2)
    assert tree.area.sum() == pytest.approx(4 * np.pi * 64)
    with pytest.warns(SwcWarning, match="no soma"):
        assert cut("1 3 0 0 0 8 -1\n").length == pytest.approx([16.0])


def test_a_single_point_dendrite_is_made_short_and_said_so():
    with pytest.warns(SwcWarning, match=r"0\.1 um long \(line 4\)"):
        tree = cut("1 1 0 0 0 8 -1\n2 3 10 0 0 1 1\n3 3 60 0 0 1 2\n4 4 0 10 0 1 1\n")
    assert tree.length[2] == pytest.approx(0.1)
    np.testing.assert_allclose(tree.xyzr[2][-1], [0, 10.1, 0, 1])


def test_a_neurite_far_from_the_soma_is_not_lost_without_a_word():
    with pytest.warns(SwcWarning, match=r"far outside the soma \(line 2\)"):
        cut("1 1 0 0 0 8 -1\n2 3 100 0 0 1 1\n3 3 160 0 0 1 2\n")


def test_types_name_groups_and_irrelevant_types_end_no_branch():
    text = "1 1 0 0 0 5 -1\n2 1 0 5 0 5 1\n3 7 0 10 0 2 2\n4 7 0 50 0 2 3\n5 9 0 90 0 2 4\n6 0 0 99 0 1 5\n"
    assert list(cut(text).groups) == ["custom7", "soma"]
    tree = cut(text, relevant_type_ids=[0, 1, 7, 9])
    assert list(tree.groups) == ["custom7", "custom9", "soma", "undefined"]
    np.testing.assert_array_equal(tree.parent_of_branch, [-1, 0, 1, 2])


TREE = "1 1 0 0 0 5 -1\n2 1 0 6 0 5 1\n3 3 0 20 0 1 2\n4 3 9 30 0 1 3\n5 3 -9 30 0 1 3\n6 3 -9 50 0 0.5 5\n"


@pytest.mark.parametrize("root", [2, 3, 4, 6])
def test_the_same_points_give_the_same_total_whichever_is_the_root(root):
    expected, found = cut(TREE), cut(rooted_elsewhere(TREE, root))
    assert found.length.sum() == pytest.approx(expected.length.sum(), rel=1e-12)


def test_interruptions_of_the_tracing_end_branches_on_request():
    text = "1 1 0 0 0 5 -1\n2 1 0 6 0 5 1\n3 1 0 9 0 5 2\n7 1 0 12 0 5 3\n"
    assert len(cut(text).length) == 1
    assert len(cut(text, ignore_tracing_interruptions=False).length) == 2


def test_long_branches_are_divided_at_the_last_point_before_each_multiple():
    text = "1 1 0 0 0 5 -1\n" + "".join(f"{i} 1 0 {30 * (i - 1)} 0 5 {i - 1}\n" for i in range(2, 11))
    tree = cut(text, max_branch_len=100.0)
    np.testing.assert_allclose(tree.length, [90, 90, 90])
    np.testing.assert_array_equal(tree.parent_of_branch, [-1, 0, 1])
    assert tree.area.sum() == pytest.approx(cut(text).area.sum())


@pytest.mark.parametrize("ncomp", [2, 5])
def test_total_length_and_area_do_not_depend_on_ncomp(ncomp):
    one, more = cut(TREE), cut(TREE, ncomp)
    for name in ("length", "area", "volume"):
        assert getattr(more, name).sum() == pytest.approx(getattr(one, name).sum(), rel=1e-12)


def test_the_length_of_the_cell_is_that_of_the_file():
    points = points_from_bytes(TREE.encode())
    assert discretize(points, 3).length.sum() == pytest.approx(points.total_length(), rel=1e-12)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"ncomp": 0}, "ncomp is 0"),
        ({"ncomp": -3}, "ncomp is -3"),
        ({"ncomp": 1, "max_branch_len": -1.0}, "max_branch_len is -1"),
        ({"ncomp": 1, "min_radius": float("nan")}, "min_radius is nan"),
    ],
)
def test_settings_out_of_range(settings, says):
    with pytest.raises(MorphologyError, match=says):
        cut(TREE, **settings)


def random_tree(n: int, forks: int, seed: int) -> TracedPoints:
    rng = np.random.default_rng(seed)
    parent = np.arange(-1, n - 1)
    at = rng.choice(np.arange(10, n), forks, replace=False)
    parent[at] = (rng.random(forks) * at).astype(int)
    kind = np.full(n, 3)
    kind[:2] = 1
    xyzr = np.column_stack([rng.normal(size=(n, 3)).cumsum(axis=0), np.full(n, 0.5)])
    return TracedPoints(np.arange(1, n + 1), kind, xyzr, parent, np.arange(1, n + 1))


@pytest.mark.parametrize("n", [10_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
def test_large_trees_keep_their_length(n):
    points = random_tree(n, n // 100, seed=1)
    tree = discretize(points, 2)
    assert tree.length.sum() == pytest.approx(points.total_length(), rel=1e-9)
    assert (tree.parent_of_branch < np.arange(len(tree.parent_of_branch))).all()


def test_a_chain_of_ten_thousand_points_is_one_branch():
    assert len(discretize(random_tree(10_000, 0, seed=0), 4).ncomp_of_branch) == 2
