"""What a user can get wrong with the helpers; what the reference leaves undone."""

import warnings

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

import dendrax as jx
from dendrax.compat import base, cell_utils, jax_utils, misc_utils, plot_utils, solver_utils, solver_voltage
from dendrax.errors import DendraxError

mpl.use("agg")

WRONG = {
    "params without indices": (lambda: cell_utils.params_to_pstate([{"v": 1.0}], []), "1 parameters, but indices of 0"),
    "two keys": (lambda: cell_utils.params_to_pstate([{"a": 1.0, "b": 1.0}], [np.zeros((1, 1))]), r"\['a', 'b'\]"),
    "a place off the branch": (lambda: cell_utils.local_index_of_loc(1.5, 0, [4]), "runs from 0 to 1"),
    "no such state": (lambda: cell_utils.query_channel_states_and_params({}, ["m"], np.arange(2)), "no 'm'"),
    "an index that is a word": (lambda: misc_utils.is_str_all("some"), "'all', but not 'some'"),
    "only empty tables": (lambda: misc_utils.concat_and_ignore_empty([pd.DataFrame()]), "none of the tables"),
    "blocks that do not come out even": (
        lambda: jax_utils.nested_checkpoint_scan(lambda c, x: (c, x), 0, np.arange(7), nested_lengths=[2, 3]),
        r"\[2, 3\] make 6 steps, but length and xs say \[7\]",
    ),
    "a root that is not there": (
        lambda: solver_utils.dhs_solve_index(jx.io.graph.to_graph(jx.Branch(ncomp=2)), 1, 7),
        "7",
    ),
    "too few columns": (lambda: solver_utils.convert_to_csc(2, np.arange(2), np.arange(1)), "2 rows and 1 columns"),
    "nothing in view": (lambda: base.View(jx.Branch(ncomp=2), nodes=[5]), "5"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said(name):
    call, text = WRONG[name]
    with pytest.raises(DendraxError, match=text):
        call()


def test_the_step_of_paths_refuses_branches():
    sink, source = np.array([1, 0, 2, 0, 3, 0]), np.array([0, 1, 0, 2, 0, 3])
    with pytest.raises(DendraxError):
        solver_voltage.step_voltage_implicit_with_stone(
            *(np.ones(4), np.ones(4), np.ones(4), np.ones(6), np.arange(4), 4, sink, source, np.zeros(6, int), 0.1)
        )


def test_deprecated_functions_and_keywords_warn_at_the_caller():
    @misc_utils.deprecated("1.0", "Use g.")
    def f(x):
        """What f is for."""
        return x + 1

    @misc_utils.deprecated_kwargs("1.0", ["old"])
    def h(x, old=None):
        return x, old

    with pytest.warns(UserWarning, match=r"f is deprecated and will be removed in version 1.0. Use g.$"):
        assert f(1) == 2
    assert f.__doc__ == "What f is for."
    with pytest.warns(UserWarning, match=r"old is deprecated and will be removed in version 1.0.$"):
        assert h(1, old=2) == (1, 2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert h(1, old=None) == (1, None)


def test_a_method_of_whole_modules_refuses_views():
    class Mine(jx.Cell):
        @base.only_allow_module
        def rebuilt(self):
            return "rebuilt"

    cell = Mine(jx.Branch(ncomp=2), parents=[-1, 0])
    assert cell.rebuilt() == "rebuilt"
    with pytest.raises(DendraxError, match="rebuilt works on a whole module"):
        Mine.rebuilt(cell.branch(0))


def test_views_by_their_constructor_are_those_of_select():
    cell = jx.Cell(jx.Branch(ncomp=2), parents=[-1, 0])
    view = base.View(cell, nodes=[1, 2])
    assert isinstance(view, base.View)
    assert not isinstance(cell, base.View)
    assert view.nodes.index.tolist() == [1, 2]
    assert base.View(cell).nodes.index.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("dims", [(0, 1), (0, 2)])
def test_solids_fill_their_outline(dims):
    mesh = plot_utils.create_cylinder_mesh(10.0, 2.0, 40)
    ax = plot_utils.plot_mesh(mesh, np.array([1.0, 0.0, 0.0]), np.array([1.0, 2.0, 3.0]), dims)
    corners = ax.patches[0].get_xy()
    centre = np.array([1.0, 2.0, 3.0])[list(dims)]
    np.testing.assert_allclose(corners.max(axis=0), centre + np.array([5.0, 2.0]), atol=0.02)
    np.testing.assert_allclose(corners.min(axis=0), centre - np.array([5.0, 2.0]), atol=0.02)


def test_compartments_are_drawn_as_long_as_the_neurite_or_as_its_chord():
    bent = np.array([[0.0, 0, 0, 1.0], [10.0, 0, 0, 1.0], [10.0, 10, 0, 1.0], [0.0, 10, 0, 1.0]])
    cell = jx.Cell(jx.Branch(ncomp=1), parents=[-1], xyzr=[bent])
    with pytest.warns(UserWarning, match="'length' is changed"):
        cell.set("length", 30.0)

    def reach(**options):
        path = plot_utils.plot_comps(cell, **options).collections[0].get_paths()[0]
        return np.ptp(path.vertices, axis=0).max()

    assert reach() == pytest.approx(30.0, abs=0.1)
    assert reach(true_comp_length=False) == pytest.approx(10.0, abs=0.1)
    assert len(plot_utils.plot_morph(cell).collections[0].get_paths()) == 3
