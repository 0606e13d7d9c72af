"""A membrane current as a line in the voltage: what the membrane tells the cable equation.

The same line stands for what pumps take out of a compartment, in the concentration of an ion.
"""

import equinox as eqx
from jaxtyping import Array, Float, Int


class MembraneCurrent(eqx.Module):
    """Outward current I(v) = now + slope (v - present v), exact at the present voltage together with its slope.

    Attributes:
        slope: [uS]
        now: The current at the present voltage [nA].
    """

    slope: Float[Array, " comp"]
    now: Float[Array, " comp"]

    def inject(self, rows: Int[Array, " input"], current: Float[Array, " input"]) -> "MembraneCurrent":
        """With `current` [nA] flowing into the compartments `rows`; currents into the same one add up."""
        return MembraneCurrent(self.slope, self.now.at[rows].add(-current))

    def through(
        self, rows: Int[Array, " synapse"], slope: Float[Array, " synapse"], now: Float[Array, " synapse"]
    ) -> "MembraneCurrent":
        """With the lines of synapses added at the compartments `rows`; those of the same one add up."""
        return MembraneCurrent(self.slope.at[rows].add(slope), self.now.at[rows].add(now))
