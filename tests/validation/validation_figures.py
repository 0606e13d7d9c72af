"""The figures of validation: what each means, and what one measurement of it says.

Nothing here knows the simulator or pytest.
"""

import dataclasses
import math
from collections.abc import Iterable


@dataclasses.dataclass(frozen=True)
class Figure:
    """One of the figures to hold.

    Args:
        name: Its number in the list that the project was given, or a word for what is not numbered.
        title: A few words.
        meaning: What is computed, against what, and how far the bound is to be trusted.
    """

    name: str
    title: str
    meaning: str


@dataclasses.dataclass(frozen=True)
class Measurement:
    """A measured number beside its bound."""

    figure: str
    what: str
    measured: float
    bound: float
    most: bool
    unit: str = ""
    tests: int = 1

    @property
    def holds(self) -> bool:
        """Whether the number is on the right side of the bound; NaN is on neither."""
        return self.measured <= self.bound if self.most else self.measured >= self.bound

    @property
    def margin(self) -> str:
        """How many times better than the bound, as a power of ten where that says enough; or that it misses."""
        if not self.holds:
            return "DOES NOT HOLD"
        if self.measured == self.bound or (self.most and self.measured == 0.0):
            return "exact"
        ratio = self.bound / self.measured if self.most else self.measured / self.bound
        return f"{ratio:.3g} x" if ratio < 1e3 else f"1e{math.floor(math.log10(ratio))} x"

    def __str__(self) -> str:
        sense = "<=" if self.most else ">="
        return f"{self.what}: {self.measured:.4g} {self.unit}, to hold {sense} {self.bound:g} {self.unit}"


def worst(measurements: Iterable[Measurement]) -> list[Measurement]:
    """One measurement for all of the same name: the one that is nearest to its bound, or misses it."""
    found: dict[tuple[str, str], Measurement] = {}
    for one in measurements:
        key = one.figure, one.what
        other = found.get(key)
        if other is not None:
            if (one.bound, one.most, one.unit) != (other.bound, other.most, other.unit):
                raise ValueError(f"'{one.what}' is held to two bounds: {one} and {other}.")
            pair = [one, other]
            failing = [each for each in pair if not each.holds] or pair
            pick = max if one.most else min
            one = dataclasses.replace(pick(failing, key=lambda each: each.measured), tests=other.tests + 1)  # noqa: PLW2901
        found[key] = one
    return list(found.values())


