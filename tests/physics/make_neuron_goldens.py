"""Store what NEURON 9.0.2 computes for two traced cells and Rallpack 3, compartment by compartment like ours.

Run `python tests/physics/make_neuron_goldens.py ../shared/data` with a Python that has neuron 9.0.2 and jaxley 0.14
(which reads the SWC files, so that the table of compartments is nobody's of ours). Every branch becomes a section,
every compartment a segment: a cylinder with the mean radius of the traced piece. The table is stored next to the
voltages, so that the test needs neither program nor the SWC files.

NEURON's fixed step (backward Euler, `secondorder = 0`) solves for v, then advances the gates with the new v; Dendrax
advances the gates with the old v, then solves for v. From gates in their steady state both are the same sequence.
"""

import sys
from pathlib import Path

import numpy as np
from neuron import h

GOLDEN = Path(__file__).parent / "golden"
DT = 0.025
V_INIT = -65.0

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


def sections_of(table: dict[str, np.ndarray], resistivity: float) -> tuple[list, list]:
    """NEURON sections, and their segments in the order of compartments; a child's 0 end joins its parent's 1 end."""
    sections, segments, first = [], [], 0
    for index, (parent, ncomp) in enumerate(zip(table["parents"], table["ncomp"], strict=True)):
        section = h.Section(name=f"branch_{index}")
        rows = slice(first, first + ncomp)
        first += ncomp
        section.nseg = int(ncomp)
        section.L = float(table["length"][rows].sum())
        section.Ra = resistivity
        section.cm = 1.0
        if parent >= 0:
            section.connect(sections[parent](1), 0)
        for segment, radius in zip(section, table["radius"][rows], strict=True):
            segment.diam = 2.0 * radius
            segments.append(segment)
        sections.append(section)
    return sections, segments


def simulate(segments: list, site: int, current: float, window: tuple[float, float], sites: np.ndarray, t_max: float):
    """Fixed steps with backward Euler; voltages at `sites`, one column per step and the initial one."""
    h.usetable_hh = 0
    h.celsius = 6.3
    h.secondorder = 0
    h.CVode().active(False)
    h.dt = DT
    clamp = h.IClamp(segments[site])
    clamp.delay, clamp.dur, clamp.amp = window[0], window[1] - window[0], current
    vectors = [h.Vector().record(segments[row]._ref_v) for row in sites]
    h.finitialize(V_INIT)
    for _ in range(round(t_max / DT)):
        h.fadvance()
    return np.asarray([np.asarray(vector) for vector in vectors])


def traced(data: Path) -> None:
    """The cells of ../shared/data with HH in every compartment."""
    for name, (settings, resistivity, current, t_max) in CELLS.items():
        table = table_of(data / f"{name}.swc", settings)
        _sections, segments = sections_of(table, resistivity)
        for section in _sections:
            section.insert("hh")
        v = simulate(segments, table["sites"][0], current, (1.0, 41.0), table["sites"], t_max)
        settings_used = {"axial_resistivity": resistivity, "current": current, "dt": DT, "t_max": t_max}
        store(f"neuron_{name}", v, table | settings_used)


def rallpack3() -> None:
    """Rallpack 3 at 1000 compartments: squid channels on a 1 mm cable, 0.1 nA into one end."""
    n = 1000
    table = {
        "parents": np.asarray([-1]),
        "ncomp": np.asarray([n]),
        "length": np.full(n, 1.0),
        "radius": np.full(n, 0.5),
        "sites": np.asarray([0, n - 1]),
    }
    sections, segments = sections_of(table, 100.0)
    sections[0].insert("hh")
    for segment in segments:
        segment.hh.gnabar, segment.hh.gkbar, segment.hh.gl, segment.hh.el = 0.12, 0.036, 2.5e-5, -65.0
        segment.ena, segment.ek = 50.0, -77.0
    v = simulate(segments, 0, 0.1, (0.0, 1e9), table["sites"], 50.0)
    store("neuron_rallpack3", v, {"current": 0.1, "dt": DT, "t_max": 50.0})


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
    traced(Path(sys.argv[1]))
    rallpack3()
