"""Files that are not what `dendrax.save` writes: each is refused with a text that says what is wrong."""

import functools
import json
import pickle
import re
import struct
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from model_examples import (
    content_of,
    everything,
    forged,
    two_cells,
    two_cells_that_learn,
    two_cells_with_events,
    two_cells_with_several_weights,
    zipped,
)

import dendrax as jx
from dendrax.errors import ModelFileError
from dendrax.io.model import container, versions

NAMES = ("model.json", "arrays.safetensors")


@pytest.fixture(scope="module")
def good(tmp_path_factory) -> bytes:
    path = tmp_path_factory.mktemp("good") / "net.dendrax"
    jx.save(two_cells(), path)
    return path.read_bytes()


@functools.cache
def contents_of(make) -> bytes:
    """Document and arrays of a model, pickled: each test changes its own."""
    return pickle.dumps(content_of(make()))


@pytest.fixture(scope="module")
def members(good) -> dict[str, bytes]:
    return dict(container.unpack(good, NAMES))


@pytest.fixture
def refused(tmp_path):
    """Loads bytes, expects them to be refused, and says how."""

    def load(content: bytes) -> str:
        path = tmp_path / "bad.dendrax"
        path.write_bytes(content)
        with pytest.raises(ModelFileError) as caught:
            jx.load(path)
        assert str(caught.value).startswith(f"load({str(path)!r}): ")
        assert list(tmp_path.iterdir()) == [path]
        return str(caught.value)

    return load


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "cut off"),
        (b"P", "cut off"),
        (b"\x89HDF\r\n\x1a\n" * 9, "no model file: it does not begin as a zip does"),
        (pickle.dumps({"v": 1}), "no model file"),
        (zipped([]), "no model file"),
        (zipped([("../../model.json", b"{}")]), r"a member 'model.json' at byte 0, but there is '../../model.json'"),
        (zipped([("/etc/passwd", b"")]), "there is '/etc/passwd'"),
        (zipped([("v.npy", b"")]), "there is 'v.npy'"),
        (zipped([("model.pkl", pickle.dumps(1))]), "there is 'model.pkl'"),
        (zipped([("model.json", b"{}")]), "a member 'arrays.safetensors' at byte 42, but there is nothing"),
        (
            zipped([("model.json", b"{}"), ("model.json", b"{}")]),
            "'arrays.safetensors' at byte 42, but there is 'model",
        ),
        (zipped([("model.json", bytes(10**7))], zipfile.ZIP_DEFLATED), "is compressed"),
    ],
)
def test_other_files(content, says, refused):
    assert re.search(says, refused(content))


def test_a_bomb_takes_no_memory(refused):
    bomb = zipped([("model.json", bytes(2**28))], zipfile.ZIP_DEFLATED)
    declared = bytearray(zipped([("model.json", b"{}")]))
    declared[18:26] = struct.pack("<2I", 2**32 - 2, 2**32 - 2)
    tracemalloc.start()
    assert "is compressed" in refused(bomb)
    assert "has 4294967294 bytes, but only" in refused(bytes(declared))
    assert tracemalloc.get_traced_memory()[1] < 2**22
    tracemalloc.stop()


def test_more_than_there_should_be(good, members, refused):
    parts = list(members.items())
    assert "a member 'code.py' beside" in refused(zipped([*parts, ("code.py", b"import os")]))
    assert "a member '../x' beside" in refused(zipped([*parts, ("../x", b"")]))
    assert "3 bytes follow" in refused(good + b"abc")
    assert "does not begin as a zip" in refused(b"#!/bin/sh\n" + good)
    assert "is damaged" in refused(zipped(parts))  # the same content, but not the same bytes


def test_a_file_that_is_cut_off(good, refused):
    for end in [*range(60), *range(60, len(good), 997), *range(len(good) - 160, len(good))]:
        assert "cut off" in refused(good[:end])


def test_any_bit(good, refused):
    """Every bit of what is around the members, and some of theirs."""
    text = good.index(b"arrays.safetensors") + 18
    directory = good.index(b"PK\x01\x02")
    places = [*range(40), *range(text - 50, text + 20), *range(directory, len(good)), *range(40, directory, 997)]
    for place in places:
        for bit in (0, 5) if 40 < place < directory else range(8):
            flipped = bytearray(good)
            flipped[place] ^= 1 << bit
            refused(bytes(flipped))


@pytest.mark.parametrize("schema", [6, 10**9])
def test_a_newer_file(schema, refused):
    document, content = content_of(jx.Cell())
    says = refused(forged({"format": document["format"], "schema": schema, "new": 1}, content))
    assert f"it has schema {schema}, and this Dendrax reads schemas up to 5" in says
    assert "pip install -U dendrax" in says


