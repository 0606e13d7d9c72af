"""Closed forms of the passive cable, in SI where they come so and in mV, ms, um where a test calls them.

Nothing here knows the simulator.
"""

import numpy as np
from scipy.special import iv, kv

TAU = 40.0
"""Membrane time constant of the Rallpacks, 4 ohm m2 times 0.01 F/m2 [ms]."""

E_REST = -65.0
"""Resting potential of the Rallpacks [mV]."""

INJECTED = 0.1
"""Current of the Rallpacks [nA]."""


def charged_cylinder(
    x: np.ndarray, time: np.ndarray, *, length: float, diameter: float, n_terms: int = 400
) -> np.ndarray:
    """Voltage of a sealed cylinder after a current step into x = 0.

    V = E + A (cosh(b - X) / sinh(b) - (2 / b) (exp(-T) / 2 + sum_k cos(k pi X / b) exp(-(1 + (k pi / b)^2) T) /
    (1 + (k pi / b)^2))), X = x / lambda, b = length / lambda, T = t / tau, A = lambda I R_A / (pi r^2).

    Args:
        x: Places [um]. (place,)
        time: Times [ms], not negative. (time,)
        length: Length of the cylinder [um].
        diameter: Its diameter [um].
        n_terms: Terms of the series.

    Returns:
        Voltage [mV]. (place, time)

    References:
        Bhalla, Bilitch and Bower (1992), Rallpacks: a set of benchmarks for neuronal simulators, Trends in
        Neurosciences 15: 453-458; the series is that of Rall (1969), Biophysical Journal 9: 1483-1508.
    """
    radius = diameter / 2.0 * 1e-6  # [m]
    space_constant = np.sqrt(4.0 / 1.0 * radius / 2.0)  # [m], R_M 4 ohm m2 and R_A 1 ohm m
    b = length * 1e-6 / space_constant
    places = np.asarray(x)[:, None] * 1e-6 / space_constant
    decay = np.asarray(time)[None, :] / TAU
    amplitude = space_constant * INJECTED * 1e-9 * 1.0 / (np.pi * radius**2) * 1e3  # [mV]
    rest = np.exp(-decay) / 2.0
    for k in range(1, n_terms + 1):
        rate = 1.0 + (k * np.pi / b) ** 2
        rest = rest + np.cos(k * np.pi * places / b) * np.exp(-rate * decay) / rate
    return E_REST + amplitude * (np.cosh(b - places) / np.sinh(b) - 2.0 / b * rest)


def tapered_steady_state(
    x: np.ndarray, *, length: float = 1000.0, diameters: tuple[float, float] = (1.0, 1.7), current: float = INJECTED
) -> np.ndarray:
    """Steady voltage above rest of a sealed cable of linear taper, with a current into its wide end (x = length).

    Args:
        x: Places from the narrow end [um]. (place,)
        length: Length of the cable [um].
        diameters: Diameters of the narrow and the wide end [um].
        current: Injected current [nA].

    Returns:
        Voltage [mV]. (place,)

    References:
        The problem "cable-steadystate" of NSuite (Arbor's validation suite); Bessel solution of
        (r^2 V')' = 2 R_A / R_M r V / cos(theta), R_A 1 ohm m, R_M 4 ohm m2.
    """
    r0, r1 = diameters[0] / 2.0 * 1e-6, diameters[1] / 2.0 * 1e-6  # [m]
    slope = (r1 - r0) / (length * 1e-6)
    sin_theta = np.sqrt(1.0 - 1.0 / (1.0 + slope**2))
    scale = 4.0 * sin_theta / 2.0  # [m]
    a, b = r0 / slope / scale, r1 / slope / scale
    y = (r0 + slope * np.asarray(x) * 1e-6) / slope / scale
    root_a, root_b, root_y = 2.0 * np.sqrt(a), 2.0 * np.sqrt(b), 2.0 * np.sqrt(y)
    shape = kv(2, root_a) * iv(1, root_y) + iv(2, root_a) * kv(1, root_y)
    shape /= kv(2, root_a) * iv(2, root_b) - iv(2, root_a) * kv(2, root_b)
    return scale * current * 1e-9 / (np.pi * r1**2) * b / np.sqrt(y) * shape * 1e3
