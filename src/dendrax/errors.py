"""Every error that Dendrax raises on purpose.

Each derives from `DendraxError` and from the built-in type that a caller would catch. The text says what
is wrong, where (cell, branch, compartment, file and line), and what to do.
"""


class DendraxError(Exception):
    """Base of all errors that Dendrax raises on purpose."""


class SwcError(DendraxError, ValueError):
    """An SWC file cannot be read as a neuron; the text lists every defect with file and line."""


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


class ModelTypeError(DendraxError, TypeError):
    """An argument of the wrong type."""


class ModelStateError(DendraxError, RuntimeError):
    """A call that the model cannot take in the state it is in; the text says what to do first."""


class MechanismError(DendraxError, ValueError):
    """A channel, pump or synapse does not keep its contract."""
