"""The front door of model files: save and load."""

from __future__ import annotations

import hashlib
import os
import reprlib
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np

from dendrax import files
from dendrax.engine.events.heard import QUEUE
from dendrax.engine.methods import choose_solver
from dendrax.errors import DendraxError, ModelFileError, ModelTypeError
from dendrax.io.model import arrays, checks, container, fields, shown, tables, versions
from dendrax.io.model.arrays import Arrays
from dendrax.io.model.mechanisms import Allowed
from dendrax.io.model.tables import Draft, Reading
from dendrax.modules.lower import lower
from dendrax.modules.module import Module, check_module, module_of
from dendrax.running.checks import check_states

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jaxtyping import Array

DOCUMENT, ARRAYS = "model.json", "arrays.safetensors"
States = dict[str, "Array"]


def save(module: Module, path: str | os.PathLike[str], *, states: Mapping[str, Any] | None = None) -> None:
    """Write a model to a file, everything that it is made of, so that `load` gives the same model.

    Kept are compartments and all columns of `nodes` and `edges`, coordinates, groups, channels, pumps and synapses with
    their settings, ions that diffuse, recordings, stimuli, clamps, trainable parameters, and what
    `customize_solver_exp_euler` was given. The same model gives the same bytes. The file holds no code: of a channel
    of your own it names the class, which has to be there when the file is loaded.

    The file appears under its name when it is complete; an earlier file stays until then, and its mode is kept.
    A symbolic link stays a link, and its target is written.

    Args:
        module: A model, or a view of one: then the part in view becomes a model of its own, as
            `copy(as_module=True)` makes it. One of a subclass of yours is saved as the Compartment, Branch, Cell or
            Network that it is.
        path: The file, of any name; a file that is there is replaced.
        states: What `integrate(..., return_states=True)` returned, to go on from there: name -> (comp,) or (synapse,).

    Raises:
        ModelTypeError: `module` is not a model, `path` is not a path, or `states` are traced.
        ModelFileError: The model holds something that a file cannot, such as an arbitrary object as a setting.
        ModelStateError: A view whose compartments are not connected.
        ValueShapeError: `states` of another model (UnknownNameError, ModelValueError: see `integrate`).
        FileWriteError: The path leads to something else than a regular file, its folder does not exist, or the disk is
            full; an OSError. An existing file is unchanged.

    Example:
        >>> import pathlib, tempfile
        >>> import dendrax as jx
        >>> from dendrax.channels import HH
        >>> cell = jx.Cell()
        >>> cell.insert(HH())
        >>> cell.record("v", verbose=False)
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "cell.dendrax"
        >>> jx.save(cell, path)
        >>> same = jx.load(path)
        >>> bool((jx.integrate(same, t_max=5.0) == jx.integrate(cell, t_max=5.0)).all())
        True
    """
    check_module(module, "save")
    files.target_of("save", path)
    if module.is_view:
        module = module.copy(as_module=True)
    with _of_file("save", path):
        files.write("save", path, container.pack(_members(module, states)))


@overload
def load(
    path: str | os.PathLike[str], *, mechanisms: Sequence[Any] = (), with_states: Literal[False] = False
) -> Module: ...


@overload
def load(
    path: str | os.PathLike[str], *, mechanisms: Sequence[Any] = (), with_states: Literal[True]
) -> tuple[Module, States]: ...


def load(
    path: str | os.PathLike[str], *, mechanisms: Sequence[Any] = (), with_states: bool = False
) -> Module | tuple[Module, States]:
    """Read a model from a file that `save` wrote.

    Nothing in a file is ever run. It may name the channels, pumps, synapses and surrogates of Dendrax, and what
    `mechanisms` adds; these are the only modules that loading imports. A file that is not what `save` wrote, down to
    the last bit, is refused.

    Args:
        path: Which file.
        mechanisms: What else the file may name: classes of your own channels, pumps and synapses, functions that are
            settings of them, and names of packages that you trust, such as "jaxley_mech": loading imports these.
        with_states: Whether to return the states that were saved with the model, too.

    Returns:
        The model; with `with_states` a pair of it and its states, which `integrate(..., all_states=)` goes on from.

    Raises:
        ModelFileError: The file is missing, damaged, not one of Dendrax or of a newer one; names a mechanism that is
            not allowed; or holds no states though they are asked for.
        ModelTypeError: `path` is no path, `mechanisms` no list of classes and names, `with_states` no truth value.

    Example:
        >>> import pathlib, tempfile
        >>> import dendrax as jx
        >>> cell = jx.Cell()
        >>> cell.record("v", verbose=False)
        >>> first, states = jx.integrate(cell, t_max=5.0, return_states=True)
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "cell.dendrax"
        >>> jx.save(cell, path, states=states)
        >>> cell, states = jx.load(path, with_states=True)
        >>> second = jx.integrate(cell, t_max=5.0, all_states=states)
        >>> bool(second[0, 0] == first[0, -1])
        True
    """
    if not isinstance(with_states, bool):
        raise ModelTypeError(f"load: with_states must be True or False, but is {reprlib.repr(with_states)}.")
    allowed = Allowed(mechanisms)
    file = Path(files.name_of("load", path))
    with _of_file("load", path):
        try:
            archive = file.read_bytes()
        except OSError as error:
            raise ModelFileError(f"it cannot be read ({error.strerror}).") from None
        module, states = _read(archive, allowed)
        if with_states and states is None:
            raise ModelFileError("it holds no states: `save(module, path, states=...)` puts them there.")
    return (module, _on_device(states)) if with_states and states is not None else module


