"""Spikes of a voltage trace, and how far two traces are apart. Nothing here knows a simulator."""

import itertools

import numpy as np

CONVERGENCE = {
    "dt": [(50, dt) for dt in (0.02, 0.01, 0.005, 0.0025, 0.00125)],
    "dx": [(n_comp, 0.02) for n_comp in (25, 50, 100, 200, 400)],
}
"""Compartments and time steps [ms] with which the first spike of Rallpack 3 is led to its limit."""


def spike_times(v: np.ndarray, dt: float) -> np.ndarray:
    """Upward crossings of 0 mV, interpolated [ms]."""
    at = np.flatnonzero((v[:-1] < 0.0) & (v[1:] >= 0.0))
    return dt * (at - v[at] / (v[at + 1] - v[at]))


def first_spike_time(v: np.ndarray, dt: float) -> float:
    """The first of these, through the four columns of the upstroke: a straight line would add an error of dt^2 [ms]."""
    after = int(np.argmax(v >= 0.0))
    assert v[after] >= 0.0, "there is no spike"
    columns = np.arange(after - 2, after + 2)
    return float(dt * np.polyval(np.polyfit(v[columns], columns, 3), 0.0))


def orders(values: list[float]) -> np.ndarray:
    """Orders of convergence, from three successive halvings each, without knowing the limit."""
    change = np.diff(values)
    return np.log2(change[:-1] / change[1:])


def limit(values: list[float], first: int, last: int) -> float:
    """What values at successive halvings tend to, if their errors are powers `first` to `last` of the step.

    References:
        Richardson (1911), Philosophical Transactions of the Royal Society A 210: 307-357.
    """
    row = np.asarray(values)
    for power in range(first, last + 1):
        row = row[1:] + (row[1:] - row[:-1]) / (2.0**power - 1.0)
    return float(row[-1])


def normalised_rms(ours: np.ndarray, theirs: np.ndarray, scale: float) -> float:
    """Root mean square of a difference over a scale."""
    return float(np.sqrt(np.mean((ours - theirs) ** 2)) / scale)


def spiking_distance(ours: np.ndarray, theirs: np.ndarray, dt: float, phases: int = 200) -> float:
    """Sum of the normalised root mean squares of intervals, of peak-to-peak heights and of shapes in scaled time.

    The shape of a spike is the trace from its upstroke to the next one at `phases` equidistant places, over its height.

    References:
        Bhalla, Bilitch and Bower (1992), Trends in Neurosciences 15: 453-458, the measure of Rallpack 3.
    """
    parts = []
    for v in (ours, theirs):
        times = spike_times(v, dt)
        shapes = [
            np.interp(np.linspace(begin, end, phases), dt * np.arange(v.size), v)
            for begin, end in itertools.pairwise(times)
        ]
        parts.append((np.diff(times), np.ptp(shapes, axis=1), np.asarray(shapes)))
    (intervals, heights, shapes), (expected, their_heights, their_shapes) = parts
    assert intervals.size == expected.size >= 3
    return (
        normalised_rms(intervals, expected, expected.mean())
        + normalised_rms(heights, their_heights, their_heights.mean())
        + normalised_rms(shapes, their_shapes, their_heights.mean())
    )
