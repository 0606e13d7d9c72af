"""Geometry of compartments and conductances between them, from numbers alone."""

from collections.abc import Mapping, Sequence

import jax.numpy as jnp
import numpy as np
import pandas as pd
from jaxtyping import Array, Float

from dendrax.engine.units import MICROSIEMENS_PER_RESISTIVITY_LOAD, NANOFARAD_PER_DENSITY_AREA
from dendrax.mechanisms.value import Value
from dendrax.trees.chains import divide_chain
from dendrax.trees.geometry import BranchCompartments, cut_branch

__all__ = [
    "compute_axial_conductances",
    "cylinder_area",
    "cylinder_resistive_load",
    "cylinder_volume",
    "morph_attrs_from_xyzr",
    "split_xyzr_into_equal_length_segments",
    "swc_area",
    "swc_radius",
    "swc_resistive_load",
    "swc_volume",
]


def cylinder_area(length: Value, radius: Value) -> Value:
    """Lateral area of cylinders, 2 pi r l [um^2]; the arguments may be traced.

    Args:
        length: Length [um], any shape.
        radius: Radius [um], same shape.

    Example:
        >>> round(cylinder_area(10.0, 1.0), 4)
        62.8319
    """
    return 2.0 * np.pi * radius * length


def cylinder_volume(length: Value, radius: Value) -> Value:
    """Volume of cylinders, pi r^2 l [um^3]; the arguments may be traced.

    Args:
        length: Length [um], any shape.
        radius: Radius [um], same shape.

    Example:
        >>> round(cylinder_volume(10.0, 1.0), 4)
        31.4159
    """
    return np.pi * radius**2 * length


def cylinder_resistive_load(length: Value, radius: Value) -> Value:
    """Integral of dl / (pi r^2) along cylinders, l / (pi r^2) [1/um]; the arguments may be traced.

    Args:
        length: Length [um], any shape.
        radius: Radius [um], same shape.

    Example:
        >>> round(cylinder_resistive_load(10.0, 1.0), 4)
        3.1831
    """
    return length / (np.pi * radius**2)


def morph_attrs_from_xyzr(
    xyzr: np.ndarray, min_radius: float | None, ncomp: int
) -> tuple[float, float, float, float, float]:
    """Geometry of one compartment from its traced points.

    Args:
        xyzr: Points and radii [um]. (point, 4). A single point is a sphere.
        min_radius: Smallest value of the radius [um]; area, volume and loads keep the traced radii.
        ncomp: Number of compartments that share a sphere; without effect on other compartments.

    Returns:
        Mean radius [um], area [um^2], volume [um^3], and the resistive loads of the half that faces the parent and
        of the other [1/um].

    Raises:
        MorphologyError: The points are no traced neurite; see `dendrax.trees.geometry.cut_branch`.

    Example:
        >>> radius, area, *_ = morph_attrs_from_xyzr(np.array([[0.0, 0, 0, 1.0], [10.0, 0, 0, 1.0]]), None, 1)
        >>> round(radius, 4), round(area, 4)
        (1.0, 62.8319)
    """
    comp = cut_branch(xyzr, ncomp if len(xyzr) == 1 else 1, min_radius)
    of_comp = (comp.radius, comp.area, comp.volume, comp.resistive_load_in, comp.resistive_load_out)
    radius, area, volume, load_in, load_out = (float(values[0]) for values in of_comp)
    return radius, area, volume, load_in, load_out


def split_xyzr_into_equal_length_segments(xyzr: np.ndarray, ncomp: int) -> list[np.ndarray]:
    """Cut traced points into pieces of equal arc length. Neighbours share the interpolated point between them.

    Args:
        xyzr: Points and radii [um]. (point, 4)
        ncomp: Number of pieces.

    Returns:
        Points and radii of each piece [um]. ncomp x (point, 4)

    Example:
        >>> [piece[:, 0].tolist() for piece in split_xyzr_into_equal_length_segments(np.eye(2, 4) * 0 + [[0], [4]], 2)]
        [[0.0, 2.0], [2.0, 4.0]]
    """
    return divide_chain(np.asarray(xyzr, dtype=float), ncomp)


def _on_a_line(lengths: np.ndarray, radii: np.ndarray) -> BranchCompartments:
    """One compartment of the frusta between points at distances `lengths` with `radii`."""
    points = np.zeros((len(radii), 4))
    points[1:, 0], points[:, 3] = np.cumsum(lengths), radii
    return cut_branch(points, 1)


def swc_area(lengths: np.ndarray, radii: np.ndarray) -> np.floating:
    """Lateral area of a compartment of frusta [um^2].

    Args:
        lengths: Distances between neighbouring points [um]. (point - 1,)
        radii: Radii of the points [um]. (point,)

    Example:
        >>> round(float(swc_area(np.array([10.0]), np.array([1.0, 1.0]))), 4)
        62.8319
    """
    return _on_a_line(lengths, radii).area[0]


