"""The low-threshold (T-type) calcium current of cortical and thalamic neurons."""

import jax

from dendrax.mechanisms.channel import Channel
from dendrax.mechanisms.exponentials import exp
from dendrax.mechanisms.gates import solve_inf_gate_exponential
from dendrax.mechanisms.value import Value, Values


class CaT(Channel):
    """Low-threshold calcium current, for rebound bursts.

    Current [mA/cm2], v [mV], w = v + vx [mV]:

        i_Ca = gCaT s_inf^2 u (v - eCa)
        s_inf = 1 / (1 + exp(-(w + 57) / 6.2))    [1], reached at once
        du/dt = (u_inf - u) / tau_u    [1]
        u_inf = 1 / (1 + exp((w + 81) / 4))    [1]
        tau_u = (30.8 + 211.4 + exp((w + 113.2) / 5)) / (3.7 (1 + exp((w + 84) / 3.2)))    [ms]

    tau_u is that of the reference simulator; Destexhe et al. (1996) have the 30.8 ms outside of the fraction.

    Parameters: <name>_gCaT 4e-5 [S/cm2]; <name>_vx 2 [mV]; shared by all channels: eCa 120 [mV].
    State (prefixed by the name): u, 0.2 until `init_states` is called [1].

    Args:
        name: Prefix of gCaT, vx and the state; "CaT" by default. The current is "i_Ca" under any name.

    Example:
        ```python
        cell.insert(CaT())
        cell.set("CaT_vx", 0.0)
        ```

    References:
        Pospischil M, Toledo-Rodriguez M, Monier C, Piwkowska Z, Bal T, Fregnac Y, Markram H, Destexhe A (2008).
        Minimal Hodgkin-Huxley type models for different classes of cortical and thalamic neurons. Biological
        Cybernetics 99:427-441; kinetics of Destexhe A, Contreras D, Sejnowski TJ, Steriade M (1996). Ionic
        mechanisms underlying synchronized oscillations and propagating waves in a model of ferret thalamic slices.
        Journal of Neurophysiology 76:2049-2070.
    """

    def __init__(self, name: str | None = None) -> None:
        self.current_is_in_mA_per_cm2 = True
        super().__init__(name)
        self.channel_params = {
            f"{self.name}_gCaT": 4e-5,  # S/cm2
            f"{self.name}_vx": 2.0,  # mV
            "eCa": 120.0,
        }
        self.channel_states = {f"{self.name}_u": 0.2}
        self.current_name = "i_Ca"

    def update_states(self, states: Values, dt: Value, v: Value, params: Values) -> Values:
        """Advance u by `dt` [ms] at voltage `v` [mV], exactly for constant voltage."""
        u = f"{self.name}_u"
        return {u: solve_inf_gate_exponential(states[u], dt, *self.u_gate(v, params[f"{self.name}_vx"]))}

    def compute_current(self, states: Values, v: Value, params: Values) -> Value:
        """Outward current [mA/cm2] at voltage `v` [mV]."""
        s_inf = jax.nn.sigmoid((v + params[f"{self.name}_vx"] + 57.0) / 6.2)
        return params[f"{self.name}_gCaT"] * (s_inf * s_inf) * states[f"{self.name}_u"] * (v - params["eCa"])

    def init_state(self, states: Values, v: Value, params: Values, delta_t: Value) -> Values:
        """u in equilibrium at voltage `v` [mV]."""
        del states, delta_t
        u_inf, _ = self.u_gate(v, params[f"{self.name}_vx"])
        return {f"{self.name}_u": u_inf}

    @staticmethod
    def u_gate(v: Value, vx: Value) -> tuple[Value, Value]:
        """Steady state [1] and time constant [ms] of u at voltage `v` and shift `vx` [mV].

        Numerator and denominator of tau_u reach 1e18 and 1e25 in the physiological range, where the quotient rule
        squares them out of float32; a product with a sigmoid has no such derivative.
        """
        w = v + vx
        u_inf = jax.nn.sigmoid(-(w + 81.0) / 4.0)
        tau = (242.2 + exp((w + 113.2) / 5.0)) * jax.nn.sigmoid(-(w + 84.0) / 3.2) / 3.7
        return u_inf, tau
