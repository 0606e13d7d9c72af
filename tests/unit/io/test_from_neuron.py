"""A small network is read from NEURON's answers, and has NEURON's voltages, which `golden/from_neuron.npz` holds."""

from pathlib import Path

import jax
import numpy as np
import pytest
from replayed_neuron import Connection, Point, Replayed
from small_network import DT, EVERY, SOURCES, T_MAX

import dendrax as jx
from dendrax.errors import LeftOutWarning, ModelValueError, NeuronModelError
from dendrax.io.neuron import read_model, read_sections

HERE = Path(__file__).parent
MODELS = [HERE / "nmodl" / "models" / f"{name}.mod" for name in SOURCES]


@pytest.fixture(scope="module")
def answers() -> dict[str, np.ndarray]:
    with np.load(HERE / "golden" / "from_neuron.npz") as file:
        return dict(file)


@pytest.fixture(scope="module")
def network(answers):
    return jx.from_neuron(Replayed(answers), mod=MODELS)


@pytest.fixture(scope="module")
def voltages(network):
    network.record("v", verbose=False)
    with jax.enable_x64(True):
        return np.asarray(jx.integrate(network, t_max=T_MAX, delta_t=DT, events="grid"))


def test_voltages_are_those_of_neuron(answers, network, voltages):
    h = Replayed(answers)
    read = read_sections(h)
    rows = [read.row_of(segment) for section in h.allsec() for segment in section]
    assert (answers["v"].max(axis=1) > 0).sum() >= 3  # spikes, some of them because of events
    assert network.tables.order == "neuron"
    np.testing.assert_allclose(voltages[rows, ::EVERY], answers["v"], rtol=0, atol=1e-6)


def test_values_are_read(answers, network):
    nodes = network.nodes
    soma, dend = nodes["section"] == "soma[0]", nodes["section"] == "dend[1]"
    assert (nodes["hh_gnabar"][soma] == 0.11).all()
    assert (nodes["hh_gnabar"][nodes["section"] == "soma[1]"] == 0.12).all()
    assert (nodes["pool_tau"][soma] == 9.0).all()
    assert (nodes["pool_tau"][dend] == 12.0).all()
    assert (nodes["forked_mode"].dropna() == 2.0).all()
    assert (nodes["temperature"] == 20.0).all()
    assert nodes["IClamp_amp"].dropna().tolist() == [0.6]
    assert nodes["IClamp_2_amp"].dropna().tolist() == [0.4]
    assert network.netcons.to_pandas()["delay"].tolist() == [1.1, 2.0, 1.3, 2.7]


def test_the_report_says_what_was_read(answers):
    _, report = read_model(Replayed(answers), mod=MODELS)
    assert report.inserted == {"hh": 2, "pas": 5, "pool": 3, "cachan": 3, "kca": 1, "forked": 3}
    assert report.placed == {"IClamp": 2, "SEClamp": 1, "ExpSyn": 2, "Exp2Syn": 1}
    assert (report.n_connection, report.left_out) == (4, [])


def test_reading_twice_gives_equal_models(answers, network):
    again = jx.from_neuron(Replayed(answers), mod=MODELS)
    assert again.nodes.equals(network.nodes)
    assert [one.name for one in again.tables.mechanisms] == [one.name for one in network.tables.mechanisms]
    assert again.tables.mechanisms == network.tables.mechanisms


def test_a_mechanism_without_a_source_is_named(answers):
    with pytest.raises(NeuronModelError, match=r"the mechanism pool in 2 sections(.|\n)*mod=\.\.\."):
        jx.from_neuron(Replayed(answers), mod=MODELS[:3])


def test_what_is_left_out_is_told_or_not(answers, recwarn):
    h = Replayed(answers)
    h.points.append(Point(h, "AlphaSynapse[0]", ("soma[0]", 0.5), {}))
    with pytest.raises(NeuronModelError, match="1 point processes AlphaSynapse"):
        jx.from_neuron(h, mod=MODELS)
    assert not recwarn.list
    jx.from_neuron(h, mod=MODELS, on_missing="ignore")
    assert not recwarn.list
    with pytest.warns(LeftOutWarning, match="AlphaSynapse"):
        jx.from_neuron(h, mod=MODELS, on_missing="warn")
    with pytest.raises(ModelValueError, match="on_missing='never': choose one of 'error', 'warn', 'ignore'"):
        jx.from_neuron(h, mod=MODELS, on_missing="never")