def test_older_files_are_upgraded_step_by_step(tmp_path, monkeypatch, good):
    """What a later Dendrax does with a file of today: one function for each schema in between."""

    def to_6(content):
        document, arrays = content
        document["model"]["ions"] = document["model"].pop("diffused")
        return document, arrays

    def to_7(content):
        document, arrays = content
        document["model"]["diffused"] = document["model"].pop("ions")
        return document, arrays | {"nodes/v": arrays["nodes/v"] + 1.0}

    (tmp_path / "old.dendrax").write_bytes(good)
    monkeypatch.setattr(versions, "VERSION", 7)
    monkeypatch.setitem(versions.MIGRATIONS, 5, to_6)
    monkeypatch.setitem(versions.MIGRATIONS, 6, to_7)
    loaded = jx.load(tmp_path / "old.dendrax")
    expected = two_cells()
    expected.scope("local").set("v", expected.tables.nodes["v"] + 1.0)
    assert everything(loaded) == everything(expected)


def tensors(entries: dict, data: bytes) -> bytes:
    """The bytes of a safetensors file with any header."""
    header = json.dumps(entries).encode()
    return struct.pack("<Q", len(header)) + header + data


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff" * 8,
        struct.pack("<Q", 2**60) + b"{}",
        struct.pack("<Q", 2) + b"[]",
        pickle.dumps([1]),
        tensors({"structure/cell_of_branch": {"dtype": "I64", "shape": [2**40], "data_offsets": [0, 8]}}, bytes(8)),
        tensors({"structure/cell_of_branch": {"dtype": "I64", "shape": [2**62, 4], "data_offsets": [0, 0]}}, b""),
        tensors({"structure/cell_of_branch": {"dtype": "I64", "shape": [0, 2**62], "data_offsets": [0, 0]}}, b""),
        tensors({"structure/cell_of_branch": {"dtype": "I64", "shape": [-1], "data_offsets": [0, 8]}}, bytes(8)),
        tensors({"structure/cell_of_branch": {"dtype": "I64", "shape": [1], "data_offsets": [0, 8]}}, bytes(16)),
        tensors({"structure/cell_of_branch": {"dtype": "I64", "shape": [1], "data_offsets": [8, 16]}}, bytes(16)),
        tensors({"structure/cell_of_branch": {"dtype": "BF16", "shape": [1], "data_offsets": [0, 2]}}, bytes(2)),
        tensors({"structure/cell_of_branch": {"dtype": "O", "shape": [1], "data_offsets": [0, 8]}}, bytes(8)),
        tensors({"structure/cell_of_branch": {"dtype": "BOOL", "shape": [1], "data_offsets": [0, 1]}}, b"\x02"),
    ],
)
def test_arrays_that_are_none(content, refused):
    document, _ = content_of(jx.Cell())
    assert "arrays.safetensors: " in refused(forged(document, content))


def at(*path):
    """A function that sets what is at a path of the document, or calls a function with it."""

    def change(document, content):
        place = document
        for step in path[:-2]:
            place = place[step]
        place[path[-2]] = path[-1](place[path[-2]]) if callable(path[-1]) else path[-1]

    return change


def without(*path):
    def change(document, content):
        place = document
        for step in path[:-1]:
            place = place[step]
        del place[path[-1]]

    return change


def array(name, made):
    def change(document, content):
        content[name] = made(content[name])

    return change


def put(place, value):
    def made(old):
        new = old.copy()
        new[place] = value
        return new

    return made


