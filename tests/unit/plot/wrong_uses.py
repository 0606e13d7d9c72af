"""What pictures say of wrong types. A process of its own, since under pytest annotations are checked before we are."""

import re
import sys

import matplotlib.pyplot as plt
import numpy as np

import dendrax as jx
from dendrax import plot
from dendrax.errors import ModelTypeError, ModelValueError, ValueShapeError

TIME, V = np.arange(5.0), np.zeros((2, 5))
cell = jx.Cell(jx.Branch(jx.Compartment(), ncomp=2), parents=[-1, 0, 0])
net = jx.Network([cell] * 2)

WRONG = [
    (lambda: plot.raster(V, 0.025), ModelTypeError, r"features\.spike_times\(v, dt\)"),
    (lambda: plot.raster(V, np.array(0.025)), ModelTypeError, r"features\.spike_times\(v, dt\)"),
    (lambda: plot.raster(V - 65.0), ModelValueError, r"features\.spike_times\(v, dt\)"),
    (lambda: plot.traces(V[0] - TIME, TIME), ModelValueError, r"plot\.traces\(time, v\)"),
    (lambda: plot.raster([[1.0]], groups=[[0]]), ModelTypeError, "groups must be a dict"),
    (lambda: plot.raster(3.0), ModelTypeError, "a row for each cell"),
    (lambda: plot.traces(0.025, V), ValueShapeError, "delta_t"),
    (lambda: plot.traces(TIME, [[1.0], [1.0, 2.0]]), ModelTypeError, "values must be"),
    (lambda: plot.traces(TIME, V, labels="ab"), ModelTypeError, "labels must be a list"),
    (lambda: plot.traces(TIME, V, labels=3), ModelTypeError, "labels must be a list"),
    (lambda: plot.scale_bar(None), ModelTypeError, "matplotlib axes"),
    (lambda: plot.compartment_graph(cell), ModelTypeError, r"to_graph\(cell\)"),
    (lambda: plot.shape(cell, ["a"] * 6), ModelTypeError, "numbers"),
    (lambda: plot.shape(cell, np.arange(6), limits=3), ModelValueError, "two rising numbers"),
    (lambda: cell.vis("here"), ModelTypeError, "ax must be"),
    (lambda: net.vis(cell_plot_kwargs=3), ModelTypeError, "must be a dict"),
    (lambda: plot.draw(cell.xyzr, None), ModelTypeError, r"cell\.nodes"),
]


def main() -> None:
    """Go through the cases."""
    plt.switch_backend("Agg")
    for number, (wrong, error, text) in enumerate(WRONG):
        try:
            wrong()
        except error as raised:
            if not re.search(text, str(raised)):
                sys.exit(f"case {number}: {raised}")
        else:
            sys.exit(f"case {number} raised nothing")
        if plt.get_fignums():
            sys.exit(f"case {number} left a figure")
    print(f"{len(WRONG)} errors are as they should be")


if __name__ == "__main__":
    main()
