"""What mechanisms that depend on temperature are written with."""

from dendrax.mechanisms.constants import DEFAULT_TEMPERATURE
from dendrax.mechanisms.value import Value, Values


def temperature_of(params: Values) -> Value:
    """Temperature of the compartments that a mechanism is called for [celsius].

    Args:
        params: What the engine handed to the mechanism.

    Returns:
        Its entry "temperature"; 6.3 where there is none, as when a mechanism is called by hand [celsius].

    Example:
        ```python
        rate = 0.1 * q10_factor(3.0, temperature_of(params), 24.0)
        ```
    """
    return params.get("temperature", DEFAULT_TEMPERATURE)


def q10_factor(q10: Value, temperature: Value, reference: Value) -> Value:
    """How much faster a reaction runs than at the temperature it was measured at: q10^((temperature - reference) / 10).

    Args:
        q10: Factor per 10 degrees, positive [1].
        temperature: Temperature of the model [celsius].
        reference: Temperature at which the rates were measured [celsius].

    Returns:
        By what to multiply rates and to divide time constants [1].

    Example:
        ```python
        q10_factor(3.0, 16.3, 6.3)  # 3.0
        ```

    References:
        Hodgkin AL, Huxley AF, Katz B (1952). Measurement of current-voltage relations in the membrane of the giant
        axon of Loligo. Journal of Physiology 116:424-448, the effect of temperature.
    """
    return q10 ** ((temperature - reference) / 10.0)
