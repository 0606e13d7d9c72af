"""The front door of wiring: synapses between compartments of a network."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from dendrax import arguments
from dendrax.errors import ModelTypeError, ModelValueError, ValueShapeError
from dendrax.mechanisms.synapse import Synapse
from dendrax.modules import edges
from dendrax.modules.module import Module, check_module

Seed = int | np.random.Generator | None
Pairs = tuple[np.ndarray, np.ndarray]
"""Numbers of pre- and postsynaptic cells among those in view, pair by pair."""


def connect(pre: Module, post: Module, synapse_type: Synapse, *, delay: Any = None) -> None:
    """Connect compartments, the first of `pre` to the first of `post` and so on.

    Args:
        pre: View of the presynaptic compartments of a network.
        post: View of as many postsynaptic ones of the same network. If there is one compartment on either side, it is
            connected to every one on the other.
        synapse_type: An instance, `IonotropicSynapse()`; the network keeps a copy.
        delay: Time from a spike to its effect [ms], one number or one for each synapse, for synapses that respond to
            spikes, such as `ExpSynapse`. All synapses of this name then have a parameter `<name>_delay`, and spikes
            are detected as for `netcon`. None: the synapses have no delay.

    Raises:
        ModelTypeError: Not views of a network, not an instance of a synapse, or a delay for a synapse without spikes.
        ModelValueError: The views are of different networks, or a delay is not positive.
        ValueShapeError: Neither as many compartments on both sides nor one on either.
        MechanismError: The synapse does not keep its contract, or its name is taken: by something else, by a synapse
            with other settings, or by the same synapse with a delay where this one has none (or the other way round).

    Warns:
        UserWarning: Whole cells of several compartments were passed: there is a synapse for each compartment.

    Example:
        >>> import dendrax as jx
        >>> from dendrax.synapses import IonotropicSynapse
        >>> net = jx.Network([jx.Cell(jx.Branch(ncomp=2), parents=[-1, 0])] * 3)
        >>> connect(net.cell(0).branch(0).loc(1.0), net.cell([1, 2]).branch(1).loc(0.0), IonotropicSynapse())
        >>> net.edges[["pre_index", "post_index"]].to_numpy().tolist()
        [[1, 6], [1, 10]]
    """
    network = _network_of(pre, post, "connect")
    ends = (pre.rows, post.rows)
    sizes = [len(rows) for rows in ends]
    if sizes[0] != sizes[1] and 1 not in sizes:
        raise ValueShapeError(
            f"connect: {sizes[0]} presynaptic and {sizes[1]} postsynaptic compartments are in view. Their numbers must "
            f"agree, or one be 1; for all pairs of cells there is fully_connect."
        )
    if min(sizes) > 1 and pre._selection.level == post._selection.level == "cell":
        warnings.warn(
            f"connect: {sizes[0]} synapses are made, one between each compartment of the presynaptic cells and its "
            f"counterpart. For one synapse between two cells select compartments, `net.cell(0).branch(0).loc(0.0)`, or "
            f"call fully_connect.",
            stacklevel=2,
        )
    pre_rows, post_rows = np.broadcast_arrays(*ends)
    edges.append(network.tables, synapse_type, pre_rows.copy(), post_rows.copy(), network._is_attribute, delay)


def fully_connect(
    pre_cell_view: Module,
    post_cell_view: Module,
    synapse_type: Synapse,
    random_post_comp: bool = False,
    *,
    seed: Seed = None,
    delay: Any = None,
) -> None:
    """Connect every presynaptic cell in view to every postsynaptic one.

    A synapse goes from the first to the first compartment in view of a cell: compartment 0 of branch 0, if the view is
    of whole cells.

    Args:
        pre_cell_view: View of the presynaptic cells of a network, or of parts of them.
        post_cell_view: View of the postsynaptic cells of the same network, or of parts of them.
        synapse_type: An instance, `IonotropicSynapse()`; the network keeps a copy.
        random_post_comp: Whether each synapse ends at any compartment in view of the postsynaptic cell, all equally
            likely, rather than at the first.
        seed: Integer or `numpy.random.Generator`; None draws from numpy's global state, `numpy.random.seed`.
        delay: Of each synapse [ms], see `connect`.

    Raises:
        ModelTypeError: Not views of a network, or not an instance of a synapse.
        ModelValueError: The views are of different networks.
        MechanismError: The synapse does not keep its contract, or another one or something else has its name.

    Example:
        >>> import dendrax as jx
        >>> from dendrax.synapses import IonotropicSynapse
        >>> net = jx.Network([jx.Cell()] * 4)
        >>> fully_connect(net.cell([0, 1]), net.cell([2, 3]), IonotropicSynapse())
        >>> net.edges[["pre_index", "post_index"]].to_numpy().tolist()
        [[0, 2], [0, 3], [1, 2], [1, 3]]
    """
    network = _network_of(pre_cell_view, post_cell_view, "fully_connect")
    n_pre, n_post = _n_cells(pre_cell_view), _n_cells(post_cell_view)
    pairs = (np.repeat(np.arange(n_pre), n_post), np.tile(np.arange(n_post), n_pre))
    _connect_cells(network, (pre_cell_view, post_cell_view), synapse_type, pairs, random_post_comp, seed, delay)


def sparse_connect(
    pre_cell_view: Module,
    post_cell_view: Module,
    synapse_type: Synapse,
    p: float,
    random_post_comp: bool = False,
    *,
    seed: Seed = None,
    delay: Any = None,
) -> None:
    """Connect every presynaptic cell in view to every postsynaptic one with a probability.

    No pair of cells is connected twice; p = 1 connects all of them, and p = 0 none.

    Args:
        pre_cell_view: As in `fully_connect`.
        post_cell_view: As in `fully_connect`.
        synapse_type: As in `fully_connect`.
        p: Probability of each pair, independent of the others, from 0 to 1.
        random_post_comp: As in `fully_connect`.
        seed: As in `fully_connect`.
        delay: Of each synapse [ms], see `connect`.

    Raises:
        ModelTypeError: Not views of a network, or not an instance of a synapse.
        ModelValueError: The views are of different networks, or `p` is no probability.
        MechanismError: The synapse does not keep its contract, or another one or something else has its name.

    Example:
        >>> import dendrax as jx
        >>> from dendrax.synapses import IonotropicSynapse
        >>> net = jx.Network([jx.Cell()] * 100)
        >>> sparse_connect(net.cell(range(50)), net.cell(range(50, 100)), IonotropicSynapse(), p=0.1, seed=0)
        >>> 150 < len(net.edges) < 350
        True
    """
    network = _network_of(pre_cell_view, post_cell_view, "sparse_connect")
    if not isinstance(p, (int, float, np.number)) or not 0 <= p <= 1:
        raise ModelValueError(f"sparse_connect: p is a probability, from 0 to 1, but is {p!r}.")
    generator = _generator(seed)
    n_post = _n_cells(post_cell_view)
    n = _n_cells(pre_cell_view) * n_post
    # As many pairs as independent draws would hit, each set of that size equally likely: the same distribution as a
    # draw for each pair, without an array of all pairs.
    chosen = np.sort(generator.choice(n, generator.binomial(n, float(p)), replace=False, shuffle=False))
    pairs = (chosen // n_post, chosen % n_post)
    _connect_cells(network, (pre_cell_view, post_cell_view), synapse_type, pairs, random_post_comp, generator, delay)


def connectivity_matrix_connect(
    pre_cell_view: Module,
    post_cell_view: Module,
    synapse_type: Synapse,
    connectivity_matrix: np.ndarray,
    random_post_comp: bool = False,
    *,
    seed: Seed = None,
    delay: Any = None,
) -> None:
    """Connect the pairs of cells that a matrix names.

    Args:
        pre_cell_view: As in `fully_connect`.
        post_cell_view: As in `fully_connect`.
        synapse_type: As in `fully_connect`.
        connectivity_matrix: Whether the i-th presynaptic cell in view is connected to the j-th postsynaptic one,
            (pre, post) of booleans.
        random_post_comp: As in `fully_connect`.
        seed: As in `fully_connect`.
        delay: Of each synapse [ms], see `connect`.

    Raises:
        ModelTypeError: Not views of a network, not an instance of a synapse, or not a matrix of booleans.
        ModelValueError: The views are of different networks.
        ValueShapeError: The matrix has another shape.
        MechanismError: The synapse does not keep its contract, or another one or something else has its name.

    Example:
        >>> import numpy as np
        >>> import dendrax as jx
        >>> from dendrax.synapses import IonotropicSynapse
        >>> net = jx.Network([jx.Cell()] * 4)
        >>> matrix = np.array([[False, True], [True, False]])
        >>> connectivity_matrix_connect(net.cell([0, 1]), net.cell([2, 3]), IonotropicSynapse(), matrix)
        >>> net.edges[["pre_index", "post_index"]].to_numpy().tolist()
        [[0, 3], [1, 2]]
    """
    network = _network_of(pre_cell_view, post_cell_view, "connectivity_matrix_connect")
    matrix = arguments.array("connectivity_matrix_connect: the matrix", connectivity_matrix)
    shape = (_n_cells(pre_cell_view), _n_cells(post_cell_view))
    if matrix.dtype != bool:
        raise ModelTypeError(
            f"connectivity_matrix_connect: the matrix must hold booleans, but holds {matrix.dtype}. Write for "
            f"example `matrix > 0`."
        )
    if matrix.shape != shape:
        raise ValueShapeError(
            f"connectivity_matrix_connect: the matrix has shape {matrix.shape}, but {shape[0]} presynaptic and "
            f"{shape[1]} postsynaptic cells are in view."
        )
    pre, post = np.nonzero(matrix)
    _connect_cells(network, (pre_cell_view, post_cell_view), synapse_type, (pre, post), random_post_comp, seed, delay)


def is_same_network(pre: Module, post: Module) -> bool:
    """Whether two views are of one network."""
    for one in (pre, post):
        check_module(one, "is_same_network")
    return pre.tables.kind == "network" and pre.tables is post.tables


def sample_comp(cell_view: Module, num: int = 1, replace: bool = True, *, seed: Seed = None) -> np.ndarray:
    """Labels of compartments in view, each equally likely.

    Args:
        cell_view: Any view.
        num: How many.
        replace: Whether one compartment can be drawn more than once.
        seed: Integer or `numpy.random.Generator`; None draws from numpy's global state.

    Returns:
        Indices as in `.nodes.index`. (num,)

    Raises:
        ModelValueError: More are asked for than there are, without replacement.

    Example:
        >>> import dendrax as jx
        >>> cell = jx.Cell(jx.Branch(ncomp=4), parents=[-1, 0])
        >>> sample_comp(cell.branch(1), 8, seed=1).min() >= 4
        np.True_
    """
    check_module(cell_view, "sample_comp")
    arguments.whole("sample_comp: num", num, least=0)
    rows = cell_view.rows
    if not replace and num > len(rows):
        raise ModelValueError(f"sample_comp: {num} of {len(rows)} compartments cannot be drawn without replacement.")
    return _generator(seed).choice(rows, num, replace=replace)


def _network_of(pre: Any, post: Any, verb: str) -> Module:
    """The network that both are views of."""
    for one in (pre, post):
        if not isinstance(one, Module):
            raise ModelTypeError(f"{verb}: pass views of a network, such as `net.cell(0)`, not {type(one).__name__}.")
        if one.tables.kind != "network":
            raise ModelTypeError(
                f"{verb}: synapses join compartments of a network, but this is of a {one.tables.kind}. Make a network "
                f"first, `jx.Network([cell])`, and select from it."
            )
    if not is_same_network(pre, post):
        raise ModelValueError(f"{verb}: the pre- and postsynaptic compartments are of different networks.")
    return pre.base


def _n_cells(view: Module) -> int:
    return len(np.unique(view.tables.structure.cell_of_comp[view.rows]))


def _connect_cells(
    network: Module,
    views: tuple[Module, Module],
    synapse: Synapse,
    pairs: Pairs,
    random_post_comp: bool,
    seed: Seed,
    delay: Any,
) -> None:
    """Connect pairs of the cells in view."""
    (pre_comps, pre_first, _), (post_comps, post_first, n_post) = (_comps_by_cell(view) for view in views)
    pre = pre_comps[pre_first[pairs[0]]]
    chosen = _generator(seed).integers(n_post[pairs[1]]) if random_post_comp and len(pre) else 0
    post = post_comps[post_first[pairs[1]] + chosen]
    edges.append(network.tables, synapse, pre, post, network._is_attribute, delay)


def _comps_by_cell(view: Module) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The compartments in view in the order of the model; where each cell's begin there, and how many they are."""
    comps = np.unique(view.rows)
    _, first, n = np.unique(view.tables.structure.cell_of_comp[comps], return_index=True, return_counts=True)
    return comps, first, n


def _generator(seed: Seed) -> np.random.Generator:
    """A generator for one call; without a seed it follows from numpy's global state, which moves on."""
    if seed is None:
        return np.random.default_rng(np.random.randint(0, 2**32, 4, dtype=np.uint32))  # noqa: NPY002 - see above
    try:
        return np.random.default_rng(seed)
    except (TypeError, ValueError):
        raise ModelTypeError(f"seed must be an integer from 0, a numpy Generator or None, but is {seed!r}.") from None
