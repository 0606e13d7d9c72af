"""The high-threshold (L-type) calcium current of cortical and thalamic neurons."""

from dendrax.mechanisms.channel import Channel
from dendrax.mechanisms.exponentials import exp
from dendrax.mechanisms.gates import solve_gate_exponential, steady_state, x_over_expm1
from dendrax.mechanisms.rates import quotient
from dendrax.mechanisms.value import Gate, Value, Values


class CaL(Channel):
    """High-threshold calcium current, for bursts at depolarised levels.

    Current [mA/cm2], v [mV]:

        i_Ca = gCaL q^2 r (v - eCa)
        dx/dt = alpha_x (1 - x) - beta_x x    for x = q, r [1]

    Rates [1/ms]:

        alpha_q = 0.055 (v + 27) / (1 - exp(-(v + 27) / 3.8))   beta_q = 0.94 exp(-(v + 75) / 17)
        alpha_r = 0.000457 exp(-(v + 13) / 50)                  beta_r = 0.0065 / (1 + exp(-(v + 15) / 28))

    Parameters: <name>_gCaL 1e-4 [S/cm2]; shared by all channels: eCa 120 [mV].
    States (prefixed by the name): q, r, each 0.2 until `init_states` is called [1].

    Args:
        name: Prefix of gCaL and the states; "CaL" by default. The current is "i_Ca" under any name.

    Example:
        ```python
        cell.insert(CaL())
        cell.set("CaL_gCaL", 2e-4)
        ```

    References:
        Pospischil M, Toledo-Rodriguez M, Monier C, Piwkowska Z, Bal T, Fregnac Y, Markram H, Destexhe A (2008).
        Minimal Hodgkin-Huxley type models for different classes of cortical and thalamic neurons. Biological
        Cybernetics 99:427-441; kinetics of Reuveni I, Friedman A, Amitai Y, Gutnick MJ (1993). Stepwise
        repolarization from Ca2+ plateaus in neocortical pyramidal cells. Journal of Neuroscience 13:4609-4621.
    """

    def __init__(self, name: str | None = None) -> None:
        self.current_is_in_mA_per_cm2 = True
        super().__init__(name)
        self.channel_params = {
            f"{self.name}_gCaL": 1e-4,  # S/cm2
            "eCa": 120.0,  # mV
        }
        self.channel_states = {f"{self.name}_q": 0.2, f"{self.name}_r": 0.2}
        self.current_name = "i_Ca"

    def update_states(self, states: Values, dt: Value, v: Value, params: Values) -> Values:
        """Advance q and r by `dt` [ms] at voltage `v` [mV], exactly for constant voltage."""
        del params
        q, r = f"{self.name}_q", f"{self.name}_r"
        return {
            q: solve_gate_exponential(states[q], dt, *self.q_gate(v)),
            r: solve_gate_exponential(states[r], dt, *self.r_gate(v)),
        }

    def compute_current(self, states: Values, v: Value, params: Values) -> Value:
        """Outward current [mA/cm2] at voltage `v` [mV]."""
        q, r = states[f"{self.name}_q"], states[f"{self.name}_r"]
        return params[f"{self.name}_gCaL"] * (q * q) * r * (v - params["eCa"])

    def init_state(self, states: Values, v: Value, params: Values, delta_t: Value) -> Values:
        """q and r in equilibrium at voltage `v` [mV]."""
        del states, params, delta_t
        gates = {"q": self.q_gate(v), "r": self.r_gate(v)}
        return {f"{self.name}_{gate}": steady_state(*rates) for gate, rates in gates.items()}

    @staticmethod
    def q_gate(v: Value) -> Gate:
        """Opening and closing rate of q [1/ms] at voltage `v` [mV]."""
        return (0.055 * 3.8) * x_over_expm1(-(v + 27.0) / 3.8), 0.94 * exp(-(v + 75.0) / 17.0)

    @staticmethod
    def r_gate(v: Value) -> Gate:
        """Opening and closing rate of r [1/ms] at voltage `v` [mV]."""
        return 0.000457 * exp(-(v + 13.0) / 50.0), quotient(0.0065, 1.0 + exp(-(v + 15.0) / 28.0))
