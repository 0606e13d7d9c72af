"""The slow, non-inactivating potassium current of cortical neurons."""

from dendrax.mechanisms.channel import Channel
from dendrax.mechanisms.exponentials import exp
from dendrax.mechanisms.gates import solve_inf_gate_exponential
from dendrax.mechanisms.rates import quotient
from dendrax.mechanisms.value import Value, Values


class Km(Channel):
    """Slow potassium current (M-current), responsible for spike-frequency adaptation.

    Current [mA/cm2], v [mV]:

        i_K = gKm p (v - eK)
        dp/dt = (p_inf - p) / tau_p    [1]
        p_inf = 1 / (1 + exp(-(v + 35) / 10))    [1]
        tau_p = taumax / (3.3 exp((v + 35) / 20) + exp(-(v + 35) / 20))    [ms]

    Parameters: <name>_gKm 4e-6 [S/cm2]; <name>_taumax 4000 [ms]; shared by all channels: eK -90 [mV].
    State (prefixed by the name): p, 0.2 until `init_states` is called [1].

    Args:
        name: Prefix of gKm, taumax and the state; "Km" by default. The current is "i_K" under any name.

    Example:
        ```python
        cell.insert(Km())
        cell.set("Km_taumax", 1000.0)
        ```

    References:
        Pospischil M, Toledo-Rodriguez M, Monier C, Piwkowska Z, Bal T, Fregnac Y, Markram H, Destexhe A (2008).
        Minimal Hodgkin-Huxley type models for different classes of cortical and thalamic neurons. Biological
        Cybernetics 99:427-441; kinetics of Yamada WM, Koch C, Adams PR (1989). Multiple channels and calcium
        dynamics. In: Methods in Neuronal Modeling.
    """

    def __init__(self, name: str | None = None) -> None:
        self.current_is_in_mA_per_cm2 = True
        super().__init__(name)
        self.channel_params = {
            f"{self.name}_gKm": 4e-6,  # S/cm2
            f"{self.name}_taumax": 4000.0,  # ms
            "eK": -90.0,  # mV
        }
        self.channel_states = {f"{self.name}_p": 0.2}
        self.current_name = "i_K"

    def update_states(self, states: Values, dt: Value, v: Value, params: Values) -> Values:
        """Advance p by `dt` [ms] at voltage `v` [mV], exactly for constant voltage."""
        p = f"{self.name}_p"
        return {p: solve_inf_gate_exponential(states[p], dt, *self.p_gate(v, params[f"{self.name}_taumax"]))}

    def compute_current(self, states: Values, v: Value, params: Values) -> Value:
        """Outward current [mA/cm2] at voltage `v` [mV]."""
        return params[f"{self.name}_gKm"] * states[f"{self.name}_p"] * (v - params["eK"])

    def init_state(self, states: Values, v: Value, params: Values, delta_t: Value) -> Values:
        """p in equilibrium at voltage `v` [mV]."""
        del states, delta_t
        p_inf, _ = self.p_gate(v, params[f"{self.name}_taumax"])
        return {f"{self.name}_p": p_inf}

    @staticmethod
    def p_gate(v: Value, taumax: Value) -> tuple[Value, Value]:
        """Steady state [1] and time constant [ms] of p at voltage `v` [mV].

        The exponential is held where its square would overflow: tau is next to nothing there.
        """
        e = exp(-(v + 35.0) / 20.0, 2)
        return quotient(1.0, 1.0 + e * e), quotient(taumax * e, 3.3 + e * e)
