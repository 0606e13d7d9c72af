"""Files in the layout of BluePyOpt's L5PC example become protocols, targets and parameters of a cell."""

import copy
import json

import numpy as np
import pytest

import dendrax as jx
from dendrax import errors
from dendrax.channels import HH, Leak
from dendrax.morphology import distance_pathwise
from dendrax.optimize import Experiment, read_bluepyopt
from dendrax.optimize.bluepyopt import evaluate

FILES = {
    "protocols": {
        "bAP": {
            "stimuli": [{"delay": 20, "amp": 1.9, "duration": 5, "totduration": 60}],
            "extra_recordings": [
                {"var": "v", "somadistance": 160, "type": "somadistance", "name": "dend1", "seclist_name": "apical"},
                {"type": "nrnseclistcomp", "name": "tip", "seclist_name": "apical", "sec_index": 1, "comp_x": 1.0},
            ],
        },
        "Step1": {
            "stimuli": [
                {"delay": 10, "amp": 0.4, "duration": 30, "totduration": 50},
                {"delay": 0, "amp": -0.1, "duration": 50, "totduration": 50},
            ]
        },
    },
    "features": {
        "bAP": {
            "soma": {"AP_width": [2.0, 0.5], "Spikecount": [1.0, 0.01]},
            "dend1": {"AP_amplitude_from_voltagebase": [45, 10]},
        },
        "Step1": {"soma": {"mean_frequency": [6, 1.2222], "AHP_depth_abs": [-60.3, 2.3]}},
    },
    "parameters": [
        {"param_name": "g_pas", "sectionlist": "all", "type": "section", "dist_type": "uniform", "value": 3e-05},
        {"param_name": "v_init", "type": "global", "value": -72},
        {"param_name": "celsius", "type": "global", "value": 34},
        {"param_name": "cm", "sectionlist": "all", "type": "section", "value": 1},
        {"param_name": "cm", "sectionlist": "apical", "type": "section", "value": 2},
        {
            "param_name": "gNaTs2_tbar_NaTs2_t",
            "sectionlist": "somatic",
            "type": "range",
            "bounds": [0, 1],
            "dist_type": "uniform",
        },
        {"param_name": "gNaTs2_tbar_NaTs2_t", "sectionlist": "apical", "type": "range", "bounds": [0, 0.04]},
        {
            "param_name": "gIhbar_Ih",
            "dist": "(-0.8696 + 2.087*math.exp(({distance})*0.0031))*{value}",
            "bounds": [7.999e-05, 8.001e-05],
            "dist_type": "exp",
            "type": "range",
            "sectionlist": "apical",
        },
    ],
}
OURS = {"gNaTs2_tbar_NaTs2_t": "HH_gNa", "gIhbar_Ih": "HH_gK"}


def written(folder, changes=None):
    """The files, with some entries changed: {("protocols", "bAP", "stimuli"): []}."""
    files = copy.deepcopy(FILES)
    for path, value in (changes or {}).items():
        thing = files
        for key in path[:-1]:
            thing = thing[key]
        thing[path[-1]] = value
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content))
    return folder


@pytest.fixture
def cell():
    made = jx.Cell(jx.Branch(jx.Compartment(), ncomp=2), parents=[-1, 0, 1])
    made.set("length", 40.0)
    made.set("radius", 4.0)
    made.insert(HH())
    made.insert(Leak())
    made.branch(0).add_to_group("soma")
    made.branch([1, 2]).add_to_group("apical")
    return made


def test_parameters_are_set_or_made_trainable_within_bounds(tmp_path, cell):
    bounds = read_bluepyopt(written(tmp_path)).set_parameters(cell, OURS)
    assert bounds == [{"HH_gNa": (0.0, 1.0)}, {"HH_gNa": (0.0, 0.04)}]
    assert [float(next(iter(one.values()))[0]) for one in cell.get_parameters()] == [0.5, 0.02]
    nodes = cell.nodes
    assert nodes["Leak_gLeak"].tolist() == [3e-5] * 6
    assert nodes["v"].tolist() == [-72.0] * 6
    assert nodes["temperature"].tolist() == [34.0] * 6
    assert nodes["capacitance"].tolist() == [1.0, 1.0, 2.0, 2.0, 2.0, 2.0]
    away = distance_pathwise(cell.branch(0).loc(0.5), cell)
    np.testing.assert_allclose(nodes["HH_gK"][2:], (-0.8696 + 2.087 * np.exp(away[2:] * 0.0031)) * 8e-5)
    assert nodes["HH_gK"][:2].tolist() == [0.036] * 2


