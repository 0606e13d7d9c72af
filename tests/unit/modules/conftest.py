"""What the tests of modules share: models, and a check that a refused call changes nothing."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import numpy as np
import pytest

from dendrax.channels.hh import HH
from dendrax.channels.k import K
from dendrax.channels.leak import Leak
from dendrax.errors import DendraxError
from dendrax.modules import Branch, Cell, Compartment, Module, Network

NCOMP = (2, 4, 3, 1)
PARENTS = [-1, 0, 0, 1]


def snapshot(module: Module) -> dict[str, Any]:
    """All there is of a model, in comparable form."""
    tables = module.base.tables
    return {
        "nodes": {name: column.tolist() for name, column in tables.nodes.columns.items()},
        "ncomp": tables.structure.ncomp_of_branch.tolist(),
        "channels": [(channel.name, channel.channel_params) for channel in tables.channels],
        "groups": list(tables.groups),
        "recordings": list(tables.recordings),
        "inputs": {
            key: [(one.rows.tolist(), one.values.tolist()) for one in chunks] for key, chunks in tables.inputs.items()
        },
        "points": [one.name for one in tables.points.types],
        "point rows": {name: column.tolist() for name, column in tables.points.table.columns.items()},
        "sources": [len(tables.events.sources), [one.name for one in tables.events.sources.types]],
        "connections": {name: column.tolist() for name, column in tables.events.connections.table.columns.items()},
        "detectors": {name: column.tolist() for name, column in tables.events.detectors.table.columns.items()},
        "recorded": list(tables.events.recorded),
        "trainables": [
            (one.key, one.rows.tolist(), one.group_of_row.tolist(), one.values.tolist()) for one in tables.trainables
        ],
    }


Refusal = Callable[..., AbstractContextManager[None]]


@pytest.fixture
def refuses() -> Refusal:
    """A context that expects an error of ours, with a text, and the model as it was before."""

    @contextmanager
    def refusing(module: Module, error: type[Exception], match: str) -> Iterator[None]:
        before = snapshot(module)
        with pytest.raises(error, match=match) as caught:
            yield
        assert isinstance(caught.value, DendraxError)
        np.testing.assert_equal(snapshot(module), before)

    return refusing


@pytest.fixture
def cell() -> Cell:
    """Branches of 2, 4, 3 and 1 compartments; no two compartments have the same radius."""
    made = Cell([Branch(Compartment(), ncomp=n) for n in NCOMP], parents=PARENTS)
    made.set("radius", 1.0 + np.arange(10.0))
    return made


@pytest.fixture
def mixed(cell: Cell) -> Cell:
    """The cell with Leak everywhere, HH on branch 1, K on branches 1 and 2, and a group on branches 0 and 2."""
    cell.insert(Leak())
    cell.branch(1).insert(HH())
    cell.branch([1, 2]).insert(K())
    cell.branch([0, 2]).add_to_group("proximal")
    return cell


@pytest.fixture
def net(cell: Cell) -> Network:
    """Three of the cells; the first two are a group."""
    made = Network([cell] * 3)
    made.cell([0, 1]).add_to_group("exc")
    return made
