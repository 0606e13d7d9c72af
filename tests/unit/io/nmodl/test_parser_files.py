"""Whole .mod files: what their blocks declare, what they include, and that source and tree are each other's inverse.

DENDRAX_MODS may name folders with real .mod files, separated as in PATH: they are read and written back, too.
"""

import os
import pickle
from pathlib import Path

import pytest

from dendrax.errors import NmodlSyntaxError
from dendrax.io.nmodl.parser import parse, parse_file
from dendrax.io.nmodl.source import source
from dendrax.io.nmodl.tree import Binary, Declared, File, Ion, Name, Neuron, Number, Routine, Verbatim, children

MODS = Path(__file__).parent / "mods"
REAL = [Path(folder) for folder in os.environ.get("DENDRAX_MODS", "").split(os.pathsep) if folder]


def test_the_channel():
    file = parse_file(MODS / "channel.mod")
    assert file.title == "A sodium channel of our own : with a colon"
    assert file.neuron == Neuron(
        "SUFFIX",
        "own_na",
        ions=(
            Ion("na", ("ena",), ("ina",)),
            Ion("ca", ("cai", "cao"), ("ica",), 2.0, "CHEBI:29108"),
            Ion("x", (), ("ix",), -1.0),
        ),
        nonspecific=("il", "i2"),
        ranges=("gbar", "minf", "hinf", "g"),
        globals=("tau",),
        threadsafe=True,
    )
    assert file.units == {"mV": "millivolt", "S": "siemens", "mM": "milli/liter"}
    assert file.factors == {"FARADAY": "(faraday) (coulomb)", "R": "8.3134 (joule/degC)", "PI": "(pi) (1)"}
    assert file.parameters == (
        Declared("gbar", 0.12, "S/cm2", 0.0, 1e9),
        Declared("tau", 1.0, "ms"),
        Declared("k", -9.0),
        Declared("eca", unit="mV"),
        Declared("v", unit="mV"),
        Declared("celsius", 6.3, "degC"),
    )
    assert file.constants == (Declared("q10", 3.0), Declared("half", 0.5, "1"))
    assert file.states == (
        Declared("m", low=0.0, high=1.0),
        Declared("h", unit="1", low=0.0, high=1.0, start=0.5),
        Declared("s", unit="mM", low=1e-3),
    )
    assert file.assigned[2] == Declared("hinf", unit="/ms", length=2)
    assert file.locals == (("before", 0), ("table", 3))
    assert [(routine.kind, routine.name) for routine in file.routines] == [
        ("BREAKPOINT", ""),
        ("INITIAL", ""),
        ("DERIVATIVE", "states"),
        ("PROCEDURE", "rates"),
        ("FUNCTION", "vtrap"),
        ("FUNCTION_TABLE", "measured"),
    ]
    assert file.routine("FUNCTION_TABLE") == Routine("FUNCTION_TABLE", "measured", (("v", "mV"),), unit="ms")
    assert file.routine("FUNCTION", "vtrap").unit == "1"
    assert file.routine("FUNCTION", "other") is None
    assert [comment.value.split()[0] for comment in file.comments] == ["Old", "a"]
    assert str(file.comments[1].place) == f"{MODS / 'channel.mod'}:7:21"
    assert file.text == (MODS / "channel.mod").read_text()


def test_the_kinetic_scheme():
    file = parse_file(MODS / "kinetic.mod")
    assert file.defines == {"N": 3}
    assert file.parameters[2].default == 3.0
    assert file.states[2] == Declared("ca", unit="mM", length=3)
    assert file.routine("LINEAR").unknowns == ("c", "o")
    loop = file.routine("INITIAL").body[-1]
    assert (loop.last, loop.step) == (Binary("-", Number(3.0, True), Number(1.0, True)), Number(2.0, True))
    assert file.routine("KINETIC", "scheme").body[5].left == ((2, Name("ca", Number(0.0, True))), (1, Name("pump")))


