"""A membrane current as a line in the voltage: what the membrane tells the cable equation."""

import equinox as eqx
from jaxtyping import Array, Float, Int


class MembraneCurrent(eqx.Module):
    """Outward current I(v) = slope v + offset, exact at the present voltage together with its slope.

    Attributes:
        slope: [uS]
        offset: [nA]
    """

    slope: Float[Array, " comp"]
    offset: Float[Array, " comp"]

    def inject(self, rows: Int[Array, " input"], current: Float[Array, " input"]) -> "MembraneCurrent":
        """With `current` [nA] flowing into the compartments `rows`; currents into the same one add up."""
        return MembraneCurrent(self.slope, self.offset.at[rows].add(-current))

    def at(self, v: Float[Array, " comp"]) -> Float[Array, " comp"]:
        """The current at voltage `v` [nA]."""
        return self.slope * v + self.offset
