"""What is held during a step: the voltage, or the concentration of an ion, that a clamp prescribes."""

import equinox as eqx
from jaxtyping import Array, Float, Int


class Held(eqx.Module):
    """Compartments whose value at the end of a step is known.

    Attributes:
        rows: The compartments, each once.
        values: What each of them has at the end of the step [mV or mM].
    """

    rows: Int[Array, " held"]
    values: Float[Array, " held"]

    def put(self, values: Float[Array, " comp"]) -> Float[Array, " comp"]:
        """`values` of all compartments, with those that are held as they are at the end of the step."""
        return values.at[self.rows].set(self.values)

    def halfway(self, before: Float[Array, " comp"]) -> "Held":
        """The same in the middle of a step that begins with `before`."""
        return Held(self.rows, 0.5 * (before[self.rows] + self.values))
