"""The three pictures of the demo."""

import io
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from dendrax import files, plot
from dendrax.demo.descent import FIT_DURATION, FoundDensities
from dendrax.demo.preparation import Preparation, Simulation
from dendrax.plot.palette import PALETTE

DPI = 150
SHADE = "#F3F3F3"


def draw_traces(
    path: Path, times: np.ndarray, names: list[str], hidden: np.ndarray, start: np.ndarray, fitted: np.ndarray
):
    """Voltages at every electrode, before and after the fit, over those to find. (recording, time)"""
    figure = Figure(figsize=(11, 1.0 + 1.9 * len(names)), layout="constrained")
    axes = figure.subplots(len(names), 2, sharex=True, sharey=True, squeeze=False)
    for row, name in enumerate(names):
        for column, (title, ours) in enumerate((("before the fit", start), ("after the fit", fitted))):
            ax = axes[row, column]
            ax.axvspan(0.0, FIT_DURATION, color=SHADE, linewidth=0)
            plot.traces(times, hidden[row], ax=ax, color="#9A9A9A", linewidth=3.2, label="target (hidden densities)")
            plot.traces(times, ours[row], ax=ax, color=PALETTE[1 - column], linewidth=1.3, label=title)
            ax.label_outer()
            ax.set_ylabel(f"{name} [mV]" if column == 0 else "")
            if row < len(names) - 1:
                ax.set_xlabel("")
            else:
                ax.set_xlabel("time [ms]")
            if row == 0:
                ax.set_title(title, fontweight="bold", loc="left")
    handles = [*axes[0, 0].get_lines(), axes[0, 1].get_lines()[1]]
    figure.legend(handles=handles, loc="outside lower center", ncols=3, frameon=False)
    figure.suptitle(f"Membrane voltage; the fit saw the shaded {FIT_DURATION:.0f} ms")
    _save(figure, path)


def draw_morphology(path: Path, preparation: Preparation, simulated: Simulation) -> None:
    """The cell, coloured by its voltage when it differs most along the cell."""
    moment = int(np.argmax(simulated.v.std(axis=0)))
    extent = np.ptp(np.concatenate(preparation.cell.xyzr)[:, :2], axis=0)
    width = float(np.clip(9.0 * extent[0] / max(extent[1], 1.0), 4.0, 12.0)) + 2.5
    figure = Figure(figsize=(width, 9.0), layout="constrained")
    ax = figure.subplots()
    plot.shape(preparation.cell, simulated.v[:, moment], ax=ax, cmap="plasma")
    ax.set_title(f"Membrane voltage at {simulated.time[moment]:.1f} ms", fontweight="bold", loc="left")
    _save(figure, path)


def draw_loss(path: Path, found: FoundDensities) -> None:
    """The loss at every step of the fit."""
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    ax = figure.subplots()
    plot.descent(found.loss, ylabel="mean squared error of the voltage [mV²]", ax=ax)
    ax.set_title("Gradient descent on channel densities", fontweight="bold", loc="left")
    _save(figure, path)


def _save(figure: Figure, path: Path) -> None:
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=DPI)
    files.write("demo", path, [picture.getvalue()])
