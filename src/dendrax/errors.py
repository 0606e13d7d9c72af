"""Every error that Dendrax raises on purpose.

Each derives from `DendraxError` and from the built-in type that a caller would catch. The text says what
is wrong, where (cell, branch, compartment, file and line), and what to do. What Ctrl-C raises is a KeyboardInterrupt
and no error: nothing went wrong.
"""

from typing import Any


class _Pickled(BaseException):
    """An exception that arrives in another process with all its attributes, whatever its constructor takes."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Made anew from its arguments without the constructor; the attributes follow."""
        return _made_anew, (type(self), self.args), vars(self)


def _made_anew(kind: type[BaseException], arguments: tuple[Any, ...]) -> BaseException:
    """An exception made without its constructor, by the built-in class with its memory layout, as Python demands."""
    layout: Any = kind
    while layout.__module__ != "builtins":
        layout = layout.__base__
    error = layout.__new__(kind)
    error.args = arguments
    return error


class DendraxError(_Pickled, Exception):
    """Base of all errors that Dendrax raises on purpose."""


class SwcError(DendraxError, ValueError):
    """An SWC file cannot be read as a neuron; the text lists every defect with file and line."""


class NmodlSyntaxError(DendraxError, ValueError):
    """A .mod file breaks the grammar of NMODL.

    Attributes:
        path: The file, which may be one that is included.
        line: Line, from 1.
        column: Column, from 1.
        what: What stands there.
        expected: What could stand there.
    """

    def __init__(self, path: str, line: int, column: int, what: str, expected: str):
        super().__init__(f"{path}:{line}:{column}: found {what}, expected {expected}")
        self.path, self.line, self.column, self.what, self.expected = path, line, column, what, expected


class MorphologyError(DendraxError, ValueError):
    """Branches, parents or compartments do not form a forest that can be simulated."""


class SelectionError(DendraxError, IndexError, ValueError):
    """An index expression selects nothing, or cannot be an index."""


class UnknownNameError(DendraxError, KeyError):
    """No parameter, state, current, channel or group of this name; the text names the nearest."""

    def __str__(self) -> str:  # KeyError shows the repr of its argument; a sentence reads better.
        return str(self.args[0]) if self.args else ""


class UnknownAttributeError(DendraxError, AttributeError):
    """A module has no such attribute; the text names the nearest."""


class ValueShapeError(DendraxError, ValueError):
    """The number of values does not match the number of rows in view."""


class ModelValueError(DendraxError, ValueError):
    """A value that a model cannot have: a negative length, a NaN radius, an unknown option."""


class ShortClampError(ModelValueError, NotImplementedError):
    """A clamp that ends before the run does."""


class BranchedCableError(MorphologyError, NotImplementedError):
    """Neurites that branch, for a solver of unbranched cables."""


class ModelTypeError(DendraxError, TypeError):
    """An argument of the wrong type."""


class ModelStateError(DendraxError, RuntimeError):
    """A call that the model cannot take in the state it is in; the text says what to do first."""


class MechanismError(DendraxError, ValueError):
    """A channel, pump or synapse does not keep its contract."""


class MemoryBudgetError(DendraxError, MemoryError):
    """What is asked for does not fit into the memory that there is; nothing has been allocated."""


class NotFiniteError(DendraxError, FloatingPointError):
    """A simulation came to a number that is NaN or infinite.

    Attributes:
        time: Of the step that gave it [ms].
        state: Name of the state or current.
        place: Compartment (cell, branch, comp) or synapse.
        cause: What most likely led to it.
        recordings: What was recorded up to the last step that was finite, (recording, column).
        states: The state after that step, as `integrate(..., return_states=True)` returns it.
    """

    def __init__(
        self, text: str, *, time: float, state: str, place: str, cause: str, recordings: Any, states: dict[str, Any]
    ):
        super().__init__(text)
        self.time, self.state, self.place, self.cause = time, state, place, cause
        self.recordings, self.states = recordings, states


class RunInterrupted(_Pickled, KeyboardInterrupt):
    """Ctrl-C has ended a simulation; what was simulated so far is here.

    No `DendraxError`: like every KeyboardInterrupt it passes by an `except Exception`.

    Attributes:
        time: How far it came [ms].
        recordings: What was recorded so far, (recording, column).
        states: The state at that time, as `integrate(..., return_states=True)` returns it; `all_states=` goes on
            from it.

    Example:
        >>> import dendrax as jx
        >>> from dendrax.errors import RunInterrupted
        >>> cell = jx.Cell()
        >>> cell.record(verbose=False)
        >>> try:
        ...     columns, states = jx.integrate(cell, t_max=10.0, progress=False, return_states=True)
        ... except RunInterrupted as so_far:
        ...     columns, states = so_far.recordings, so_far.states
        >>> columns.shape
        (1, 401)
    """

    def __init__(self, text: str, *, time: float, recordings: Any, states: dict[str, Any]):
        super().__init__(text)
        self.time, self.recordings, self.states = time, recordings, states


class BatchInterrupted(_Pickled, KeyboardInterrupt):
    """Ctrl-C has ended many runs; those that are done are here.

    Attributes:
        done: Number of runs that are done.
        results: What the function gave for these, with a leading axis of `done`; None where no run is done.
    """

    def __init__(self, text: str, *, done: int, results: Any):
        super().__init__(text)
        self.done, self.results = done, results


class NativeMissingWarning(RuntimeWarning):
    """The native kernels are missing or cannot be loaded; everything runs in pure JAX, slower."""


class ModelFileError(DendraxError, ValueError):
    """A file is not what `dendrax.save` writes, or a model holds what a file cannot; the text says what and where."""


class NmodlError(DendraxError, ValueError):
    """Dendrax does not support a .mod file; the message gives each unsupported construct with its line."""


class NeuronModelError(DendraxError, ValueError):
    """A model in NEURON contains something that Dendrax does not support; the message lists all of it."""


class LeftOutWarning(UserWarning):
    """Part of a model in NEURON was left out; the message lists all of it."""


class FileWriteError(DendraxError, OSError):
    """A file cannot be written to the given path; the text says why. An existing file is unchanged."""


class CheckpointError(DendraxError, ValueError):
    """A checkpoint of training is damaged, or belongs to another fit; the text names the folder."""


class MissingExtraError(DendraxError, ImportError):
    """A package that Dendrax needs only for this is not installed; the text says which extra brings it."""


class CheckpointWarning(RuntimeWarning):
    """A checkpoint of training is damaged and an older one is taken; the text names both."""


class FitWarning(RuntimeWarning):
    """A fit has ended at a loss or a gradient that is not finite, or features do not see all spikes of a trace."""


class MagnitudeWarning(UserWarning):
    """A value that is no usual one for what it stands for, as if it were in another unit; the text says where."""
