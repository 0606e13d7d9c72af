"""Branches that begin anywhere on their parents: the lowered cable is the circuit, and every solver solves it.

The oracle writes the circuit down from the definition: a node for each compartment, for the end of each branch and for
the start of each root, and a resistor for each half of a compartment. Nodes without capacitance are then eliminated.
"""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import dendrax as jx
from dendrax.engine import native
from dendrax.engine.cable import axial, axial_current
from dendrax.engine.solvers import Dense, Levels, Native, Sequential, Solver, Sparse, solve_change
from dendrax.engine.system import Cable
from dendrax.engine.units import MICROSIEMENS_PER_RESISTIVITY_LOAD as UNIT
from dendrax.io.graph import from_graph, to_graph
from dendrax.modules import forest
from dendrax.modules.lower import lower
from dendrax.modules.structure import Meets, Structure
from dendrax.morphology import distance_pathwise, morph_delete

SEEDS = range(20)
SOLVERS = [Sequential(), *(pytest.param(one, marks=pytest.mark.slow) for one in (Dense(), Levels(), Sparse()))]
SOLVERS += [Native()] if native.library() else []


def random_structure(seed: int, n_cell: int = 3) -> Structure:
    """Cells of up to nine branches; every second branch begins elsewhere than at an end."""
    rng = np.random.default_rng(seed)
    parts = []
    for _ in range(n_cell):
        n = int(rng.integers(1, 10))
        parents = np.array([-1, *(rng.integers(0, branch) for branch in range(1, n))], int)
        joints = rng.choice([1.0, 1.0, 0.0, np.nan], n)
        joints = np.where(np.isnan(joints), rng.random(n), joints)
        joints[0] = 1.0
        parts.append(Structure(np.zeros(n, int), parents, rng.integers(1, 5, n), joints))
    return Structure.join(parts)


def random_params(structure: Structure, seed: int) -> dict[str, jax.Array]:
    """Resistivities and loads of all compartments, each half its own."""
    rng = np.random.default_rng(seed + 1000)
    return {
        "axial_resistivity": jnp.asarray(rng.uniform(50, 200, structure.n_comp)),
        "resistive_load_in": jnp.asarray(rng.uniform(1, 20, structure.n_comp)),
        "resistive_load_out": jnp.asarray(rng.uniform(1, 20, structure.n_comp)),
    }


def circuit(structure: Structure, params, numbers=np):
    """The conductances between compartments [uS], (comp, comp), as the matrix of the axial currents that leave them.

    `numbers` is numpy, or jax.numpy where it is to be differentiated.
    """
    n_comp, n_branch = structure.n_comp, structure.n_branch
    start: dict[int, int] = {}  # of each branch: compartments, then the ends of branches, then the starts of roots
    resistors: list[tuple[int, ...]] = []  # two nodes, and two halves; the last half has no resistance
    none = 2 * n_comp

    def node_at_start(branch: int) -> int:
        if branch not in start:
            parent, place = int(structure.parent_of_branch[branch]), structure.joint_of_branch[branch]
            if parent < 0:
                start[branch] = n_comp + n_branch + branch
            elif place == 0:
                start[branch] = node_at_start(parent)
            elif place == 1:
                start[branch] = n_comp + parent
            else:
                start[branch] = int(structure.first_comp_of_branch[parent] + place * structure.ncomp_of_branch[parent])
        return start[branch]

    for branch in range(n_branch):
        first, end = (int(comp) for comp in structure.first_comp_of_branch[branch : branch + 2])
        resistors.append((node_at_start(branch), first, first, none))
        resistors += [(comp, comp + 1, n_comp + comp, comp + 1) for comp in range(first, end - 1)]
        resistors.append((end - 1, n_comp + branch, n_comp + end - 1, none))
    one, other, half, other_half = np.array(resistors).T
    halves = numbers.concatenate([params["resistive_load_in"], params["resistive_load_out"], numbers.zeros(1)])
    per_load = numbers.concatenate([params["axial_resistivity"], params["axial_resistivity"], numbers.zeros(1)]) / UNIT
    resistance = halves * per_load
    g = 1 / (resistance[half] + resistance[other_half])
    n_node = n_comp + 2 * n_branch
    rows, columns = np.concatenate([one, other, one, other]), np.concatenate([one, other, other, one])
    values = numbers.concatenate([g, g, -g, -g])
    if numbers is jnp:
        matrix = jnp.zeros((n_node, n_node)).at[rows, columns].add(values)
    else:
        matrix = np.zeros((n_node, n_node))
        np.add.at(matrix, (rows, columns), values)
    used = np.unique(np.concatenate([np.arange(n_comp), rows]))
    matrix = matrix[np.ix_(used, used)]
    inner, outer = matrix[:n_comp, :n_comp], matrix[n_comp:, n_comp:]
    return inner - matrix[:n_comp, n_comp:] @ numbers.linalg.solve(outer, matrix[n_comp:, :n_comp])


def cable_of(structure: Structure) -> Cable:
    parent, meets = forest.nodes(structure)
    return Cable(parent, structure.n_comp, meets)


