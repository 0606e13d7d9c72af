"""Random models come back from a file as they were; files of which anything was changed are refused."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of
from model_examples import content_of, everything, forged, two_cells
from validation_plugin import cases

import dendrax as jx
from dendrax.channels import HH, Fire, K, Leak, Na
from dendrax.errors import ModelFileError
from dendrax.pumps import CaPump
from dendrax.synapses import AMPA, GapJunction, IonotropicSynapse, TanhRateSynapse

pytestmark = pytest.mark.filterwarnings("ignore::dendrax.errors.MagnitudeWarning")  # random values are unusual

CHANNELS = (HH, K, Leak, Na, CaPump, lambda name=None: Fire(name, surrogate="triangle"))
SYNAPSES = (AMPA, GapJunction, IonotropicSynapse, TanhRateSynapse)
NUMBERS = st.floats(1.0, 40.0)  # of any unit what it may be
NAMES = st.text(min_size=1, max_size=6).map("my ".__add__)


@pytest.fixture(scope="module")
def path():
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "model.dendrax"


def a_cell(draw) -> jx.Cell:
    parents = [-1] + [draw(st.integers(0, branch)) for branch in range(draw(st.integers(0, 3)))]
    branches = [jx.Branch(jx.Compartment(), ncomp=draw(st.integers(1, 3))) for _ in parents]
    xyzr = None
    if draw(st.booleans()):
        points = arrays_of.arrays(float, st.tuples(st.integers(0, 3), st.just(4)), elements=st.floats(-9, 9))
        xyzr = [draw(points) for _ in parents]
    return jx.Cell(branches, parents, xyzr)


def a_model(draw) -> jx.Module:
    """A cell or network with whatever else there can be.

    It is made in the test, not in a strategy: there hypothesis refuses random numbers, which beartype takes.
    """
    cells = [a_cell(draw) for _ in range(draw(st.integers(1, 3)))]
    module = jx.Network(cells) if len(cells) > 1 or draw(st.booleans()) else cells[0]
    n = module.tables.structure.n_comp
    rows = st.lists(st.integers(0, n - 1), min_size=1, max_size=n, unique=True)
    for number, make in enumerate(draw(st.lists(st.sampled_from(CHANNELS), max_size=3))):
        module.select(draw(rows)).insert(make(draw(st.sampled_from([None, f"own {number}"]))))
    if module.pumps and draw(st.booleans()):
        module.diffuse("CaCon_i")
    if isinstance(module, jx.Network):
        for make in draw(st.lists(st.sampled_from(SYNAPSES), max_size=4)):
            jx.connect(
                module.select([draw(st.integers(0, n - 1))]), module.select([draw(st.integers(0, n - 1))]), make()
            )
    for name in draw(st.lists(NAMES, max_size=2, unique=True)):
        module.select(draw(rows)).add_to_group(name)
    for key in draw(st.lists(st.sampled_from(["v", "capacitance", "temperature"]), max_size=3)):
        module.select(draw(rows)).set(key, draw(NUMBERS))
    attach(draw, module, rows)
    edit(draw, module, n)
    return module


def attach(draw, module: jx.Module, rows: st.SearchStrategy) -> None:
    """Recordings, inputs and trainables."""
    for _ in range(draw(st.integers(0, 2))):
        module.select(draw(rows)).record("v", verbose=False)
    for name in module.synapse_state_names:
        if draw(st.booleans()):
            module.record(name, verbose=False)
    length = draw(st.integers(1, 4))
    for _ in range(draw(st.integers(0, 2))):
        module.select(draw(rows)).stimulate(np.full(draw(st.integers(1, 4)), draw(NUMBERS)), verbose=False)
        module.select(draw(rows)).clamp("v", np.full(length, draw(NUMBERS)), verbose=False)
    for key in draw(st.lists(st.sampled_from(["capacitance", *module.synapse_param_names]), max_size=2, unique=True)):
        module.make_trainable(key, draw(NUMBERS), verbose=False)


def edit(draw, module: jx.Module, n: int) -> None:
    """What a user does to the DataFrame."""
    if not draw(st.booleans()):
        return
    column = arrays_of.arrays(st.sampled_from([bool, np.int8, np.int64, np.uint32, np.float32, np.float64]), n)
    texts = st.lists(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3), min_size=n, max_size=n
    )
    name = draw(NAMES.filter(lambda name: name not in module.tables.groups))
    module.nodes[name] = draw(column | texts.map(lambda one: np.array([*one, None], dtype=object)[:-1]))


@cases("models that are saved and loaded", 40)
@given(st.data())
def test_any_model_comes_back(path, data):
    model = a_model(data.draw)
    before = everything(model)
    jx.save(model, path)
    content = path.read_bytes()
    loaded = jx.load(path)
    assert everything(model) == before
    assert everything(loaded) == before
    jx.save(loaded, path)
    assert path.read_bytes() == content


@pytest.fixture(scope="module")
def good(path) -> bytes:
    jx.save(two_cells(), path)
    return path.read_bytes()


@st.composite
def mutations(draw) -> list[tuple[str, float, bytes]]:
    """What to do where: the place is a fraction of the file."""
    kinds = st.sampled_from(["flip", "cut", "insert", "delete", "write", "move"])
    return draw(st.lists(st.tuples(kinds, st.floats(0, 1), st.binary(min_size=1, max_size=9)), min_size=1, max_size=4))


def mutated(content: bytes, changes: list[tuple[str, float, bytes]]) -> bytes:
    for kind, fraction, data in changes:
        at = int(fraction * max(len(content) - 1, 0))
        head, tail, n = content[:at], content[at:], len(data)
        content = {
            "flip": head + bytes([tail[0] ^ (1 << data[0] % 8)]) + tail[1:] if tail else head,
            "cut": head,
            "insert": head + data + tail,
            "delete": head + tail[n:],
            "write": head + data + tail[n:],
            "move": head + content[:n] + tail,
        }[kind]
    return content


def check_mutation(path, good, changes):
    """Every byte counts: what is not the file is refused."""
    bad = mutated(good, changes)
    path.write_bytes(bad)
    if bad == good:
        jx.load(path)
    else:
        with pytest.raises(ModelFileError):
            jx.load(path)


@settings(max_examples=300)
@given(mutations())
def test_files_of_which_bytes_were_changed(path, good, changes):
    check_mutation(path, good, changes)


@pytest.mark.slow
@pytest.mark.cases("model files of which bytes were changed", 20_000)
@settings(max_examples=20_000)
@given(mutations())
def test_many_files_of_which_bytes_were_changed(path, good, changes):
    check_mutation(path, good, changes)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=5,
).filter(lambda one: "nan" not in repr(one) and "inf" not in repr(one))


@st.composite
def nonsense(draw) -> tuple[list[float], object]:
    """A way down the document, as fractions, and what is put there."""
    return draw(st.lists(st.floats(0, 0.999), min_size=1, max_size=7)), draw(JSON)


def with_nonsense(document, way: list[float], value: object):
    """The document with a value somewhere."""
    if not way or not isinstance(document, (dict, list)) or not document:
        return value
    keys = list(document) if isinstance(document, dict) else range(len(document))
    key = keys[int(way[0] * len(keys))]
    below = with_nonsense(document[key], way[1:], value)
    if isinstance(document, dict):
        return {**document, key: below}
    return [*document[:key], below, *document[key + 1 :]]


def check_nonsense(path, document, content, changes, spoilt):
    """With right checksums: either a model, which can be saved again, or an error of ours."""
    for way, value in changes:
        document = with_nonsense(document, way, value)
    for fraction, array in spoilt:
        names = sorted(content)
        content = {**content, names[int(fraction * len(names))]: array}
    if not isinstance(document, dict):
        return
    try:
        path.write_bytes(forged(document, content))
    except ModelFileError:  # text that is no Unicode
        return
    try:
        loaded = jx.load(path)
    except ModelFileError:
        return
    expected = everything(loaded)
    jx.save(loaded, path)
    assert everything(jx.load(path)) == expected


SPOILT = st.lists(
    st.tuples(
        st.floats(0, 0.999),
        arrays_of.arrays(
            st.sampled_from([bool, np.int64, np.float64, np.uint8]), arrays_of.array_shapes(max_side=6, max_dims=3)
        ),
    ),
    max_size=1,
)
NONSENSE = st.lists(nonsense(), min_size=1, max_size=2)


@pytest.fixture(scope="module")
def content():
    return content_of(two_cells())


@settings(max_examples=60)
@given(NONSENSE, SPOILT)
@pytest.mark.slow
def test_documents_of_which_values_were_changed(path, content, changes, spoilt):
    check_nonsense(path, *content, changes, spoilt)


@pytest.mark.slow
@pytest.mark.cases("model files of nonsense with right checksums", 20_000)
@settings(max_examples=20_000)
@given(st.lists(nonsense(), max_size=2), SPOILT)
def test_many_documents_of_which_values_were_changed(path, content, changes, spoilt):
    check_nonsense(path, *content, changes, spoilt)
