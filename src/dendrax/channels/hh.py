"""The squid axon's sodium, potassium and leak currents of Hodgkin and Huxley."""

from dendrax import arguments
from dendrax.mechanisms.channel import Channel
from dendrax.mechanisms.exponentials import exp
from dendrax.mechanisms.gates import solve_gate_exponential, steady_state, x_over_expm1
from dendrax.mechanisms.rates import quotient
from dendrax.mechanisms.temperature import q10_factor, temperature_of
from dendrax.mechanisms.value import Gate, Value, Values

MEASURED_AT = 6.3
"""Temperature of the experiments [celsius]."""


class HH(Channel):
    """Sodium, potassium and leak current of Hodgkin and Huxley, with rest at -65 mV.

    Current [mA/cm2], v [mV]:

        i_HH = gNa m^3 h (v - eNa) + gK n^4 (v - eK) + gLeak (v - eLeak)
        dx/dt = alpha_x (1 - x) - beta_x x    for x = m, h, n [1]

    Rates [1/ms]:

        alpha_m = 0.1 (v + 40) / (1 - exp(-(v + 40) / 10))      beta_m = 4 exp(-(v + 65) / 18)
        alpha_h = 0.07 exp(-(v + 65) / 20)                      beta_h = 1 / (1 + exp(-(v + 35) / 10))
        alpha_n = 0.01 (v + 55) / (1 - exp(-(v + 55) / 10))     beta_n = 0.125 exp(-(v + 65) / 80)

    Parameters (prefixed by the name): gNa 0.12, gK 0.036, gLeak 0.0003 [S/cm2]; eNa 50, eK -77, eLeak -54.3 [mV].
    States (prefixed by the name): m, h, n, each 0.2 until `init_states` is called [1].

    Args:
        name: Prefix of parameters and states; "HH" by default. The current is "i_HH" under any name.
        q10: Factor of the rates for every 10 degrees of `temperature` above 6.3 celsius, where they were measured; 3
            for the squid, as in NEURON [1]. None: the same rates at any temperature.

    Raises:
        ModelTypeError: `q10` is no number.
        ModelValueError: `q10` is not positive and finite.

    Example:
        ```python
        cell.insert(HH(q10=3.0))
        cell.set("HH_gNa", 0.1)
        cell.set("temperature", 16.3)  # three times as fast
        ```

    References:
        Hodgkin AL, Huxley AF (1952). A quantitative description of membrane current and its application to
        conduction and excitation in nerve. Journal of Physiology 117:500-544, eq. 7-26; with the voltages of
        Sterratt D, Graham B, Gillies A, Einevoll G, Willshaw D (2023). Principles of Computational Modelling in
        Neuroscience, 2nd ed. The factor of 3 is in the former, too.
    """

    q10: float | None = None

    def __init__(self, name: str | None = None, *, q10: float | None = None) -> None:
        self.current_is_in_mA_per_cm2 = True
        super().__init__(name)
        if q10 is not None:  # without it the channel is, and is saved as, what it always was
            self.q10 = arguments.positive("HH: q10", q10)
        prefix = self.name
        self.channel_params = {
            f"{prefix}_gNa": 0.12,  # S/cm2
            f"{prefix}_gK": 0.036,
            f"{prefix}_gLeak": 0.0003,
            f"{prefix}_eNa": 50.0,  # mV
            f"{prefix}_eK": -77.0,
            f"{prefix}_eLeak": -54.3,
        }
        self.channel_states = {f"{prefix}_m": 0.2, f"{prefix}_h": 0.2, f"{prefix}_n": 0.2}
        self.current_name = "i_HH"

    def update_states(self, states: Values, dt: Value, v: Value, params: Values) -> Values:
        """Advance m, h and n by `dt` [ms] at voltage `v` [mV], exactly for constant voltage."""
        if self.q10 is not None:  # rates that are as many times larger do in this time what they did in a longer one
            dt = dt * q10_factor(self.q10, temperature_of(params), MEASURED_AT)
        return {
            f"{self.name}_{gate}": solve_gate_exponential(states[f"{self.name}_{gate}"], dt, alpha, beta)
            for gate, (alpha, beta) in _rates(v).items()
        }

    def compute_current(self, states: Values, v: Value, params: Values) -> Value:
        """Outward current [mA/cm2] at voltage `v` [mV]."""
        prefix = self.name
        m, h, n = states[f"{prefix}_m"], states[f"{prefix}_h"], states[f"{prefix}_n"]
        sodium = params[f"{prefix}_gNa"] * (m * m * m) * h
        potassium = params[f"{prefix}_gK"] * (n * n) * (n * n)
        leak = params[f"{prefix}_gLeak"]
        return (
            sodium * (v - params[f"{prefix}_eNa"])
            + potassium * (v - params[f"{prefix}_eK"])
            + leak * (v - params[f"{prefix}_eLeak"])
        )

    def init_state(self, states: Values, v: Value, params: Values, delta_t: Value) -> Values:
        """m, h and n in equilibrium at voltage `v` [mV]."""
        del states, params, delta_t
        return {f"{self.name}_{gate}": steady_state(*rates) for gate, rates in _rates(v).items()}

    @staticmethod
    def m_gate(v: Value) -> Gate:
        """Opening and closing rate of m [1/ms] at voltage `v` [mV]."""
        return _rates(v)["m"]

    @staticmethod
    def h_gate(v: Value) -> Gate:
        """Opening and closing rate of h [1/ms] at voltage `v` [mV]."""
        return _rates(v)["h"]

    @staticmethod
    def n_gate(v: Value) -> Gate:
        """Opening and closing rate of n [1/ms] at voltage `v` [mV]."""
        return _rates(v)["n"]


def _rates(v: Value) -> dict[str, Gate]:
    """All rates [1/ms] at voltage `v` [mV], from two exponentials.

    Five of the six exponents are multiples of q = exp(-(v + 65) / 80) up to a constant; three squarings cost less
    than an exponential and lose 8 ulp at most. Below -800 mV in float32 and -7500 mV in float64 the powers of q would
    overflow; they are held, where h is open and m and n are closed to the last digit.
    """
    q = exp(-(v + 65.0) / 80.0, 8)
    q4 = (q * q) * (q * q)  # exp(-(v + 65) / 20)
    q8 = q4 * q4  # exp(-(v + 65) / 10)
    alpha_m = x_over_expm1(-(v + 40.0) / 10.0, q8 * _E25)
    beta_m = 4.0 * exp(-(v + 65.0) / 18.0)
    alpha_h = 0.07 * q4
    beta_h = quotient(1.0, 1.0 + q8 * _E30)
    alpha_n = 0.1 * x_over_expm1(-(v + 55.0) / 10.0, q8 * _E10)
    beta_n = 0.125 * q
    return {"m": (alpha_m, beta_m), "h": (alpha_h, beta_h), "n": (alpha_n, beta_n)}


_E10, _E25, _E30 = 2.718281828459045, 12.182493960703473, 20.085536923187668  # exp of (65 - (55, 40, 35)) / 10


def _vtrap(x: Value, y: Value) -> Value:
    """x / (exp(x / y) - 1), finite at x = 0; under the name that users of the reference import."""
    return y * x_over_expm1(x / y)