def test_a_part_of_a_model_has_the_connections_within_it(answers):
    h = Replayed(answers)
    parts = [h.sections[2:], h.sections[:2]]
    with pytest.raises(NeuronModelError, match=r"NetCon\[2\] from a section that was not read"):
        jx.from_neuron(h, parts[0], mod=MODELS)
    h.connections = [one for one in h.connections if one.number in (0, 1)] + [Connection(h, 2)]
    first, report = read_model(h, parts[1], mod=MODELS)  # the third ends elsewhere
    assert (len(first.netcons), report.n_connection, report.left_out) == (2, 2, [])
    h.connections[0].target = None  # as a NetCon that only records spikes
    assert read_model(h, parts[1], mod=MODELS)[1].n_connection == 1


def test_a_place_at_the_end_of_a_section_is_told(answers):
    h = Replayed(answers)
    h.points.append(Point(h, "IClamp[7]", ("dend[0]", 1.0), {"delay": 0.0, "dur": 1.0, "amp": 0.1}))
    with pytest.raises(NeuronModelError, match=r"IClamp\[7\] at dend\[0\]\(1\)"):
        jx.from_neuron(h, mod=MODELS)


def test_the_end_by_which_a_section_is_connected_is_a_place_on_its_parent(answers):
    h = Replayed(answers)
    h.points.append(Point(h, "IClamp[7]", ("dend[0]", 0.0), {"delay": 0.0, "dur": 1.0, "amp": 0.1}))  # at soma[0](0.5)
    h.connections[3].place = ("dend[0]", 0.0)
    module, report = read_model(h, mod=MODELS)
    soma = (module.nodes["section"] == "soma[0]").to_numpy()
    assert report.left_out == []
    assert module.nodes["IClamp_3_amp"][soma].tolist() == [0.1]
    assert module.nodes["IClamp_3_amp"][~soma].isna().all()
    at_soma, moved = module.netcons.to_pandas()["pre_index"].tolist()[-2:]
    assert moved == at_soma == read_sections(h).row("soma[0]", 0.5)


def test_connections_from_ends_are_told_where_sections_join(answers):
    h = Replayed(answers)
    h.connections[3].place = ("dend[0]", 1.0)  # nothing joins there: NEURON has the voltage of the last segment
    assert read_model(h, mod=MODELS)[1].left_out == []
    for at in (("soma[1]", 1.0), ("dend[1]", 0.0)):  # the same node
        h.connections[3].place = at
        (told,) = read_model(h, mod=MODELS)[1].left_out
        assert f"NetCon[3] starts at {at[0]}({at[1]:g}), where sections join" in told


def test_inactive_connections_are_not_read_and_those_to_artificial_cells_are_told(answers):
    h = Replayed(answers)
    h.connections[0].is_active = False
    h.connections[1].target = Point(h, "IntFire1[0]", None, {})
    module, report = read_model(h, mod=MODELS)
    assert module.netcons.to_pandas()["delay"].tolist() == [1.3, 2.7]
    (told,) = report.left_out
    assert "NetCon[1]" in told


def test_runs_of_another_kind_are_told(answers):
    h = Replayed(answers)
    h.secondorder = 2
    with pytest.raises(NeuronModelError, match="secondorder"):
        jx.from_neuron(h, mod=MODELS)
    h.secondorder, h.styles["dend[1]", "ca_ion"] = 0, 183  # 247 without the bit that eca follows
    with pytest.raises(NeuronModelError, match=r"ion_style differs.* ca .*dend\[1\]"):
        jx.from_neuron(h, mod=MODELS)


def test_reading_leaves_neuron_as_it_is(answers):
    h = Replayed(answers)

    def held() -> list[dict]:
        things = (h, *h.sections, *h.points, h.stim, *h.connections)
        return [{key: repr(value) for key, value in vars(one).items()} for one in things]

    before, arrays = held(), {key: value.copy() for key, value in answers.items()}
    read_model(h, mod=MODELS)
    assert held() == before
    assert all(np.array_equal(answers[key], value, equal_nan=value.dtype.kind == "f") for key, value in arrays.items())


def test_files_keep_the_order_and_the_voltages(tmp_path, network, voltages):
    jx.save(network, tmp_path / "network.dendrax")
    loaded = jx.load(tmp_path / "network.dendrax")
    assert loaded.tables.order == "neuron"
    with jax.enable_x64(True):
        again = np.asarray(jx.integrate(loaded, t_max=T_MAX, delta_t=DT, events="grid"))
    assert (again == voltages).all()
