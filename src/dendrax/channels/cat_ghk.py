"""The low-threshold (T-type) calcium current of thalamic relay cells, driven by electrodiffusion."""

import jax.numpy as jnp

from dendrax.mechanisms.channel import Channel
from dendrax.mechanisms.exponentials import exp
from dendrax.mechanisms.gates import solve_inf_gate_exponential
from dendrax.mechanisms.ions import ghk_current
from dendrax.mechanisms.rates import quotient
from dendrax.mechanisms.temperature import q10_factor, temperature_of
from dendrax.mechanisms.value import Value, Values

Kinetics = tuple[Value, Value]
"""Steady state [1] and time constant at 24 celsius [ms]."""

MEASURED_AT = 24.0
"""Temperature of the recordings that the kinetics are from [celsius]."""


class CaTGHK(Channel):
    """Low-threshold calcium current of thalamic relay cells, for rebound bursts, by the constant-field equation.

    Current [mA/cm2], v [mV], u = 2 F v / (R T) [1] at the temperature T of the compartment, w = v + shift:

        i_Ca = pbar m^2 h 2 F u (CaCon_i - CaCon_e exp(-u)) / (1 - exp(-u))
        dx/dt = (x_inf - x) / tau_x    for x = m, h [1]
        m_inf = 1 / (1 + exp(-(w + 57) / 6.2))
        h_inf = 1 / (1 + exp((w + 81) / 4))

    Time constants at 24 celsius [ms], divided by qm^((T - 24) / 10) for m and qh^((T - 24) / 10) for h:

        tau_m = 0.612 + 1 / (exp(-(w + 132) / 16.7) + exp((w + 16.8) / 18.2))
        tau_h = exp((w + 467) / 66.6) for w < -80, 28 + exp(-(w + 22) / 10.5) above    (it jumps by a sixth)

    The current is not proportional to a distance from a reversal potential: with 10^4 times more calcium outside
    it stays inward at any voltage that a cell reaches.

    Parameters (prefixed by the name): pbar 2e-4 [cm/s]; shift 2 [mV], by the calcium that screens the membrane; qm 5,
    qh 3 [1]. States: m, h (prefixed by the name), each 0.2 until `init_states` is called [1]; CaCon_i 5e-5, CaCon_e 2
    [mM], read.

    Args:
        name: Prefix of parameters and gates; "CaTGHK" by default. The current is "i_Ca" under any name.

    Example:
        ```python
        cell.set("temperature", 36.0)
        cell.insert(CaTGHK())
        cell.insert(CaPump())
        ```

    References:
        Huguenard JR, McCormick DA (1992). Simulation of the currents involved in rhythmic oscillations in thalamic
        relay neurons. Journal of Neurophysiology 68:1373-1383; as in Destexhe A, Neubig M, Ulrich D, Huguenard J
        (1998). Dendritic low-threshold calcium currents in thalamic relay cells. Journal of Neuroscience
        18:3574-3588; q10 of Coulter DA, Huguenard JR, Prince DA (1989). Journal of Physiology 414:587-604. The
        authors' own NEURON code is ModelDB accession 279; calcium there starts from 2.4e-4 mM inside.
    """

    def __init__(self, name: str | None = None) -> None:
        self.current_is_in_mA_per_cm2 = True
        super().__init__(name)
        prefix = self.name
        self.channel_params = {
            f"{prefix}_pbar": 2e-4,  # cm/s
            f"{prefix}_shift": 2.0,  # mV
            f"{prefix}_qm": 5.0,  # 1
            f"{prefix}_qh": 3.0,
        }
        self.channel_states = {f"{prefix}_m": 0.2, f"{prefix}_h": 0.2, "CaCon_i": 5e-5, "CaCon_e": 2.0}
        self.current_name = "i_Ca"

    def update_states(self, states: Values, dt: Value, v: Value, params: Values) -> Values:
        """Advance m and h by `dt` [ms] at voltage `v` [mV], exactly for constant voltage."""
        after, w = {}, v + params[f"{self.name}_shift"]
        for gate, kinetics in (("m", self.m_gate), ("h", self.h_gate)):
            steady, tau = kinetics(w)
            faster = q10_factor(params[f"{self.name}_q{gate}"], temperature_of(params), MEASURED_AT)
            key = f"{self.name}_{gate}"
            after[key] = solve_inf_gate_exponential(states[key], dt, steady, tau / faster)
        return after

    def compute_current(self, states: Values, v: Value, params: Values) -> Value:
        """Outward current [mA/cm2] at voltage `v` [mV]."""
        m, h = states[f"{self.name}_m"], states[f"{self.name}_h"]
        permeability = params[f"{self.name}_pbar"] * (m * m) * h
        return ghk_current(permeability, v, states["CaCon_i"], states["CaCon_e"], 2, temperature_of(params))

    def init_state(self, states: Values, v: Value, params: Values, delta_t: Value) -> Values:
        """m and h in equilibrium at voltage `v` [mV]."""
        del states, delta_t
        w = v + params[f"{self.name}_shift"]
        return {f"{self.name}_m": self.m_gate(w)[0], f"{self.name}_h": self.h_gate(w)[0]}

    @staticmethod
    def m_gate(w: Value) -> Kinetics:
        """Steady state [1] of m and its time constant at 24 celsius [ms] at shifted voltage `w` [mV]."""
        tau = 0.612 + quotient(1.0, exp(-(w + 132.0) / 16.7) + exp((w + 16.8) / 18.2))
        return quotient(1.0, 1.0 + exp(-(w + 57.0) / 6.2)), tau

    @staticmethod
    def h_gate(w: Value) -> Kinetics:
        """Steady state [1] of h and its time constant at 24 celsius [ms] at shifted voltage `w` [mV]."""
        tau = jnp.where(w < -80.0, exp((w + 467.0) / 66.6), 28.0 + exp(-(w + 22.0) / 10.5))
        return quotient(1.0, 1.0 + exp((w + 81.0) / 4.0)), tau