FIGURES = (
    Figure(
        "1",
        "Passive cables and trees with closed forms",
        "Rallpack 1 is a cable of 1000 compartments with a current into one end, Rallpack 2 a binary tree of 1023 "
        "that Rall's law makes a cylinder (Bhalla, Bilitch and Bower 1992). Errors are root mean squares over 250 "
        "ms at the centres of compartments, relative to the largest voltage, with Crank-Nicolson steps of 0.05 ms. "
        "At the near end the current starts as a step, voltage rises as the square root of time, and modes faster "
        "than the time step ring: refining dt and dx together lowers that error by 1.8 per halving, whatever "
        "program computes it (the modes of the discrete cable in closed form say so). It falls at second order, and "
        "below 1e-4, with dt ~ dx^2, and that is what is measured there; the far end is of second order with dt ~ "
        "dx.",
    ),
    Figure(
        "2",
        "Firing cells against NEURON",
        "The same compartments, time step and scheme, 40 to 50 ms and three spikes or more at every place that is "
        "looked at. Where NEURON is installed it runs beside us (live); what it computed is stored, so that every "
        "test run compares (stored). How a tree is cut into compartments differs from program to program, so both "
        "are also led to the limit that neither computes: spikes of Rallpack 3 approach it at the order of each "
        "scheme as dt and dx are halved, and the extrapolations are the same number. Over 250 ms at 1 us, Rallpack "
        "3, which has no closed form, is compared with NEURON's scheme of second order, by the normalised root mean "
        "squares of intervals, peak-to-peak heights and shapes that its authors proposed.",
    ),
    Figure(
        "3",
        "Orders of convergence",
        "How fast errors against closed forms fall, in each of four halvings: a decaying mode of the passive cable "
        "in time, the steady state of a cable in space.",
    ),
    Figure(
        "4",
        "Gradients",
        "Of a loss on voltages of a firing cell, and of a network, by every kind of parameter. Differences are "
        "relative to the largest slope of a kind. Central differences of fourth order are good to about 1e-8 here.",
    ),
    Figure(
        "5",
        "Nothing is NaN or infinite",
        "Values, first and second derivatives, in forward and reverse mode, of every built-in channel, synapse and "
        "pump: v from -150 to 100 mV at steps of 0.01 mV, at every point where a rate is 0/0 as it is printed, and "
        "beside these. Counted is what is not finite.",
    ),
    Figure(
        "6",
        "Conservation",
        "Charge: sum of C dv/dt and membrane currents minus what is injected, at each step of a firing cell. The "
        "figure is relative to the gross currents, the sum of their magnitudes: what is injected is zero most of "
        "the time, and no floating-point sum can be exact relative to its own result.",
    ),
    Figure(
        "7",
        "Determinism",
        "The same bits on the CPU. Counted are runs with any bit that differs: repeated, in batches of 1 to 64 "
        "under vmap, in processes with 1 to 8 threads, on other devices. Inside of a user's own jit XLA fuses the "
        "same formulas as it likes; there a run has the bits of every other one, and those of a plain call up to "
        "rounding. With jax 0.12 a batch of one is held to 1e-12 mV.",
    ),
    Figure(
        "8",
        "float32 against float64",
        "A traced layer 5 pyramidal cell with HH in every compartment that fires for a second, and the gradient of "
        "figure 4's loss.",
    ),
    Figure(
        "9",
        "Linear solvers against the dense one",
        "Every back end, the native one too, on random forests of up to 2,000 nodes in random numbering with "
        "unsymmetric matrices: solution, forward and reverse derivative, relative to the largest value.",
    ),
    Figure(
        "10",
        "Damaged SWC files",
        "Real and synthetic files, each damaged in one to four places as editors, converters and disks do. Each is "
        "read and cut within a second of processor time, or refused by the reader's own error with file and line; "
        "the length of the cell is that of the file, or there is a warning. `pytest -m slow "
        "tests/property/test_swc_mutations.py` does it to 100,000.",
    ),
    Figure(
        "11",
        "Interrupted training",
        "Fits that are killed at random steps and resumed, by an exception or by signal 9, beside one that is not; "
        "and checkpoints of which one bit is flipped or the end is cut off.",
    ),
    Figure(
        "12",
        "Model files run no code",
        "Files that are not what `dendrax.save` writes: pickles, paths that lead outside, bombs, absurd shapes, "
        "mechanisms that nobody allowed, cut and flipped. Counted is what is not refused by an error of ours.",
    ),
    Figure(
        "13",
        "Ten thousand calls",
        "Of integrate, with other parameter values each time, in one process. Memory is the resident set from call "
        "1,000 on, when allocators have settled.",
    ),
    Figure(
        "NSuite",
        "The validation suite of Arbor",
        "Its four cases (`rallpack1` and `cable-steadystate` are measured under figure 1 too, to tighter bounds), "
        "at its default parameters and to its own criteria. In this figure the events of the 101 cells of "
        "`rc-exp2syn-spike` are given to them at the time of the first cell's spike plus their delay; the next figure "
        "has the same with connections.",
    ),
    Figure(
        "events",
        "Spikes, delays and connections",
        "On the grid of steps beside NEURON 9.0.2 at the same fixed step: rings of cells with HH in the soma, passive "
        "dendrites and ExpSyn, and three synapses that trains off the grid drive. Interpolated, beside spike times "
        "that are exact: roots of closed forms or of adaptive solutions. Voltages of NEURON are stored in float32. "
        "Gradients in float32 are those of a ring of three cells, each entry relative to its value in float64.",
    ),
    Figure(
        "published",
        "Published cells of NEURON",
        "Cells that NEURON 9 holds, with all their .mod files, read by `from_neuron` and simulated in float64 in the "
        "order of NEURON's step: Hay's layer 5 pyramidal cell over five spikes, and an all-active cell of the Allen "
        "Institute. Measured where their files are, see `tests/physics/test_published_cells.py`.",
    ),
    Figure(
        "fuzzing",
        "Inputs that nobody would write",
        "Made at random by hypothesis and by mutation: what comes out is what a slow and plain oracle says, or one of "
        "our own errors, and then nothing has changed. A case is a chain of selections, a plan of connections, a "
        "graph, a file or a document.",
    ),
    Figure(
        "compat",
        "Programs written for Jaxley",
        "All mechanisms of the library jaxley-mech, unchanged, on top of Dendrax: constructed, inserted, simulated, "
        "and differentiated by every parameter, beside Jaxley's own recordings (relative to the largest of each) and "
        "central differences.",
    ),
    Figure(
        "own",
        "Symmetries",
        "What follows from the equations and is exact for the discrete cable too, so that only rounding is left.",
    ),
)
