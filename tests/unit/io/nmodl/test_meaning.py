"""What statements mean where real files are rare: a few words of NMODL, and the numbers that follow."""

from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

from dendrax.io import nmodl

V = np.array([-80.0, -40.0, 0.0, 30.0])

RATE = 10 * np.array([4 / np.expm1(4), 1.0, -4 / np.expm1(-4), -7 / np.expm1(-7)])
"""(v + 40) / (1 - exp(-(v + 40) / 10)), with its limit at -40 mV."""

FILE = """
NEURON {{ SUFFIX tried NONSPECIFIC_CURRENT i RANGE a }}
PARAMETER {{ a = 2 }}
STATE {{ s x[2] }}
ASSIGNED {{ v i }}
INITIAL {{ s = 1 x[0] = 3 x[1] = 2 }}
BREAKPOINT {{ {current} }}
PROCEDURE jump() {{ state_discontinuity(s, 2 * a) }}
FUNCTION Exp(u) {{ Exp = 1 + 2 * u }}
"""


def current_of(folder: Path, statements: str) -> np.ndarray:
    """The current at the voltages `V` after INITIAL."""
    (folder / "tried.mod").write_text(FILE.format(current=statements))
    mechanism = nmodl.load(folder / "tried.mod")()
    states = {key: jnp.full(len(V), value) for key, value in mechanism.state_defaults.items()}
    params = {key: jnp.full(len(V), value) for key, value in mechanism.parameter_defaults.items()}
    params |= dict.fromkeys(("celsius", "diameter", "area"), jnp.ones(len(V)))
    states |= mechanism.initial(states, jnp.asarray(V), params, 0.025)
    return np.asarray(mechanism.currents(states, jnp.asarray(V), params)[None])


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ("i = (v + 40) / (1 - exp(-(v + 40) / 10))", RATE),
        ("i = x[0] / (exp(x[0]) - 1)", 3 / np.expm1(3) * np.ones(4)),
        ("i = x[0] / (exp(x[1]) - 1)", 3 / np.expm1(2) * np.ones(4)),  # entries of an array are different variables
        ("i = v / (Exp(v) - 1)", np.array([0.5, 0.5, 0.0, 0.5])),  # a FUNCTION of the file is not exp
        ("jump() i = s", 4 * np.ones(4)),
        ("state_discontinuity(s, 5) i = s * v", 5 * V),
        ("if (v > 0) { i = 1 } else if (v < -60) { i = 2 } else { i = 3 }", np.array([2.0, 3, 3, 1])),
        ("i = 1 / 4 * v", V / 4),
    ],
)
def test_currents_are_those_of_the_statements(tmp_path: Path, statements: str, expected: np.ndarray) -> None:
    np.testing.assert_allclose(current_of(tmp_path, statements), expected, rtol=1e-5)