def _members(module: Module, states: Mapping[str, Any] | None) -> dict[str, bytes]:
    """The members of the file of a model, which have been read back."""
    draft = Draft()
    document = {
        "format": versions.FORMAT,
        "schema": versions.VERSION,
        "sha256": {},
        "model": tables.write(module.tables, draft),
        "shown": shown.write(module, draft.arrays),
        "states": _write_states(module, states, draft),
    }
    content = arrays.to_bytes(draft.arrays)
    document["sha256"] = {ARRAYS: hashlib.sha256(content).hexdigest()}
    members = {DOCUMENT: fields.to_text(document), ARRAYS: content}
    again, _ = _model_of(members, Allowed(draft.named))
    if (changed := tables.differing_mechanism(module.tables, again.tables)) is not None:
        raise ModelFileError(
            f"the settings of the {changed.kind} {changed.name!r} do not stay what they are in a file."
        )
    return members


def _write_states(module: Module, states: Mapping[str, Any] | None, draft: Draft) -> list[str] | None:
    """The names of the states, with the states in the draft."""
    if states is None:
        return None
    check_states(
        module,
        lower(module.tables, choose_solver("jaxley.dhs")),
        dict(states) if isinstance(states, Mapping) else states,
        None,
    )
    for name, values in states.items():
        try:
            draft.arrays[f"states/{name}"] = np.asarray(values)
        except TypeError as error:  # JAX raises one for traced values
            raise ModelTypeError(f"save: states[{name!r}] has no values to write: {error}") from None
        arrays.check_storable(f"states[{name!r}]", draft.arrays[f"states/{name}"])
    return list(states)


def _read(archive: bytes, allowed: Allowed) -> tuple[Module, dict[str, np.ndarray] | None]:
    """The model in a file, and its states."""
    return _model_of(container.unpack(archive, (DOCUMENT, ARRAYS)), allowed)


def _model_of(members: dict[str, bytes], allowed: Allowed) -> tuple[Module, dict[str, np.ndarray] | None]:
    """The model in the members of a file, and its states."""
    document = fields.from_text(members[DOCUMENT])
    version = versions.check_version(document)
    if document.get("sha256") != {ARRAYS: hashlib.sha256(members[ARRAYS]).hexdigest()}:
        raise ModelFileError(f"it is damaged: {ARRAYS!r} does not have the checksum that {DOCUMENT!r} gives.")
    document, content = versions.upgrade((document, arrays.from_bytes(members[ARRAYS])), version)
    parts = fields.exactly("the document", document, "format", "schema", "sha256", "model", "shown", "states")
    reading = Reading(Arrays(content), allowed)
    model = tables.read(parts["model"], reading)
    checks.check(model)
    module = module_of(model)
    shown.read(module, parts["shown"], reading.arrays)
    states = None
    if parts["states"] is not None:
        names = fields.texts("'states'", parts["states"])
        axes = {QUEUE: (None, None)}
        states = {name: reading.arrays.take(f"states/{name}", axes.get(name, (None,))) for name in names}
        check_states(module, lower(module.tables, choose_solver("jaxley.dhs")), states, None)
    reading.arrays.check_empty()
    return module, states


def _on_device(states: dict[str, np.ndarray]) -> States:
    """States as `integrate` returns them."""
    import jax.numpy as jnp  # noqa: PLC0415 - a model alone touches no device

    return {name: jnp.asarray(values) for name, values in states.items()}


@contextmanager
def _of_file(verb: str, path: str | os.PathLike[str]) -> Iterator[None]:
    """Put the name of the file before what is wrong with it; any refusal of a content is a ModelFileError."""
    try:
        yield
    except ModelFileError as error:
        raise ModelFileError(f"{verb}({os.fspath(path)!r}): {error}") from None
    except DendraxError as error:
        if verb == "save":
            raise
        raise ModelFileError(f"{verb}({os.fspath(path)!r}): {error}") from None
    except RecursionError:
        raise ModelFileError(f"{verb}({os.fspath(path)!r}): something is nested too deeply.") from None