CASES = {
    "no format": (without("format"), "'format' should be text"),
    "another format": (at("format", "neuroml"), "no model of Dendrax"),
    "schema of text": (at("schema", "1"), "'schema' should be an integer"),
    "schema of truth": (at("schema", True), "'schema' should be an integer"),
    "schema 0": (at("schema", 0), "'schema' should be positive"),
    "no model": (without("model"), "has no 'model'"),
    "a list": (at("model", []), "'model' should be an object"),
    "more than a model": (at("model", "code", "import os"), 'has "code", which no model has'),
    "kind": (at("model", "kind", "brain"), "'kind' should be one of"),
    "other kind": (at("model", "kind", "cell"), "it is a cell, but of 2 cells"),
    "part missing": (without("model", "xyzr"), "has no 'xyzr'"),
    "columns of numbers": (at("model", "nodes", "columns", [1]), "an entry of the columns of 'nodes' should be text"),
    "a column twice": (at("model", "nodes", "columns", lambda c: [*c, "v"]), "should be different names"),
    "a column less": (at("model", "nodes", "columns", lambda c: c[:-1]), "has no column 'axial_diffusion_CaCon_i'"),
    "a column more": (at("model", "nodes", "columns", lambda c: [*c, "x2"]), "array 'nodes/x2' is missing"),
    "index column": (at("model", "nodes", "columns", lambda c: [*c, "controlled_by_param"]), "computed from others"),
    "text of nothing": (at("model", "nodes", "text", {"q": []}), "text of columns that it has not"),
    "text of objects": (at("model", "wiring", "text", "type", [{}]), "neither text nor a number"),
    "no text": (at("model", "wiring", "text", "type", []), "counts more than the 0 texts"),
    "groups": (at("model", "groups", ["proximal", "distal"]), "no column 'distal'"),
    "two names": (at("model", "groups", ["proximal", "fast"]), "are named 'fast'"),
    "ions": (at("model", "diffused", ["CaCon_i", "K"]), "no column 'K'"),
    "channel of text": (at("model", "channels", ["HH"]), "a mechanism should be an object"),
    "channel less": (at("model", "channels", lambda c: c[:1]), "is recorded, but no part"),
    "settings": (at("model", "channels", 0, "settings", []), "'settings' should be an object"),
    "setting of kind": (at("model", "channels", 0, "settings", "x", {"eval": "1"}), "no such kind of setting"),
    "setting of two": (at("model", "channels", 0, "settings", "x", {"float": "nan", "a": 1}), "object of one field"),
    "setting of none": (at("model", "channels", 0, "settings", "x", {}), "object of one field"),
    "method": (at("model", "channels", 0, "settings", "x", {"method": "__class__"}), "which the class does not have"),
    "partial": (
        at("model", "channels", 0, "settings", "x", {"partial": [3, {"tuple": []}, {"dict": []}]}),
        "a function",
    ),
    "pairs": (at("model", "channels", 0, "settings", "x", {"dict": [[1]]}), "pairs of key and value"),
    "odd key": (at("model", "channels", 0, "settings", "x", {"dict": [[[1], 2]]}), "a key that is neither"),
    "setting of arrays": (at("model", "channels", 0, "settings", "x", {"array": 7}), "array 'channels/0/7' is missing"),
    "not a method": (at("model", "channels", 0, "settings", "update_states", 3), "update_states"),
    "no name": (at("model", "channels", 0, "settings", "_name", ""), "needs a string `name`"),
    "no table": (at("model", "channels", 0, "settings", "channel_params", 3), "needs a dict `channel_params`"),
    "recorded": (at("model", "recordings", lambda r: ["nothing", *r[1:]]), "'nothing' is recorded, but no part"),
    "recorded less": (at("model", "recordings", ["v"]), "counts more than the 1 names"),
    "recorded where": (array("recordings", put((0, 1), 18)), "'v' is recorded in row 18 of the compartments"),
    "recorded before": (array("recordings", put((0, 1), -1)), "'v' is recorded in row -1"),
    "recorded twice": (array("recordings", lambda r: np.concatenate([r, r[:1]])), "recorded twice"),
    "recorded elsewhere": (
        array("recordings", put((-1, 1), 1)),
        "'IonotropicSynapse_s' is recorded in row 1 of the syn",
    ),
    "stimulus shape": (at("model", "inputs", 0, "shapes", [[2**40, 2**40]]), "should have"),
    "stimulus of nothing": (at("model", "inputs", 0, "shapes", []), "should have"),
    "stimulus of zero": (at("model", "inputs", 0, "shapes", 0, [0, 20]), "a number of rows should be positive"),
    "stimulus of three": (at("model", "inputs", 0, "shapes", 0, [1, 1, 1]), "should be two numbers"),
    "stimulus of key": (at("model", "inputs", 0, "key", "fast_gNa"), "'fast_gNa' is stimulated or clamped, but no"),
    "stimulus twice": (at("model", "inputs", 1, "key", "i"), "there twice"),
    "stimulus where": (array("inputs/0/rows", put(0, 99)), "in row 99"),
    "stimulus of NaN": (array("inputs/0/values", put(0, np.nan)), "hold NaN or infinity"),
    "trained": (at("model", "trainables", 0, "key", "i"), "'i' is trainable, but no part"),
    "trained where": (array("trainables/0/rows", put(0, -3)), "in row -3"),
    "trained groups": (array("trainables/0/group_of_row", put(0, 5)), "its rows share others"),
    "trained values": (array("trainables/0/values", put(0, np.inf)), "NaN or infinite"),
    "cells": (array("structure/cell_of_branch", put(5, 10**12)), "cells 0, 1, 2"),
    "parents": (array("structure/parent_of_branch", put(5, 10**12)), "no branch of its cell"),
    "parent elsewhere": (array("structure/parent_of_branch", put(5, 0)), "no branch of its cell"),
    "orphan": (array("structure/parent_of_branch", put(5, -1)), "not one tree"),
    "circle": (array("structure/parent_of_branch", put(0, 1)), "not one tree"),
    "joints": (array("structure/joint_of_branch", put(5, 1.5)), "not from 0 to 1"),
    "joints of NaN": (array("structure/joint_of_branch", put(5, np.nan)), "not from 0 to 1"),
    "joints of roots": (array("structure/joint_of_branch", put(0, 0.5)), "or a root not at 1"),
    "ncomp": (array("structure/ncomp_of_branch", put(5, 10**12)), "18 compartments together"),
    "no ncomp": (array("structure/ncomp_of_branch", put(5, 0)), "18 compartments together"),
    "type of numbers": (array("structure/ncomp_of_branch", lambda n: n.astype(float)), "should hold int64"),
    "rows": (array("nodes/v", lambda v: v[1:]), "has shape (17,), but should have (18,)"),
    "points": (array("xyzr/points_of_branch", put(0, 10**12)), "traced points together"),
    "flat points": (array("xyzr/points", np.ravel), "has shape"),
    "ends": (array("edges/pre_index", put(0, 18)), "'pre_index' is 18.0, but there are 18"),
    "types": (array("edges/type_ind", put(0, 3)), "'type_ind' is 3.0, but there are 3"),
    "numbers of synapses": (array("edges/index_within_type", put(0, 1)), "not counted one after the other"),
    "matrix": (array("transition", lambda m: m[1:]), "has shape (17, 18)"),
    "no matrix": (at("model", "transition", False), "nothing needs the array 'transition'"),
    "scope": (at("shown", "scope", "everywhere"), "should be local or global"),
    "shown": (at("shown", "nodes", {}), "has no 'text'"),
    "states": (at("states", ["v"]), "array 'states/v' is missing"),
    "unknown states": (at("states", "all"), "'states' should be a list"),
}