def test_the_cable_is_the_circuit():
    structure = random_structure(0, n_cell=60)
    params, cable = random_params(structure, 0), cable_of(structure)
    expected = np.asarray(circuit(structure, params))
    parent = np.asarray(cable.parent)
    assert (parent[structure.n_comp :] < structure.n_comp).all()  # branch points have compartments for parents
    terms = axial(cable, params, jnp.ones(structure.n_comp))
    g = np.asarray(terms.conductance)
    matrix = np.diag(np.asarray(terms.total))
    child = np.flatnonzero(parent >= 0)
    matrix[child, parent[child]] = matrix[parent[child], child] = -g[child]
    n = structure.n_comp
    inner = matrix[:n, :n] - matrix[:n, n:] @ np.linalg.solve(matrix[n:, n:], matrix[n:, :n])
    np.testing.assert_allclose(inner, expected, atol=1e-12 * np.abs(expected).max())
    v = np.random.default_rng(0).normal(-65, 20, n)
    np.testing.assert_allclose(axial_current(cable, terms, jnp.asarray(v)), -expected @ v, atol=1e-9)


@partial(jax.jit, static_argnums=0)
def step_and_gradient(solver: Solver, plan, cable: Cable, params, excess, current, v):
    """The change of voltage, and the derivative of a sum of its squares by all that it depends on."""

    def change(params, excess, current, v):
        terms = axial(cable, params, excess)
        return solve_change(solver, plan, excess, terms.conductance, terms.total, current, v)

    given = (params, excess, current, v)
    weight = jnp.arange(1, len(v) + 1) / len(v)
    gradient = jax.grad(lambda given: jnp.sum(weight * change(*given) ** 2))(given)
    return change(*given), gradient


@pytest.mark.parametrize("precision", [np.float64, np.float32])
@pytest.mark.parametrize("solver", SOLVERS, ids=str)
def test_every_solver_and_its_derivatives_equal_the_circuit(solver: Solver, precision: type):
    seed = 0
    structure = random_structure(seed, n_cell=3)
    assert not structure.ends_only
    cable, rng = cable_of(structure), np.random.default_rng(seed)
    n, n_points = structure.n_comp, len(cable.parent) - structure.n_comp
    params = random_params(structure, seed)
    excess, current, v = rng.uniform(0.1, 1, n), rng.normal(size=n), rng.normal(-65, 20, n)

    def by_circuit(given):
        params, excess, current, v = given
        laplacian = circuit(structure, params, jnp)
        return jnp.linalg.solve(jnp.diag(excess) + laplacian, current - laplacian @ v)

    given = jax.tree.map(jnp.asarray, (params, excess, current, v))
    weight = jnp.arange(1, n + 1) / n
    derived = jax.grad(lambda given: (jnp.sum(weight * (x := by_circuit(given)) ** 2), x), has_aux=True)
    gradient, x = jax.jit(derived)(given)
    expected = x, gradient
    given = jax.tree.map(lambda array: array.astype(precision), given)
    tolerance = 2e4 * np.finfo(precision).eps
    found = step_and_gradient(solver, solver.plan(cable.parent, n_points), cable, *given)
    for one, other in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        assert one.dtype == precision
        np.testing.assert_allclose(one, other, atol=tolerance * np.abs(other).max())


def cell_of(structure: Structure) -> jx.Cell | jx.Network:
    """A model of a structure, its compartments of different sizes."""
    cells, rng = [], np.random.default_rng(structure.n_comp)
    for cell in range(structure.n_cell):
        first, last = structure.first_branch_of_cell[cell : cell + 2]
        parents = structure.parent_of_branch[first:last]
        branches = [jx.Branch(jx.Compartment(), ncomp=int(n)) for n in structure.ncomp_of_branch[first:last]]
        joints = structure.joint_of_branch[first:last]
        cells.append(jx.Cell(branches, np.where(parents < 0, -1, parents - first), joints=joints))
    net = jx.Network(cells)
    net.set("length", rng.uniform(10, 50, structure.n_comp))
    net.set("radius", rng.uniform(0.5, 3, structure.n_comp))
    return net


@pytest.mark.parametrize("seed", SEEDS)
def test_distances_are_shortest_paths(seed: int):
    """Path lengths obey the equation of the circuit with lengths for resistances, from which resistances follow."""
    structure = random_structure(seed)
    net = cell_of(structure)
    half = net.nodes["length"].to_numpy() / 2
    unit = np.full(structure.n_comp, UNIT)
    laplacian = np.asarray(
        circuit(structure, {"axial_resistivity": unit, "resistive_load_in": half, "resistive_load_out": half})
    )
    across = np.linalg.pinv(laplacian)  # on a tree, the resistance between two places is the length of the path
    start = int(np.random.default_rng(seed).integers(structure.n_comp))
    cell = int(structure.cell_of_comp[start])
    rows = np.flatnonzero(structure.cell_of_comp == cell)
    found = distance_pathwise(net.select(nodes=[start]), net.cell(cell))
    np.testing.assert_allclose(found, across[start, start] + np.diag(across)[rows] - 2 * across[start, rows], atol=1e-8)


