"""What a user can get wrong with the helpers; what the reference leaves undone."""

import numpy as np
import pytest

import dendrax as jx
from dendrax.compat import base, cell_utils, jax_utils
from dendrax.errors import DendraxError

WRONG = {
    "params without indices": (lambda: cell_utils.params_to_pstate([{"v": 1.0}], []), "1 parameters, but indices of 0"),
    "two keys": (lambda: cell_utils.params_to_pstate([{"a": 1.0, "b": 1.0}], [np.zeros((1, 1))]), r"\['a', 'b'\]"),
    "no such state": (lambda: cell_utils.query_channel_states_and_params({}, ["m"], np.arange(2)), "no 'm'"),
    "blocks that do not come out even": (
        lambda: jax_utils.nested_checkpoint_scan(lambda c, x: (c, x), 0, np.arange(7), nested_lengths=[2, 3]),
        r"\[2, 3\] make 6 steps, but length and xs say \[7\]",
    ),
    "nothing in view": (lambda: base.View(jx.Branch(ncomp=2), nodes=[5]), "5"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said(name):
    call, text = WRONG[name]
    with pytest.raises(DendraxError, match=text):
        call()


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