def test_the_synapse():
    file = parse_file(MODS / "synapse.mod")
    assert file.neuron == Neuron(
        "POINT_PROCESS",
        "OwnSynapse",
        electrode=("i",),
        pointers=("vpre", "vpost"),
        core_pointers=("rng",),
        externals=("shared",),
        randoms=("r1", "r2"),
    )
    assert file.verbatim == (Verbatim('\n#include <stdlib.h>  /* { : ? " */\n'),)
    assert file.parameters == (Declared("w2", -1e-3), Declared("limit", -1.0, low=-10.0, high=10.0))
    assert file.routine("NET_RECEIVE").arguments == (("w", "uS"), ("a", None), ("tlast", "ms"))
    kinds = [routine.kind for routine in file.routines]
    assert kinds[-4:] == ["BEFORE STEP", "AFTER SOLVE", "BEFORE INITIAL", "BEFORE BREAKPOINT"]
    assert {"CONSTRUCTOR", "DESTRUCTOR"} <= set(kinds)


def test_includes_are_found_beside_the_file_that_asks_and_know_their_own_places():
    file = parse_file(MODS / "including.mod")
    assert [routine.name for routine in file.routines] == ["first", "last"]
    assert file.routine("PROCEDURE", "last").body[0].value == Number(7.0, True)
    assert str(file.routine("PROCEDURE", "first").place) == f"{MODS / 'parts' / 'first.inc'}:3:1"


def test_includes_are_found_in_the_folders_that_are_given(tmp_path):
    (tmp_path / "main.mod").write_text('INCLUDE "second.inc"')
    assert parse_file(tmp_path / "main.mod", [tmp_path / "none", MODS / "parts"]).defines == {"SIZE": 7}
    with pytest.raises(NmodlSyntaxError, match=rf'main.mod:1:9: found "second.inc", expected .* in {tmp_path}'):
        parse_file(tmp_path / "main.mod")


def test_a_file_that_includes_itself_is_refused(tmp_path):
    (tmp_path / "once.mod").write_text('INCLUDE "once.mod"')
    (tmp_path / "twice.mod").write_text('INCLUDE "twice.mod"\n' * 2)
    for name in ("once.mod", "twice.mod"):
        with pytest.raises(NmodlSyntaxError, match="may include itself"):
            parse_file(tmp_path / name)
    with pytest.raises(NmodlSyntaxError, match=r":1:9: .* a function `include`"):
        parse('INCLUDE "x.inc"')


def test_files_of_other_systems_can_be_read(tmp_path):
    (tmp_path / "old.mod").write_bytes(
        b"\xef\xbb\xbfNEURON {\r\n SUFFIX a : \xb5S\r\n}\r\nPARAMETER {\rg (\xb5S)\r}\x1a"
    )
    file = parse_file(tmp_path / "old.mod")
    assert (file.neuron.name, file.parameters) == ("a", (Declared("g", unit="µS"),))


def test_the_source_has_no_long_lines_which_neuron_refuses():
    names = tuple(f"variable{k}" for k in range(500))
    text = source(File(neuron=Neuron("SUFFIX", "many", ranges=names)))
    assert parse(text).neuron.ranges == names
    assert max(map(len, text.splitlines())) < 100


def test_blocks_of_a_kind_add_up():
    file = parse("NEURON { SUFFIX a RANGE x } PARAMETER { x } NEURON { RANGE y } PARAMETER { y = 2 } LOCAL p LOCAL q")
    assert (file.neuron, file.parameters) == (
        Neuron("SUFFIX", "a", ranges=("x", "y")),
        (Declared("x"), Declared("y", 2.0)),
    )
    assert file.locals == (("p", 0), ("q", 0))
    assert parse(" : nothing\n") == File()


@pytest.mark.parametrize("folder", [MODS, *REAL], ids=str)
def test_the_source_of_a_tree_is_read_as_the_same_tree(folder):
    count = 0
    for path in sorted(folder.rglob("*.mod")):
        try:
            file = parse_file(path)
        except NmodlSyntaxError:
            assert folder != MODS, path
            continue
        count += 1
        again = parse(source(file), "again")
        assert again == file, path
        assert source(again) == source(file), path
        assert pickle.loads(pickle.dumps(file)) == file  # noqa: S301
        assert all(child.place.line > 0 for child in children(file) if child != Neuron()), path
    assert count >= 4


@pytest.mark.parametrize("folder", [MODS, *REAL], ids=str)
def test_nearly_all_real_files_can_be_read(folder):
    texts = {path.read_bytes(): path for path in folder.rglob("*.mod")}
    refused = []
    for path in texts.values():
        try:
            parse_file(path, [path.parent.parent])
        except NmodlSyntaxError as error:
            refused.append(str(error))
    assert len(refused) <= 0.005 * len(texts), refused