CASES_OF_EVENTS = {
    "no points": (without("model", "points"), "has no 'points'"),
    "points of nothing": (at("model", "points", "types", []), "'type_ind' is 0.0, but there are 0"),
    "point elsewhere": (array("points/comp_index", put(0, 18)), "'comp_index' is 18"),
    "numbers of points": (array("points/index_within_type", put(0, 1)), "not counted one after the other"),
    "not a point": (at("model", "points", "types", 0, "settings", "place", "density"), "cannot be placed"),
    "a source as point": (
        lambda document, content: document["model"]["points"]["types"].__setitem__(
            0, document["model"]["events"]["sources"]["types"][0]
        ),
        "as a mechanism",
    ),
    "two names": (at("model", "groups", ["proximal", "given"]), "are named 'given'"),
    "data of sources": (array("sources/type_ind", put(2, 0)), "not counted one after the other"),
    "sources less": (at("model", "events", {}), "has no 'sources'"),
    "interval": (array("sources/NetStim_interval", put(3, -1.0)), "NetStim_interval"),
    "detector": (array("events/detectors/comp_index", put(0, 18)), "the compartment of a detector is number 18"),
    "threshold": (array("events/detectors/threshold", put(0, np.nan)), "holds NaN"),
    "source": (array("events/connections/source", put(0, 99)), "the source of a connection is number 99"),
    "kind of source": (array("events/connections/source_kind", put(0, 2)), "the kind of source of a connection"),
    "target": (array("events/connections/target", put(0, -1)), "the target of a connection is number -1"),
    "target type": (array("events/connections/target_type", put(0, 2)), "the type of the target"),
    "weight": (array("events/connections/weight", put(0, np.inf)), "no finite weight 'weight'"),
    "delay": (array("events/connections/delay", put(0, 0.0)), "not positive"),
    "connections": (array("events/connections/delay", lambda d: d[1:]), "should have"),
    "recorded": (array("events/recorded", put((0, 0), 3)), "a kind of recording"),
    "recorded where": (array("events/recorded", put((0, 1), 18)), "whose spikes are recorded"),
    "recorded twice": (array("events/recorded", lambda r: np.concatenate([r, r[:1]])), "recorded twice"),
    "bounds": (at("model", "trainables", 4, "bounds", [5.0, 1.0]), "'bounds' should be"),
    "bounds of text": (at("model", "trainables", 4, "bounds", ["a", "b"]), "'bounds' should be"),
}