def loads_of(module: jx.Module) -> dict[str, np.ndarray]:
    params = lower(module.tables, Sequential()).params
    return {key: params[key] for key in ("axial_resistivity", "resistive_load_in", "resistive_load_out")}


def check_same_circuit(part: jx.Module, whole: jx.Module, rows: np.ndarray) -> None:
    """The circuit of a part, whose compartments were `rows` of the whole, is that without all others."""
    params, gone = loads_of(whole), ~np.isin(np.arange(whole.tables.structure.n_comp), rows)
    cut = {key: np.where(gone, 1e30, values) if "load" in key else values for key, values in params.items()}
    matrix, lost = circuit(whole.tables.structure, cut), np.flatnonzero(gone)  # what hangs on these still does
    alone = np.linalg.solve(matrix[np.ix_(lost, lost)] + 1e-14 * np.eye(len(lost)), matrix[np.ix_(lost, rows)])
    expected = matrix[np.ix_(rows, rows)] - matrix[np.ix_(rows, lost)] @ alone
    found = circuit(part.tables.structure, loads_of(part))
    np.testing.assert_allclose(found, expected, atol=1e-12 * np.abs(expected).max(initial=1.0))


def some_branches(structure: Structure, seed: int) -> np.ndarray:
    """Some branches of one cell that hang together."""
    rng = np.random.default_rng(seed)
    branch_of_comp, hosts = structure.branch_of_comp, structure.hosts().comp
    kept = [int(rng.integers(structure.n_branch))]
    for branch in range(kept[0] + 1, structure.n_branch):
        if hosts[branch] >= 0 and branch_of_comp[hosts[branch]] in kept and rng.random() < 0.8:
            kept.append(branch)
    return np.array(kept)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_copied_part_is_joined_as_it_was(seed: int):
    structure = random_structure(seed)
    net = cell_of(structure)
    rows = np.flatnonzero(np.isin(structure.branch_of_comp, some_branches(structure, seed)))
    check_same_circuit(net.select(nodes=rows.tolist()).copy(as_module=True), net, rows)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_left_of_a_cut_cell_is_joined_as_it_was(seed: int):
    structure = random_structure(seed, n_cell=1)
    cell = cell_of(structure).cell(0).copy(as_module=True)
    cell.set("v", np.arange(float(structure.n_comp)))
    gone = np.setdiff1d(np.arange(structure.n_branch), some_branches(structure, seed))
    rest = morph_delete(cell.branch(gone.tolist())) if len(gone) else cell
    check_same_circuit(rest, cell, rest.nodes["v"].to_numpy().astype(int))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_graph_is_joined_as_the_cell(seed: int):
    structure = random_structure(seed, n_cell=2)
    net = cell_of(structure)
    net.set("v", np.arange(float(structure.n_comp)))
    read = from_graph(to_graph(net))
    check_same_circuit(read, net, read.nodes["v"].to_numpy().astype(int))


@pytest.mark.parametrize("seed", SEEDS)
def test_cells_are_drawn_as_they_are_joined(seed: int):
    structure = random_structure(seed, n_cell=1)
    cell = cell_of(structure).cell(0).copy(as_module=True)
    lines, length = cell.xyzr, cell.nodes["length"].to_numpy()
    for branch, (host, at) in enumerate(zip(*structure.hosts(), strict=True)):
        if host >= 0:
            parent = int(structure.branch_of_comp[host])
            first, end = structure.first_comp_of_branch[parent : parent + 2]
            before = length[first:host].sum() + {Meets.START: 0, Meets.CENTER: 0.5, Meets.END: 1}[at] * length[host]
            share = before / length[first:end].sum()
            place = lines[parent][0, :3] * (1 - share) + lines[parent][1, :3] * share
            np.testing.assert_allclose(lines[branch][0, :3], place, atol=1e-9)


def test_a_branch_stays_at_its_place_when_its_parent_is_cut_anew():
    cell = jx.Cell([jx.Branch(jx.Compartment(), ncomp=n) for n in (3, 2, 2, 2)], [-1, 0, 0, 0], joints=[1, 0.4, 0, 1])
    hosts = []
    for ncomp in (3, 1, 5, 10):
        cell.branch(0).set_ncomp(ncomp)
        hosts.append(cell.tables.structure.hosts().comp[1:].tolist())
    assert hosts == [[1, 0, 2], [0, 0, 0], [2, 0, 4], [4, 0, 9]]


def test_a_part_of_a_branch_keeps_what_begins_at_its_centers():
    cell = jx.Cell([jx.Branch(jx.Compartment(), ncomp=n) for n in (5, 2, 1)], [-1, 0, 0], joints=[1, 0.5, 0.7])
    part = cell.select(nodes=[1, 2, 3, 5, 6, 7]).copy(as_module=True)
    assert part.tables.structure.hosts().comp.tolist() == [-1, 1, 2]
    check_same_circuit(part, cell, np.array([1, 2, 3, 5, 6, 7]))
    with pytest.raises(jx.errors.ModelStateError, match="not connected"):
        cell.select(nodes=[0, 1, 5, 6]).copy(as_module=True)
