"""Spike times of models of `event_cases.py` without a simulator: roots of closed forms and of adaptive solutions."""

import event_cases as cases
import numpy as np
from scipy.integrate import quad, solve_ivp
from scipy.optimize import brentq
from scipy.special import exprel

SOMA_AREA = np.pi * cases.SOMA**2 * 1e-8  # [cm2]
AFTER = 4.0
"""A soma fires within this time of an arrival [ms]."""


def rc_latency(case: cases.RC) -> float:
    """From an event to the crossing of the threshold, in a cell at rest [ms].

    With u = v - rest and an Exp2Syn of conductance g, whose integral is G,

        C u' = -(1 / R + g) u - g rest
        u(t) = -(rest / C) int_0^t g(s) exp(-(t - s) / (R C) - (G(t) - G(s)) / C) ds
    """
    tau1, tau2, capacitance = case.tau1, case.tau2, case.capacitance
    peak = tau1 * tau2 / (tau2 - tau1) * np.log(tau2 / tau1)
    scale = case.weight / (np.exp(-peak / tau2) - np.exp(-peak / tau1))

    def conductance(t: float) -> float:
        return scale * (np.exp(-t / tau2) - np.exp(-t / tau1))

    def integral(t: float) -> float:
        return scale * (tau1 * np.expm1(-t / tau1) - tau2 * np.expm1(-t / tau2))

    def above(t: float) -> float:
        def integrand(s: float) -> float:
            decay = (t - s) / (case.resistance * capacitance) + (integral(t) - integral(s)) / capacitance
            return conductance(s) * np.exp(-decay)

        rise, _ = quad(integrand, 0.0, t, epsabs=1e-13, epsrel=1e-13)
        return case.rest * (1.0 - rise / capacitance) - case.threshold

    return brentq(above, 0.1, 2.0, xtol=1e-13)


def rc_spikes(case: cases.RC) -> np.ndarray:
    """Spikes of all 101 cells [ms]."""
    latency = rc_latency(case)
    first = case.event + latency
    return np.concatenate([[first], first + case.delays + latency])


def chain_spikes(case: cases.Chain) -> np.ndarray:
    """Spikes of the somata [ms]: each is a system of four equations, and receives one spike."""
    times, time = [], case.kick
    for delay in case.delays:
        time = _crossing(time + delay, case)
        times.append(time)
    return np.asarray(times)


def _crossing(arrival: float, case: cases.Chain) -> float:
    """When a soma that receives an event crosses the threshold [ms]."""
    options = {"method": "DOP853", "rtol": 1e-11, "atol": 1e-11}
    begin = np.asarray([cases.V_INIT, *(opening / (opening + closing) for opening, closing in _rates(cases.V_INIT))])
    before = solve_ivp(lambda _, y: _slope(y, 0.0), (0.0, arrival), begin, **options)

    def driven(t: float, y: np.ndarray) -> np.ndarray:
        return _slope(y, case.weight * np.exp(-(t - arrival) / case.tau))

    after = solve_ivp(driven, (arrival, arrival + AFTER), before.y[:, -1], dense_output=True, **options).sol
    coarse = np.linspace(arrival, arrival + AFTER, 401)
    at = int(np.argmax(after(coarse)[0] > case.threshold))
    return brentq(lambda t: after(t)[0] - case.threshold, coarse[at - 1], coarse[at], xtol=1e-13)


def _slope(y: np.ndarray, conductance: float) -> np.ndarray:
    """Of the squid membrane with a conductance [uS] of reversal 0 mV: v [mV/ms], m, h and n [1/ms]."""
    v, m, h, n = y
    current = 0.12 * m**3 * h * (v - 50.0) + 0.036 * n**4 * (v + 77.0) + 0.0003 * (v + 54.3)  # [mA/cm2]
    current += conductance * v * 1e-6 / SOMA_AREA
    gates = [opening * (1.0 - x) - closing * x for (opening, closing), x in zip(_rates(v), (m, h, n), strict=True)]
    return np.asarray([-1e3 * current, *gates])


def _rates(v: float) -> tuple[tuple[float, float], ...]:
    """Opening and closing rates of m, h and n [1/ms]; x / (exp(x) - 1) is 1 / exprel(x)."""
    return (
        (1.0 / exprel(-(v + 40.0) / 10.0), 4.0 * np.exp(-(v + 65.0) / 18.0)),
        (0.07 * np.exp(-(v + 65.0) / 20.0), 1.0 / (1.0 + np.exp(-(v + 35.0) / 10.0))),
        (0.1 / exprel(-(v + 55.0) / 10.0), 0.125 * np.exp(-(v + 65.0) / 80.0)),
    )