def swc_volume(lengths: np.ndarray, radii: np.ndarray) -> np.floating:
    """Volume of a compartment of frusta [um^3].

    Args:
        lengths: Distances between neighbouring points [um]. (point - 1,)
        radii: Radii of the points [um]. (point,)

    Example:
        >>> round(float(swc_volume(np.array([10.0]), np.array([1.0, 1.0]))), 4)
        31.4159
    """
    return _on_a_line(lengths, radii).volume[0]


def swc_radius(lengths: np.ndarray, radii: np.ndarray) -> np.floating:
    """Mean radius along the arc of a compartment of frusta [um].

    Args:
        lengths: Distances between neighbouring points [um]. (point - 1,)
        radii: Radii of the points [um]. (point,)

    Example:
        >>> round(float(swc_radius(np.array([10.0, 30.0]), np.array([1.0, 1.0, 3.0]))), 4)
        1.75
    """
    return _on_a_line(lengths, radii).radius[0]


def swc_resistive_load(lengths: np.ndarray, radii: np.ndarray) -> np.floating:
    """Integral of dl / (pi r^2) along a compartment of frusta [1/um].

    Args:
        lengths: Distances between neighbouring points [um]. (point - 1,)
        radii: Radii of the points [um]. (point,)

    Example:
        >>> round(float(swc_resistive_load(np.array([10.0]), np.array([1.0, 1.0]))), 4)
        3.1831
    """
    comp = _on_a_line(lengths, radii)
    return comp.resistive_load_in[0] + comp.resistive_load_out[0]


def compute_axial_conductances(
    comp_edges: pd.DataFrame, params: Mapping[str, Array | np.ndarray], diffusion_states: Sequence[str]
) -> dict[str, Float[Array, " edge"]]:
    """Rates at which neighbours pull on each other along the cable, for voltages and for ions that diffuse.

    The conductance of an edge is that of the half compartments which it crosses: g = 1 / (Ra_i load_i + Ra_j load_j).
    Its rate is g / C of the sink. Edges into a branchpoint, which has no capacitance, have 1 / (Ra load) instead, of
    which only the proportions count.

    Args:
        comp_edges: Columns source, sink (nodes), ordered (1 if the source is on the side of the root) and type: 0
            between compartments, 1 and 2 from a branchpoint to the compartment before and after it, 3 and 4 the other
            way.
        params: axial_resistivity [ohm cm], resistive_load_in and resistive_load_out [1/um], area [um^2], capacitance
            [uF/cm^2]; with ions volume [um^3] and axial_diffusion_<ion> [um^2/ms]. (comp,) each; may be traced.
        diffusion_states: Ions that diffuse.

    Returns:
        "v" and each ion -> rates [1/ms]; of edges into branchpoints [1 / (ohm cm/um)] and [um^3/ms]. (edge,)

    Example:
        >>> edges = pd.DataFrame({"source": [0, 1], "sink": [1, 0], "ordered": [1, 0], "type": [0, 0]})
        >>> load = np.full(2, 5.0 / np.pi)
        >>> params = {"resistive_load_in": load, "resistive_load_out": load, "axial_resistivity": np.full(2, 5000.0)}
        >>> params |= {"area": np.full(2, 20.0 * np.pi), "capacitance": np.ones(2)}
        >>> print(compute_axial_conductances(edges, params, [])["v"])
        [10. 10.]
    """
    resistivity = params["axial_resistivity"]
    capacitance = NANOFARAD_PER_DENSITY_AREA * params["capacitance"] * params["area"]
    rates = {"v": _rates(comp_edges, params, resistivity, capacitance, MICROSIEMENS_PER_RESISTIVITY_LOAD)}
    for ion in diffusion_states:
        resistance = 1.0 / params[f"axial_diffusion_{ion}"]
        rates[ion] = _rates(comp_edges, params, resistance, params["volume"], 1.0)
    return rates


def _rates(
    comp_edges: pd.DataFrame,
    params: Mapping[str, Array | np.ndarray],
    resistivity: Array | np.ndarray,
    capacitance: Array | np.ndarray,
    unit: float,
) -> Float[Array, " edge"]:
    """`unit` / (resistivity load) of both halves of each edge, over the capacitance of the sink."""
    source, sink, kind = (comp_edges[name].to_numpy(dtype=int) for name in ("source", "sink", "type"))
    forward = comp_edges["ordered"].to_numpy(dtype=int) == 1
    near, far = np.where(forward, source, sink), np.where(forward, sink, source)  # near is on the side of the root
    n_comp = len(params["resistive_load_in"])
    near_is_comp, far_is_comp = near < n_comp, far < n_comp
    before = jnp.asarray(resistivity * params["resistive_load_out"])[np.where(near_is_comp, near, 0)]
    after = jnp.asarray(resistivity * params["resistive_load_in"])[np.where(far_is_comp, far, 0)]
    conductance = 1.0 / (jnp.where(near_is_comp, before, 0.0) + jnp.where(far_is_comp, after, 0.0))
    into_comp = kind <= 2  # types 3 and 4 lead into branchpoints
    of_sink = jnp.asarray(capacitance)[np.where(into_comp, sink, 0)]
    return jnp.where(into_comp, unit * conductance / of_sink, conductance)