@pytest.mark.slow
def test_protocols_and_targets_are_those_of_the_files(tmp_path, cell):
    (tmp_path / "config").mkdir()
    fit = read_bluepyopt(written(tmp_path / "config").parent)
    back_propagating, step = fit.protocols(cell)
    assert (back_propagating.window, back_propagating.duration) == ((20.0, 60.0), 60.0)
    assert (step.window, step.stimulus.current) == ((10.0, 40.0), 0.4)
    np.testing.assert_allclose(step.samples(1.0, 50), [-0.1] * 10 + [0.3] * 30 + [-0.1] * 10)
    assert back_propagating.place.rows.tolist() == [0]
    rows = {name: one.place.rows.tolist() for name, one in back_propagating.recordings.items()}
    # From the centre of compartment 0 at 20 um, 160 um lead to 180 um: nearest is compartment 4, from 160 to 200 um.
    assert rows == {"soma": [0], "dend1": [4], "tip": [5]}
    assert [one.threshold for one in back_propagating.recordings.values()] == [-20.0, -55.0, -20.0]
    assert [one[:5] for one in fit.targets][2:4] == [
        ("bAP", "dend1", "AP_amplitude_from_voltagebase", 45.0, 10.0),
        ("Step1", "soma", "mean_frequency", 6.0, 1.2222),
    ]


@pytest.mark.slow
def test_what_was_read_makes_an_experiment(tmp_path, cell):
    fit = read_bluepyopt(written(tmp_path))
    fit.set_parameters(cell, OURS)
    cell.init_states()
    experiment = Experiment(cell, fit.protocols(cell), fit.targets, delta_t=0.1, max_spikes=8)
    scores = np.asarray(experiment.scores(cell.get_parameters()))
    assert scores.shape == (5,)
    assert np.isfinite(scores).all()


@pytest.mark.parametrize(
    ("path", "value", "error", "text"),
    [
        (("protocols", "bAP", "stimuli"), [], errors.ModelValueError, "'bAP' has no list of stimuli"),
        (("protocols", "bAP", "stimuli", 0), {"delay": 1}, errors.ModelValueError, "needs delay, amp"),
        (("protocols", "bAP", "extra_recordings", 0, "type"), "x", errors.ModelValueError, "has the type 'x'"),
        (("protocols", "bAP", "extra_recordings", 0, "seclist_name"), "tuft", errors.UnknownNameError, "'tuft'"),
        (("features", "Step9"), {"soma": {"AP_width": [1, 1]}}, errors.UnknownNameError, "no protocol 'Step9'"),
        (("features", "Step1", "dend1"), {"AP_width": [1, 1]}, errors.UnknownNameError, "does not record 'dend1'"),
        (("features", "Step1", "soma", "AP_wide"), [1, 1], errors.UnknownNameError, "'AP_width'"),
        (("features", "Step1", "soma", "AP_width"), 3, errors.ModelValueError, "must be [mean, std]"),
        (("parameters", 0, "sectionlist"), "tuft", errors.UnknownNameError, "entry 0 (g_pas)"),
        (("parameters", 5, "bounds"), [1, 0], errors.ModelValueError, "not below"),
        (("parameters", 5, "value"), 1.0, errors.ModelValueError, "either a value or bounds"),
    ],
)
def test_defects_of_files_are_named(tmp_path, path, value, error, text):
    with pytest.raises(error) as raised:
        read_bluepyopt(written(tmp_path, {path: value}))
    assert text in str(raised.value)


def test_files_that_are_absent_or_no_json(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no protocols.json in"):
        read_bluepyopt(tmp_path)
    written(tmp_path)
    (tmp_path / "features.json").write_text("{")
    with pytest.raises(errors.ModelValueError, match=r"features.json is no JSON"):
        read_bluepyopt(tmp_path)


def test_what_a_cell_lacks_is_said_and_nothing_is_changed(tmp_path, cell):
    fit = read_bluepyopt(written(tmp_path))
    before = cell.nodes.copy()
    with pytest.raises(errors.UnknownNameError, match="nothing for gNaTs2_tbar_NaTs2_t, gIhbar_Ih"):
        fit.set_parameters(cell)
    wide = read_bluepyopt(written(tmp_path, {("parameters", 7, "bounds"): [1e-5, 1e-4]}))
    with pytest.raises(errors.ModelValueError, match="varies along the cell"):
        wide.set_parameters(cell, OURS)
    cell.make_trainable("radius", verbose=False)
    with pytest.raises(errors.ModelStateError, match="1 trainable"):
        fit.set_parameters(cell, OURS)
    assert cell.nodes.equals(before)
    far = read_bluepyopt(written(tmp_path, {("protocols", "bAP", "extra_recordings", 0, "somadistance"): 5000}))
    with pytest.raises(errors.ModelValueError, match=r"nothing of 'apical' is 5000 um .* from 60 to 220 um"):
        far.protocols(cell)
    without_groups = jx.Cell()
    with pytest.raises(errors.UnknownNameError, match="no group 'soma'"):
        fit.protocols(without_groups)


@pytest.mark.parametrize("formula", ["__import__('os')", "{value}.real", "math.system(1)", "value if 1 else 2", "1 +"])
def test_formulas_run_no_code(formula):
    with pytest.raises(errors.ModelValueError):
        evaluate(formula, value=1.0)
