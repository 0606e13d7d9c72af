"""Store what NEURON 9.0.2 computes for two traced cells and Rallpack 3, compartment by compartment like ours.

Run `python tests/physics/make_neuron_goldens.py ../shared/data` with a Python that has neuron 9.0.2 and jaxley 0.14
(which reads the SWC files, so that the table of compartments is nobody's of ours). Without the folder of SWC files only
Rallpack 3 is made, and jaxley is not needed. The table is stored next to the voltages, so that the test needs neither
program nor the SWC files.
"""

import sys
from pathlib import Path

import neuron_models
import numpy as np

GOLDEN = Path(__file__).parent / "golden"

CELLS = {
    # file: (settings of read_swc, axial resistivity [ohm cm], current into the soma [nA], t_max [ms])
    "l5pc_with_axon": ({"ncomp": 1, "max_branch_len": 100.0}, 100.0, 5.0, 50.0),
    "ca1_n120": ({"ncomp": 2}, 150.0, 1.0, 50.0),
}


def table_of(file: Path, settings: dict) -> dict[str, np.ndarray]:
    """Branches and compartments of a traced cell, and where to record."""
    import jaxley as jx

    cell = jx.read_swc(str(file), **settings)
    nodes = cell.nodes
    table = {
        "parents": np.asarray(cell.comb_parents),
        "ncomp": np.asarray(cell.ncomp_per_branch),
        "length": nodes["length"].to_numpy(float),
        "radius": nodes["radius"].to_numpy(float),
    }
    soma = np.flatnonzero(nodes["soma"])
    away = np.linalg.norm(nodes[["x", "y", "z"]].to_numpy() - nodes[["x", "y", "z"]].to_numpy()[soma[0]], axis=1)
    sites = [soma[len(soma) // 2]]
    for group in ("apical", "basal", "axon"):
        if group in cell.group_names:
            rows = np.flatnonzero(nodes[group])
            by_distance = rows[np.argsort(away[rows])]
            sites += [by_distance[len(rows) // 2], by_distance[-1]]
    return table | {"sites": np.asarray(sites)}


def traced(data: Path) -> None:
    """The cells of ../shared/data with HH in every compartment."""
    for name, (settings, resistivity, current, t_max) in CELLS.items():
        table = table_of(data / f"{name}.swc", settings)
        settings_used = {"axial_resistivity": resistivity, "current": current, "dt": neuron_models.DT, "t_max": t_max}
        table |= settings_used
        store(f"neuron_{name}", neuron_models.traced(table), table)


def rallpack3() -> None:
    """At our time step and scheme; at 1 us and of second order, every 50 us; and first spikes as steps are halved."""
    used = {"current": neuron_models.RALLPACK3_CURRENT, "dt": neuron_models.DT, "t_max": 50.0}
    store("neuron_rallpack3", neuron_models.rallpack3(1000, 50.0), used)
    fine = neuron_models.rallpack3(1000, 250.0, dt=0.001, second_order=True, every=50)
    store("neuron_rallpack3_fine", fine, {"dt": 0.001, "every": 50})
    np.savez_compressed(GOLDEN / "neuron_rallpack3_first_spikes.npz", **neuron_models.first_spikes())


def store(name: str, v: np.ndarray, more: dict) -> None:
    """Voltages in float32 (4e-6 mV), geometry in float64."""
    file = GOLDEN / f"{name}.npz"
    np.savez_compressed(file, v=v.astype(np.float32), **more)
    spikes = [int(np.sum((row[:-1] < 0) & (row[1:] >= 0))) for row in v]
    print(file.name, file.stat().st_size // 1000, "kB", v.shape, "spikes", spikes, "last", v[:, -1])
    if "ncomp" in more:
        print("  compartments", int(np.sum(more["ncomp"])), "branches", len(more["ncomp"]))


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    if len(sys.argv) > 1:
        traced(Path(sys.argv[1]))
    rallpack3()
