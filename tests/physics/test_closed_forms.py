"""The closed forms give the numbers that independent code gave for them."""

from collections.abc import Callable

import numpy as np
import pytest
from closed_forms import charged_cylinder, tapered_steady_state

RALLPACK1 = {
    1.0: (-42.471716, -64.999911),
    10.0: (1.473298, -54.270689),
    40.0: (55.340534, -3.497158),
    100.0: (91.729458, 32.890874),
    250.0: (101.935052, 43.096468),
    1e6: (102.180845, 43.342261),
}

RALLPACK2 = {
    0.1: (-64.885559, -64.963733),
    1.0: (-64.332979, -64.412514),
    10.0: (-59.446198, -59.525733),
    40.0: (-49.227422, -49.306957),
    100.0: (-42.120298, -42.199833),
    250.0: (-40.127018, -40.206553),
    1e6: (-40.079011, -40.158546),
}


@pytest.mark.parametrize(("length", "diameter", "golden"), [(1000.0, 1.0, RALLPACK1), (320.0, 16.0, RALLPACK2)])
def test_charged_cylinder(
    holds: Callable, length: float, diameter: float, golden: dict[float, tuple[float, float]]
) -> None:
    times = np.asarray(list(golden))
    v = charged_cylinder(np.asarray([0.0, length]), times, length=length, diameter=diameter, n_terms=20000)
    off = np.max(np.abs(v.T - np.asarray(list(golden.values()))))
    holds(1, "our closed forms beside independent values", off, at_most=1e-5, unit="mV")


def test_tapered_cable(holds: Callable) -> None:
    v = tapered_steady_state(np.asarray([0.0, 500.0, 1000.0]))
    off = np.max(np.abs(v - np.asarray([83.600055, 91.475480, 109.682229])))
    holds(1, "our closed forms beside independent values", off, at_most=1e-5, unit="mV")
