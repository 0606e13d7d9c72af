"""What a .mod file cannot have is said when it is loaded or inserted, with its line, before anything is changed."""

from pathlib import Path

import pytest

import dendrax as jx
from dendrax.channels import Leak
from dendrax.errors import MechanismError, ModelValueError, NmodlError
from dendrax.io import nmodl

GOOD = """NEURON {
    SUFFIX good
    USEION ca READ eca WRITE ica
    RANGE g
}
PARAMETER { g = 0.001 }
STATE { m }
ASSIGNED { v eca ica }
BREAKPOINT {
    SOLVE states METHOD cnexp
    ica = g * m * (v - eca)
}
DERIVATIVE states {
    m' = (0.5 - m) / 3
}
"""


def loaded(tmp_path: Path, text: str = GOOD) -> type[nmodl.NmodlMechanism]:
    """The class of a text."""
    path = tmp_path / "one.mod"
    path.write_text(text)
    return nmodl.load(path)


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("WRITE ica", "WRITE ik", 3, "ik, which is not a variable of the ion ca"),
        ("ica = g", "ina = g", 11, "the name ina, which is not declared"),
        ("* (v", "* nobody * (v", 11, "the name nobody, which is not declared"),
        ("m' =", "q' =", 14, "the name q, which is not declared"),
        ("METHOD cnexp", "METHOD cnxp", 10, "METHOD cnxp, which is not one of"),
        ("METHOD cnexp", "", 10, "SOLVE states without METHOD"),
        ("SOLVE states", "SOLVE nothing", 10, "SOLVE nothing, which is not a block"),
        ("SUFFIX good", "", 1, "a file without SUFFIX"),
        ("{ g = 0.001 }", "{ g[3] }", 6, "g, an array of parameters"),
        ("v eca", "v eca w[20000]", 8, "w, an array with more than 10000 entries"),
        (
            "USEION ca READ eca WRITE ica",
            "USEION ca READ eca WRITE ica, cai\n USEION zn WRITE zni",
            4,
            "without a VALENCE",
        ),
        ("(0.5 - m)", "(mystery(v) - m)", 14, "a call of mystery"),
    ],
)
def test_what_cannot_be_used(tmp_path: Path, old: str, new: str, line: int, says: str) -> None:
    """By `load`, which names file, line and construct; `report` says the same and raises nothing."""
    assert loaded(tmp_path)().name == "good"
    with pytest.raises(NmodlError, match=says) as raised:
        loaded(tmp_path, GOOD.replace(old, new, 1))
    assert f"{tmp_path / 'one.mod'}:{line}:" in str(raised.value)
    (found,) = nmodl.report(tmp_path)
    assert found.mechanism is None
    assert any(says in problem for problem in found.problems)


def test_lines_are_those_of_the_file(tmp_path: Path) -> None:
    """Comments and empty lines count."""
    text = ": a comment\n\nTITLE one\n" + GOOD.replace("m' =", "q' =")
    with pytest.raises(NmodlError, match=r"one\.mod:17:5: the name q"):
        loaded(tmp_path, text)


def test_a_suffix_that_a_channel_of_ours_has(tmp_path: Path) -> None:
    """Whichever is first; the model stays as it is, and another name is free."""
    twin = loaded(tmp_path, GOOD.replace("SUFFIX good", "SUFFIX Leak"))
    for first, second in ((Leak(), twin()), (twin(), Leak())):
        comp = jx.Compartment()
        comp.insert(first)
        before = comp.nodes.copy()
        with pytest.raises(MechanismError, match=r"'Leak' is inserted already.*change_name"):
            comp.insert(second)
        assert comp.nodes.equals(before)
        assert comp.tables.mechanisms == [first]
    comp.insert(twin("Other"))
    assert "Other_g" in comp.nodes


def test_two_files_of_one_suffix(tmp_path: Path) -> None:
    """A second one elsewhere is refused; in the same compartments it takes the place of the first."""
    first, second = loaded(tmp_path), loaded(tmp_path, GOOD.replace("0.5 - m", "0.6 - m"))
    branch = jx.Branch(jx.Compartment(), ncomp=2)
    branch.insert(first())
    with pytest.raises(MechanismError, match="another mechanism named 'good'"):
        branch.comp(0).insert(second())
    branch.insert(second())
    assert branch.tables.mechanisms == [second()]
    (tmp_path / "first.mod").write_text(GOOD)
    with pytest.raises(NmodlError, match="another mechanism of the name good"):
        nmodl.load_folder(tmp_path)


def test_an_unknown_table(tmp_path: Path) -> None:
    """Of the settings of a mechanism."""
    with pytest.raises(ModelValueError, match="clamp"):
        loaded(tmp_path)(table="interpolate")
