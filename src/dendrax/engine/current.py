"""Input of the cable equation: membrane currents as lines in the voltage, and where the voltage is held."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from dendrax.engine.rows import Rows


class MembraneCurrent(eqx.Module):
    """Outward current I(v) = now + slope (v - present v), exact at the present voltage together with its slope.

    The same class describes the flux of pumps out of a compartment, as a line in the concentration of an ion.

    Attributes:
        slope: [uS]
        now: The current at the present voltage [nA].
    """

    slope: Float[Array, " comp"]
    now: Float[Array, " comp"]

    def inject(self, rows: Int[Array, " input"], current: Float[Array, " input"]) -> "MembraneCurrent":
        """With `current` [nA] flowing into the compartments `rows`; currents into the same one add up."""
        return MembraneCurrent(self.slope, self.now.at[rows].add(-current))

    def __add__(self, other: "MembraneCurrent") -> "MembraneCurrent":
        return MembraneCurrent(self.slope + other.slope, self.now + other.now)

    @classmethod
    def none(cls, like: Float[Array, " comp"]) -> "MembraneCurrent":
        """No current."""
        return cls(jnp.zeros_like(like), jnp.zeros_like(like))


class Held(eqx.Module):
    """Compartments whose value at the end of a step is known.

    Attributes:
        rows: The compartments, each once.
        values: Their values at the end of the step [mV or mM].
    """

    rows: Int[Array, " held"]
    values: Float[Array, " held"]

    def put(self, values: Float[Array, " comp"]) -> Float[Array, " comp"]:
        """`values` of all compartments, with those that are held as they are at the end of the step."""
        return values.at[self.rows].set(self.values)

    def halfway(self, before: Float[Array, " comp"]) -> "Held":
        """The same in the middle of a step that begins with `before`."""
        return Held(self.rows, 0.5 * (before[self.rows] + self.values))


class Drawn(eqx.Module):
    """Currents and fluxes of mechanisms in a step.

    Attributes:
        membrane: The line of densities and point processes.
        electrodes: The line of electrodes among the mechanisms, outward like all others.
        all: The line of both and of synapses.
        fluxes: For each ion, the flux of the pumps, as a line in its concentration.
    """

    membrane: MembraneCurrent
    electrodes: MembraneCurrent
    all: MembraneCurrent
    fluxes: dict[str, MembraneCurrent]


class Sums:
    """Values at rows that add up by key, while a step is traced."""

    def __init__(self) -> None:
        self.of: dict[str, Float[Array, " _"]] = {}

    def add(self, key: str, rows: Rows, values: Float[Array, " row"]) -> None:
        """Add `values` at `rows`; a new key starts from zero everywhere."""
        self.of[key] = rows.add(self.of[key], values) if key in self.of else rows.spread(values, 0.0)

    def add_at(self, key: str, comps: Int[Array, " point"], values: Float[Array, " point"], n_comp: int) -> None:
        """Add `values` at `comps`, which may contain a compartment more than once."""
        before = self.of[key] if key in self.of else jnp.zeros(n_comp, values.dtype)
        self.of[key] = before.at[comps].add(values)

    def line(self, key: str) -> MembraneCurrent | None:
        """The sum of the lines that `add_line` was given; None if it was not called."""
        return MembraneCurrent(self.of[f"{key} slope"], self.of[f"{key} now"]) if f"{key} now" in self.of else None

    def add_line(self, key: str, rows: Rows, slope: Float[Array, " row"], now: Float[Array, " row"]) -> None:
        """Add a line at `rows`."""
        self.add(f"{key} slope", rows, slope)
        self.add(f"{key} now", rows, now)
