"""Mechanisms of .mod files are copied, pickled, saved and loaded like any other."""

import copy
import pickle
from pathlib import Path

import numpy as np
import pytest
from model_examples import content_of, forged

import dendrax as jx
from dendrax.errors import ModelFileError
from dendrax.io import nmodl
from dendrax.io.model import fields as json_fields

MODELS = Path(__file__).parent / "models"


def model() -> jx.Network:
    """A density, a pool with its reader, one under another name, and a point process."""
    net = jx.Network([jx.Cell([jx.Branch(jx.Compartment(), ncomp=2)], parents=[-1])])
    for name in ("cachan", "pool"):
        net.insert(nmodl.load(MODELS / f"{name}.mod")())
    net.cell(0).branch(0).comp(1).insert(nmodl.load(MODELS / "linoid.mod")("other", table="off"))
    net.cell(0).branch(0).comp(0).place(nmodl.load(MODELS / "synapse.mod")())
    net.set("other_gbar", 1e-3)
    net.cell(0).branch(0).comp(0).stimulate(jx.step_current(0.5, 2.0, 0.2, 0.025, 5.0), verbose=False)
    net.cell(0).branch(0).comp(0).record("v", verbose=False)
    net.init_states()
    return net


@pytest.fixture(scope="module")
def voltages() -> np.ndarray:
    """Those of the model."""
    return np.asarray(jx.integrate(model(), delta_t=0.025))


def saved_and_loaded(net: jx.Network, folder: Path) -> jx.Network:
    """The model out of a file."""
    jx.save(net, folder / "model.dendrax")
    return jx.load(folder / "model.dendrax")


@pytest.mark.parametrize("way", ["deepcopy", "pickle", "copy", "save"])
def test_a_copy_gives_the_same_voltages(way: str, voltages: np.ndarray, tmp_path: Path) -> None:
    """Bit for bit, and its mechanisms are equal, of the same classes."""
    net = model()
    again = {
        "deepcopy": copy.deepcopy,
        "pickle": lambda one: pickle.loads(pickle.dumps(one)),  # noqa: S301
        "copy": lambda one: one.copy(),
        "save": lambda one: saved_and_loaded(one, tmp_path),
    }[way](net)
    assert again.tables.mechanisms == net.tables.mechanisms
    assert [type(one) for one in again.tables.mechanisms] == [type(one) for one in net.tables.mechanisms]
    assert np.array_equal(np.asarray(jx.integrate(again, delta_t=0.025)), voltages)


def test_the_same_text_is_the_same_class(tmp_path: Path) -> None:
    """Wherever it is; another text is another class, and mechanisms of both differ."""
    text = (MODELS / "pool.mod").read_text()
    (tmp_path / "copy.mod").write_text(text)
    (tmp_path / "other.mod").write_text(text.replace("tau = 12", "tau = 13"))
    pool, same, other = (
        nmodl.load(path) for path in (MODELS / "pool.mod", tmp_path / "copy.mod", tmp_path / "other.mod")
    )
    assert same is pool
    assert other is not pool
    assert pool() == pool()
    assert pool() != other()
    assert pool() != pool(updates_reversal=False)


def test_subclasses_are_pickled_as_any_class() -> None:
    """Such as that of a user, whose module has it."""
    one = Slow()
    again = pickle.loads(pickle.dumps(one))  # noqa: S301
    assert type(again) is Slow
    assert again == one


class Slow(nmodl.load(MODELS / "pool.mod")):
    """A class of a user."""


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("SUFFIX pool", "SUFFIX", "source is damaged"),
        ("SUFFIX pool", "POINTER p SUFFIX pool", "source is damaged"),
        ("cai (mM)", "cai (mM) extra (mM)", "do not belong to its source"),
        ("BREAKPOINT", "BREAKPONT", "source is damaged"),
        ("depth = 0.1", "depth[1000000000] = 0.1", "source is damaged"),
        ("BREAKPOINT", "\n" * 1_000_001 + "BREAKPOINT", "at most 1000000 characters"),
    ],
)
def test_a_damaged_source_is_refused(old: str, new: str, says: str, tmp_path: Path) -> None:
    """By the error of model files."""
    net = jx.Compartment()
    net.insert(nmodl.load(MODELS / "pool.mod")())
    document, content = content_of(net)
    text = json_fields.to_text(document).decode()
    forgery = text.replace(old, new.replace("\n", "\\n"), 1)
    assert forgery != text
    path = tmp_path / "model.dendrax"
    path.write_bytes(forged(json_fields.from_text(forgery.encode()), content))
    with pytest.raises(ModelFileError, match=says):
        jx.load(path)
