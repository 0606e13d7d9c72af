"""Everything that goes step by step is saved and goes on by the same loop, to the same bits."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dendrax.errors import CheckpointError, ModelStateError, ModelValueError
from dendrax.optimize import fit_global, least_squares, search
from dendrax.optimize.checkpoints import CheckpointFolder

START = [{"x": jnp.array([2.2, -1.9])}, {"y": jnp.array([1.8])}]
RESULTS = ("params", "lowest", "loss", "reason", "elite", "evaluations", "steps")


def rastrigin(params):
    """Minima near all whole numbers, the deepest at 0; here and there no value at all."""
    x = jnp.concatenate([params[0]["x"], params[1]["y"]])
    hole = jnp.where(jnp.abs(x[0] - 3.0) < 0.5, jnp.nan, 0.0)
    return jnp.sum(x**2 + 2 * (1 - jnp.cos(2 * jnp.pi * x))) + hole


def valley(params):
    """Residuals that take many steps."""
    x, y = params[0]["x"]
    return jnp.stack([10 * (y - x**2), 1 - x]), params[1]["y"]


def evolve(method, **options):
    settings: Any = {
        "generations": 9,
        "method": method,
        "population": 8,
        "spread": 1.5,
        "key": 2,
        "every": 3,
        "elite": 2,
    }
    return search(rastrigin, START, **(settings | {"progress": False, "devices": 1} | options))


def hybrid(**options):
    settings: Any = {"generations": 10, "method": "separable", "population": 8, "steps": 6, "refine": 2, "every": 2}
    return fit_global(rastrigin, START, **(settings | {"progress": False, "devices": 1} | options))


def squares(**options):
    settings: Any = {"steps": 9, "every": 2, "progress": False}
    return least_squares(valley, START, **(settings | options))


KILLS = {"least_squares": 1}  # each costs a compilation
RUNS = {
    "cma": lambda **options: evolve("cma", **options),
    "separable": lambda **options: evolve("separable", **options),
    "fit_global": hybrid,
    "least_squares": squares,
}


def assert_same_bits(one, other):
    """Two results, whatever they are of; time aside."""
    if hasattr(one, "search"):
        assert_same_bits(one.search, other.search)
        one, other = one.best, other.best
    for name in RESULTS:
        if hasattr(one, name):
            for a, b in zip(jax.tree.leaves(getattr(one, name)), jax.tree.leaves(getattr(other, name)), strict=True):
                np.testing.assert_array_equal(a, b, err_msg=name)


class Killed(BaseException):
    """What ends a run without giving it time for anything more."""


@pytest.mark.parametrize("name", RUNS)
def test_killed_it_goes_on_to_the_same_bits(name, tmp_path, monkeypatch):
    """Killed as soon as there is a checkpoint, and again at the next; what came after the checkpoint is lost."""
    through = RUNS[name]()
    write, folders = CheckpointFolder.write, []

    def write_and_die(self, *arguments):
        folders.append((self.folder.name, write(self, *arguments).name))
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(CheckpointFolder, "write", write_and_die)
        for _ in range(KILLS.get(name, 2)):
            with pytest.raises(Killed):
                RUNS[name](checkpoint=tmp_path, resume=True)
    assert len(set(folders)) == KILLS.get(name, 2)
    if name == "fit_global":
        assert [folder for folder, _ in folders] == ["search", "fits-10"]
    assert_same_bits(RUNS[name](checkpoint=tmp_path, resume=True), through)


def test_the_longer_run_is_the_shorter_one_and_more(tmp_path):
    """Ended and begun again with more generations, as one that had them from the beginning."""
    assert evolve("separable", generations=4, checkpoint=tmp_path).resumed_at is None
    resumed = evolve("separable", checkpoint=tmp_path, resume=True)
    assert resumed.resumed_at == 4
    assert_same_bits(resumed, evolve("separable"))


def test_what_another_search_left_is_refused(tmp_path):
    evolve("separable", generations=2, checkpoint=tmp_path)
    again: Any = {"checkpoint": tmp_path, "resume": True}
    with pytest.raises(ModelValueError, match="resume=True to go on"):
        evolve("separable", checkpoint=tmp_path)
    with pytest.raises(
        ModelValueError, match=r"written with key=\[2\], method=separable, but .* key=\[3\], method=cma"
    ):
        evolve("cma", key=3, **again)
    with pytest.raises(CheckpointError, match=r"another fit: .*\[8, 3\]"):
        evolve("separable", population=9, **again)
    with pytest.raises(ModelValueError, match=r"start\[0\]\['x'\]=float64\[2\] 2.2, -1.9, .* 2.20000000100"):
        search(rastrigin, jax.tree.map(lambda x: x + 1e-9, START), generations=9, method="separable", population=8,
               spread=1.5, key=2, elite=2, progress=False, **again)  # fmt: skip
    with pytest.raises(CheckpointError, match="another fit"):
        squares(**again)
    with pytest.raises(ModelValueError, match="fit_global: resume=True goes on from checkpoints"):
        hybrid(resume=True)


def test_what_is_wrong_with_the_fits_is_said_before_the_search(tmp_path):
    for wrong, text in ({"learning_rte": 0.1}, "learning_rate"), ({"steps": 0}, "steps must be"):
        with pytest.raises((ModelValueError, KeyError), match=text):
            hybrid(checkpoint=tmp_path / "never", **wrong)
    with pytest.raises(ModelStateError, match="nothing to fit"):
        fit_global(rastrigin, [], generations=1, steps=1)
    assert not (tmp_path / "never").exists()


def test_least_squares_turn_back_from_where_there_is_no_value():
    """Newton's step for an arc tangent goes too far: here to where nothing is, which costs steps and no more."""

    def steps_with_a_hole_below(end):
        fitted = least_squares(
            lambda x: jnp.where(x < end, jnp.nan, jnp.arctan(4 * (x - 1.5))), 2.2, progress=False
        )  # fmt: skip
        assert fitted.reason == "converged"
        assert (np.diff(fitted.loss) <= 0).all()
        assert float(fitted.params) == pytest.approx(1.5, abs=1e-6)
        return fitted.steps

    assert steps_with_a_hole_below(1.45) > steps_with_a_hole_below(-9.0)
