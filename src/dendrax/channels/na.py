"""The sodium current of cortical and thalamic neurons."""

from dendrax.mechanisms.channel import Channel
from dendrax.mechanisms.exponentials import exp
from dendrax.mechanisms.gates import solve_gate_exponential, steady_state, x_over_expm1
from dendrax.mechanisms.rates import quotient
from dendrax.mechanisms.value import Gate, Value, Values


class Na(Channel):
    """Fast sodium current of Traub and Miles with shifted threshold.

    Current [mA/cm2], v [mV], w = v - vt [mV]:

        i_Na = gNa m^3 h (v - eNa)
        dx/dt = alpha_x (1 - x) - beta_x x    for x = m, h [1]

    Rates [1/ms]:

        alpha_m = 0.32 (w - 13) / (1 - exp(-(w - 13) / 4))      beta_m = 0.28 (w - 40) / (exp((w - 40) / 5) - 1)
        alpha_h = 0.128 exp(-(w - 17) / 18)                     beta_h = 4 / (1 + exp(-(w - 40) / 5))

    Parameters: <name>_gNa 0.05 [S/cm2]; shared by all channels: eNa 50, vt -60 [mV].
    States (prefixed by the name): m, h, each 0.2 until `init_states` is called [1].

    Args:
        name: Prefix of gNa and the states; "Na" by default. The current is "i_Na" under any name.

    Example:
        ```python
        cell.insert(Na())
        cell.set("vt", -56.2)  # threshold of K, too
        ```

    References:
        Pospischil M, Toledo-Rodriguez M, Monier C, Piwkowska Z, Bal T, Fregnac Y, Markram H, Destexhe A (2008).
        Minimal Hodgkin-Huxley type models for different classes of cortical and thalamic neurons. Biological
        Cybernetics 99:427-441; kinetics of Traub RD, Miles R (1991). Neuronal Networks of the Hippocampus.
    """

    def __init__(self, name: str | None = None) -> None:
        self.current_is_in_mA_per_cm2 = True
        super().__init__(name)
        self.channel_params = {
            f"{self.name}_gNa": 50e-3,  # S/cm2
            "eNa": 50.0,  # mV
            "vt": -60.0,
        }
        self.channel_states = {f"{self.name}_m": 0.2, f"{self.name}_h": 0.2}
        self.current_name = "i_Na"

    def update_states(self, states: Values, dt: Value, v: Value, params: Values) -> Values:
        """Advance m and h by `dt` [ms] at voltage `v` [mV], exactly for constant voltage."""
        return {
            f"{self.name}_{gate}": solve_gate_exponential(states[f"{self.name}_{gate}"], dt, alpha, beta)
            for gate, (alpha, beta) in _rates(v, params["vt"]).items()
        }

    def compute_current(self, states: Values, v: Value, params: Values) -> Value:
        """Outward current [mA/cm2] at voltage `v` [mV]."""
        m, h = states[f"{self.name}_m"], states[f"{self.name}_h"]
        return params[f"{self.name}_gNa"] * (m * m * m) * h * (v - params["eNa"])

    def init_state(self, states: Values, v: Value, params: Values, delta_t: Value) -> Values:
        """m and h in equilibrium at voltage `v` [mV]."""
        del states, delta_t
        rates = _rates(v, params["vt"])
        return {f"{self.name}_{gate}": steady_state(*pair) for gate, pair in rates.items()}

    @staticmethod
    def m_gate(v: Value, vt: Value) -> Gate:
        """Opening and closing rate of m [1/ms] at voltage `v` and threshold `vt` [mV]."""
        return _rates(v, vt)["m"]

    @staticmethod
    def h_gate(v: Value, vt: Value) -> Gate:
        """Opening and closing rate of h [1/ms] at voltage `v` and threshold `vt` [mV]."""
        return _rates(v, vt)["h"]


def _rates(v: Value, vt: Value) -> dict[str, Gate]:
    """All rates [1/ms] at voltage `v` and threshold `vt` [mV]; both betas share an exponential."""
    w = v - vt
    e = exp(-(w - 40.0) / 5.0)
    alpha_m = (0.32 * 4.0) * x_over_expm1(-(w - 13.0) / 4.0)
    beta_m = (0.28 * 5.0) * x_over_expm1((w - 40.0) / 5.0, 1.0 / e)
    alpha_h = 0.128 * exp(-(w - 17.0) / 18.0)
    beta_h = quotient(4.0, 1.0 + e)
    return {"m": (alpha_m, beta_m), "h": (alpha_h, beta_h)}
