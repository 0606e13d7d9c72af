"""Mechanisms in model files: settings by value, classes by path, and nothing imported that the caller did not allow."""

import functools
import subprocess
import sys
import textwrap

import numpy as np
import pytest
from model_examples import Own, content_of, everything, forged, half, settings

import dendrax as jx
from dendrax.channels import HH, Fire
from dendrax.errors import ModelFileError, ModelTypeError
from dendrax.mechanisms.surrogate import SURROGATES


@pytest.fixture
def path(tmp_path):
    return tmp_path / "own.dendrax"


def cell_with(channel) -> jx.Cell:
    cell = jx.Cell()
    cell.insert(channel)
    return cell


def test_settings_of_every_kind_stay_what_they_are(path):
    cell = cell_with(Own("mine", **settings()))
    (channel,) = cell.channels
    channel.method = channel.twice
    jx.save(cell, path)
    (found,) = jx.load(path, mechanisms=[Own, half]).channels
    assert found == channel
    assert list(vars(found)) == list(vars(channel))
    assert found.numbers == pytest.approx(channel.numbers, nan_ok=True)
    assert str(found.numbers[1]) == "-0.0"
    assert found.method(3) == 6
    assert found.method.__self__ is found
    assert found.array.dtype == np.float32
    found.array[0, 0] = 7.0  # its own, to write to
    assert found.partial() == 0.5


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (lambda v: v, "the setting 'odd' of the channel 'Own' is a function"),
        (object(), "is a object, which a file cannot hold: <object"),
        ({"a": [1, {2}]}, "is a set"),
        (np.array([object()]), "entries of type object"),
        (1j, "is a complex"),
        (np.ones(2, np.longdouble), "entries of type float128|float64"),
        (jx.Cell, "is a type"),
        (HH().compute_current, "is a method"),
        ("\ud800", "cannot be written down"),
        (functools.reduce(lambda inner, _: [inner], range(99), 0), "nested too deeply"),
        ({(1, 2): 3}, "a key that is neither text nor a number"),
        (type("Text", (str,), {})("text"), "is a Text"),
    ],
)
def test_settings_that_a_file_cannot_hold_are_refused(value, says, path):
    with pytest.raises(ModelFileError, match=says):
        jx.save(cell_with(Own(odd=value)), path)
    assert not path.exists()


@pytest.mark.parametrize("name", SURROGATES)
def test_our_surrogates_need_no_permission(name, path):
    jx.save(cell_with(Fire(surrogate=functools.partial(SURROGATES[name], slope=0.3))), path)
    assert jx.load(path).channels == [Fire(surrogate=functools.partial(SURROGATES[name], slope=0.3))]


def test_a_class_of_ones_own_has_to_be_passed(path):
    jx.save(cell_with(Own(function=half)), path)
    with pytest.raises(ModelFileError, match=r"names the mechanism 'Own' of 'model_examples'.*mechanisms=\[Own\]"):
        jx.load(path)
    with pytest.raises(ModelFileError, match=r"the function 'model_examples:half'.*mechanisms=\[half\]"):
        jx.load(path, mechanisms=[Own])
    with pytest.raises(ModelFileError, match="the function"):
        jx.load(path, mechanisms=["model_examples"])  # a package brings classes, no functions
    for allowed in ([Own, half], ["model_examples", half]):
        assert jx.load(path, mechanisms=allowed).channels == [Own(function=half)]


def test_a_class_that_has_moved_is_found_by_its_name(path):
    class Own(HH):  # of another module, as far as its path says
        pass

    Own.__qualname__ = "Own"
    jx.save(cell_with(Own()), path)
    Own.__module__ = "gone"
    assert type(jx.load(path, mechanisms=[Own]).channels[0]) is Own


@pytest.mark.parametrize("wrong", ["dendrax", [3], [HH()], [None]])
def test_what_cannot_be_allowed(wrong, path):
    jx.save(jx.Cell(), path)
    with pytest.raises(ModelTypeError, match="mechanisms"):
        jx.load(path, mechanisms=wrong)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("os:system", "not a part of Dendrax"),
        ("model_trap:Trap", "not a part of Dendrax"),
        ("dendrax.cli:main", "not a part of Dendrax"),
        ("dendrax.compat.__main__:main", "not a part of Dendrax"),
        ("dendrax.channels_of_others:HH", "not a part of Dendrax"),
        ("dendrax.channels.../model_trap:HH", "not a part of Dendrax"),
        ("dendrax.channels.nothing:HH", "cannot be imported"),
        ("dendrax.channels.hh:Nothing", "there is no 'Nothing'"),
        ("dendrax.channels.hh:HH.__init__.__globals__", "there is no"),
        ("dendrax.channels.hh:HH.update_states", "as a mechanism, but that is"),
        ("dendrax.channels.hh:np", "as a mechanism, but that is|there is no"),
        ("dendrax.channels.hh:Channel", "update_states"),
        ("dendrax.synapses.ampa:AMPA", "as a mechanism, but that is"),
        ("dendrax.pumps.ca_pump:CaPump", "as a mechanism, but that is"),
        ("dendrax.channels.hh", "not a part of Dendrax"),
        ("", "not a part of Dendrax"),
        (":", "not a part of Dendrax"),
    ],
)
def test_paths_that_lead_elsewhere_are_refused(name, says, path, tmp_path, monkeypatch):
    (tmp_path / "model_trap.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(str(tmp_path))
    document, arrays = content_of(cell_with(HH()))
    document["model"]["channels"][0]["class"] = name
    path.write_bytes(forged(document, arrays))
    with pytest.raises(ModelFileError, match=says):
        jx.load(path)
    assert "model_trap" not in sys.modules


def test_no_constructor_is_run(path, monkeypatch):
    jx.save(cell_with(HH()), path)

    def trap(*_):
        raise AssertionError

    monkeypatch.setattr(HH, "__init__", trap)
    assert jx.load(path).channels[0].name == "HH"


def test_a_class_of_a_notebook_is_passed(path):
    class Mine(HH):
        pass

    Mine.__module__, Mine.__qualname__ = "__main__", "Mine"
    jx.save(cell_with(Mine()), path)
    with pytest.raises(ModelFileError, match=r"'Mine' of '__main__'.*mechanisms=\[Mine\]"):
        jx.load(path, mechanisms=["__main__"])
    assert jx.load(path, mechanisms=[Mine]).channels == [Mine()]


def test_mechanisms_of_a_library(path):
    """jaxley-mech, where it is installed: settings there include methods of the mechanism and functions."""
    pytest.importorskip("jaxley_mech", reason="the extra compat is not installed")
    script = """
        import sys
        import dendrax.compat
        dendrax.compat.install()
        import dendrax as jx
        from jaxley_mech.channels.hodgkin52 import K5States, Na8States
        cell = jx.Cell()
        cell.insert(K5States(solver="newton"))
        jx.save(cell, sys.argv[1])
        assert jx.load(sys.argv[1], mechanisms=["jaxley_mech"]).channels == cell.channels
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_everything_of_a_model_with_both(path):
    cell = cell_with(Own())
    cell.insert(HH())
    jx.save(cell, path)
    assert everything(jx.load(path, mechanisms=[Own])) == everything(cell)
