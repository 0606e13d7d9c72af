"""The front door of models that NEURON holds: `from_neuron`."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dendrax.errors import LeftOutWarning, MagnitudeWarning
from dendrax.io.neuron import mechanisms
from dendrax.io.neuron.geometry import read_sections
from dendrax.io.neuron.points import place_all
from dendrax.io.neuron.report import Report, checked_choice
from dendrax.io.nmodl.library import load_folder
from dendrax.io.nmodl.machine import CLAMP
from dendrax.mechanisms.constants import NEURON_ORDER
from dendrax.modules.cell import Cell
from dendrax.modules.network import Network

Folders = str | Path | Sequence[str | Path]


def from_neuron(
    h: Any, sections: Any = None, *, mod: Folders = (), on_missing: str = "error", table: str = CLAMP
) -> Cell | Network:
    """Make a cell or a network of a model that is loaded in NEURON.

    Geometry is exact: areas and axial resistances are NEURON's. Read are sections and how they are connected, nseg, Ra,
    cm, all density mechanisms with their RANGE and GLOBAL values, ions, celsius, v_init, IClamp, SEClamp, synapses, and
    NetCons with their sources. NEURON's model stays as it is. States begin where NEURON's INITIAL blocks put them, and
    runs take NEURON's order of a step (`integrate(..., order="neuron")` by default).

    Args:
        h: NEURON, `from neuron import h`, after the model was built.
        sections: A SectionList, a list of sections, or a cell with a SectionList `all`; None for all sections.
        mod: Folders with the .mod files of mechanisms that are not NEURON's own.
        on_missing: How to treat parts of the model that Dendrax does not support: "error", "warn", or "ignore".
            `io.neuron.read_model` returns a report of them.
        table: How to evaluate the tables of .mod files: "clamp" computes the values exactly, "exact"
            interpolates them as NEURON does.

    Returns:
        A `Cell` for one tree, else a `Network` with a cell for each. Groups are those of section names and
        SectionLists.

    Raises:
        NeuronModelError: With on_missing="error": part of the model is not supported, or a .mod file is missing.
        NmodlSyntaxError: A .mod file breaks the grammar.
        MorphologyError: The model has no sections.

    Warns:
        LeftOutWarning: With on_missing="warn": a part of the model was left out.

    Example:
        ```python
        from neuron import h

        h.load_file("cell.hoc")
        cell = jx.from_neuron(h, mod="mechanisms/")
        cell.soma.branch(0).comp(0).record("v")
        v = jx.integrate(cell, t_max=100.0)
        ```
    """
    checked_choice(on_missing)
    module, report = read_model(h, sections, mod=mod, table=table)
    if on_missing == "error":
        report.check()
    elif on_missing == "warn" and report.left_out:
        warnings.warn("from_neuron left out: " + "; ".join(report.left_out), LeftOutWarning, stacklevel=2)
    return module


def read_model(h: Any, sections: Any = None, *, mod: Folders = (), table: str = CLAMP) -> tuple[Cell | Network, Report]:
    """`from_neuron` that also returns a report of the parts that were read and those that were left out.

    Args:
        h: As in `from_neuron`.
        sections: As in `from_neuron`.
        mod: As in `from_neuron`.
        table: As in `from_neuron`.

    Returns:
        The cell or network, and the report.

    Example:
        ```python
        cell, report = dendrax.io.neuron.read_model(h, mod="mechanisms/")
        print(report.left_out)
        ```
    """
    folders = [mod] if isinstance(mod, str | Path) else mod
    library, report = mechanisms.with_builtin(load_folder(*folders)), Report()
    read = read_sections(h, sections)
    module = read.build()
    module.set("temperature", float(h.celsius))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MagnitudeWarning)  # what NEURON runs with is meant
        mechanisms.insert_all(h, read, module, library, report, table)
        place_all(h, read, module, library, report)
    if getattr(h, "secondorder", 0):
        report.leave_out("secondorder: a run takes backward Euler unless `integrate` is told another solver")
    module.init_states()
    module.tables.order = NEURON_ORDER
    return module, report