CASES_OF_RULES = {
    "no rules": (without("model", "events", "plastic"), "has no 'plastic'"),
    "a rule of nothing": (array("plastic/connection", put(0, 99)), "'connection' is 99"),
    "a connection with two rules": (array("plastic/connection", put(0, 12)), "changes by two rules"),
    "heard from nowhere": (array("plastic/post", put(0, 99)), "the detector of postsynaptic spikes is number 99"),
    "numbers of rules": (array("plastic/index_within_type", put(0, 1)), "not counted one after the other"),
    "out of range": (array("plastic/slow_tau_plus", put(0, -1.0)), "slow_tau_plus of connection 0"),
    "no rule": (
        at("model", "events", "plastic", "types", 0, "class", "dendrax.events:NetStim"),
        "as a plasticity rule",
    ),
    "no state": (
        at("model", "events", "plastic", "columns", lambda names: [one for one in names if one != "slow_w"]),
        "no column 'slow_w'",
    ),
}


CASES_OF_WEIGHTS = {
    "no weights": (without("model", "events", "weights"), "has no 'weights'"),
    "a name that is taken": (at("model", "events", "weights", ["ampa", "delay"]), "names that are not taken"),
    "twice": (at("model", "events", "weights", ["ampa", "ampa"]), "names that are not taken"),
    "a number": (at("model", "events", "weights", ["ampa", 1]), "a weight should be"),
    "another name": (at("model", "events", "weights", ["ampa", "gaba"]), "'gaba'"),
    "one less": (at("model", "events", "weights", ["ampa"]), "weights ['nmda']"),
    "not finite": (array("events/weights/1", put(-1, np.nan)), "no finite weight 'nmda'"),
    "one too many": (array("events/weights/0", put(0, 1.0)), "'ampa'"),
}


MODELS = (
    (two_cells, CASES),
    (two_cells_with_events, CASES_OF_EVENTS),
    (two_cells_that_learn, CASES_OF_RULES),
    (two_cells_with_several_weights, CASES_OF_WEIGHTS),
)


@pytest.mark.parametrize(
    ("make", "change", "says"),
    [
        pytest.param(make, *case, id=f"{name} of {make.__name__}")
        for make, cases in MODELS
        for name, case in cases.items()
    ],
)
def test_content_that_is_not_a_model(make, change, says, refused):
    document, content = pickle.loads(contents_of(make))  # noqa: S301
    change(document, content)
    assert says in refused(forged(document, content))


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"format": NaN}', b"[" * 10**5, b'{"a":' * 10**5, b"1" * 10**5],
)
def test_a_document_that_is_none(text, members, refused):
    archive = b"".join(container.pack({"model.json": text, "arrays.safetensors": members["arrays.safetensors"]}))
    assert "model.json" in refused(archive)


@pytest.mark.parametrize("depth", [400, 800, 3000, 10**5])
def test_settings_in_settings_in_settings(depth, members, refused):
    """However deep Python's own reader of JSON goes, and whoever comes to the end of the stack then."""
    nested = b'{"tuple": [' * depth + b"]}" * depth
    text = members["model.json"].replace(b'"_name": "slow_leak"', b'"_name": "slow_leak", "x": [' + nested + b"]")
    archive = b"".join(container.pack({**members, "model.json": text}))
    says = refused(archive)
    assert "nested too deeply" in says or "model.json is no JSON" in says


def test_states_of_something_else(refused):
    document, content = content_of(jx.Cell())
    for values in (np.zeros(2), np.full(1, np.nan), np.zeros((1, 1))):
        assert "states" in refused(forged(document | {"states": ["v"]}, content | {"states/v": values}))
    assert "HH_m" in refused(forged(document | {"states": ["HH_m"]}, content | {"states/HH_m": np.zeros(1)}))


def test_what_is_too_large_is_said_before_anything_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(container, "LARGEST", 1000)
    with pytest.raises(ModelFileError, match=r"GiB at most.*data_stimulate"):
        jx.save(two_cells(), tmp_path / "large.dendrax")
    assert list(tmp_path.iterdir()) == []


def test_nothing_that_reads_could_run_code():
    """Nor is a DataFrame made before somebody asks for one."""
    for file in Path(container.__file__).parent.glob("*.py"):
        for word in ("pickle", "import zipfile", "np.load", "eval(", "exec(", "marshal", "import pandas"):
            assert word not in file.read_text(), f"{word} in {file.name}"
