"""The delayed-rectifier potassium current of cortical and thalamic neurons."""

from dendrax.mechanisms.channel import Channel
from dendrax.mechanisms.exponentials import exp
from dendrax.mechanisms.gates import solve_gate_exponential, steady_state, x_over_expm1
from dendrax.mechanisms.value import Gate, Value, Values


class K(Channel):
    """Delayed-rectifier potassium current of Traub and Miles with shifted threshold.

    Current [mA/cm2], v [mV], w = v - vt [mV]:

        i_K = gK n^4 (v - eK)
        dn/dt = alpha_n (1 - n) - beta_n n    [1]

    Rates [1/ms]:

        alpha_n = 0.032 (w - 15) / (1 - exp(-(w - 15) / 5))     beta_n = 0.5 exp(-(w - 10) / 40)

    Parameters: <name>_gK 0.005 [S/cm2]; shared by all channels: eK -90, vt -60 [mV].
    State (prefixed by the name): n, 0.2 until `init_states` is called [1].

    Args:
        name: Prefix of gK and the state; "K" by default. The current is "i_K" under any name.

    Example:
        ```python
        cell.insert(K())
        cell.set("K_gK", 0.01)
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
            f"{self.name}_gK": 5e-3,  # S/cm2
            "eK": -90.0,  # mV
            "vt": -60.0,
        }
        self.channel_states = {f"{self.name}_n": 0.2}
        self.current_name = "i_K"

    def update_states(self, states: Values, dt: Value, v: Value, params: Values) -> Values:
        """Advance n by `dt` [ms] at voltage `v` [mV], exactly for constant voltage."""
        n = f"{self.name}_n"
        return {n: solve_gate_exponential(states[n], dt, *self.n_gate(v, params["vt"]))}

    def compute_current(self, states: Values, v: Value, params: Values) -> Value:
        """Outward current [mA/cm2] at voltage `v` [mV]."""
        n = states[f"{self.name}_n"]
        return params[f"{self.name}_gK"] * (n * n) * (n * n) * (v - params["eK"])

    def init_state(self, states: Values, v: Value, params: Values, delta_t: Value) -> Values:
        """n in equilibrium at voltage `v` [mV]."""
        del states, delta_t
        return {f"{self.name}_n": steady_state(*self.n_gate(v, params["vt"]))}

    @staticmethod
    def n_gate(v: Value, vt: Value) -> Gate:
        """Opening and closing rate of n [1/ms] at voltage `v` and threshold `vt` [mV].

        Both exponentials come from q = exp(-(w - 10) / 40): exp(-(w - 15) / 5) = q^8 e.
        """
        w = v - vt
        q = exp(-(w - 10.0) / 40.0)
        q2 = q * q
        q4 = q2 * q2
        alpha = (0.032 * 5.0) * x_over_expm1(-(w - 15.0) / 5.0, (q4 * q4) * 2.718281828459045)
        return alpha, 0.5 * q
