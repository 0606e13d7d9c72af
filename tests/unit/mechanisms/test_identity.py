"""What counts as the same value in a mechanism."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dendrax.mechanisms.identity import same_value


def make_function(scale, offset=0.0):
    table = np.arange(3.0)

    def function(x, power=2):
        return scale * x**power + table.sum() + offset

    return function


class Odd:
    def __eq__(self, other):
        raise RuntimeError

    __hash__ = None


def cycle():
    outer = {"x": 1}
    outer["self"] = outer
    return outer


SAME = {
    "numbers": lambda: 1.5,
    "nan": lambda: float("nan"),
    "strings": lambda: str(12),
    "containers": lambda: {"a": [1, (2.0, "c")], "b": {3}},
    "numpy": lambda: np.array([1.0, np.nan]),
    "object arrays": lambda: np.array([{"a": 1}, None], dtype=object),
    "numpy scalar": lambda: np.float32(1.5),
    "jax": lambda: jnp.arange(3),
    "closures": lambda: make_function(2.0),
    "lambdas": lambda: lambda x: x + 1,
    "partials": lambda: functools.partial(make_function(1.0), power=3),
    "methods": lambda: "abc".upper,
    "bound methods": lambda: functools.partial([1, 2].index, 2),
    "transformed": lambda: jax.vmap(make_function(2.0)),
    "cycles": cycle,
}


@pytest.mark.parametrize("name", SAME)
def test_made_twice_is_the_same(name):
    assert same_value(SAME[name](), SAME[name]())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1.0),
        (1, True),
        (0.0, None),
        ([1], (1,)),
        ([1, 2], [1]),
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, {"b": 1}),
        (np.zeros(2), np.zeros(3)),
        (np.zeros(2), np.zeros(2, np.float32)),
        (np.zeros(2), jnp.zeros(2)),
        (np.zeros(2), np.array([0.0, 1.0])),
        (make_function(1.0), make_function(2.0)),
        (make_function(1.0), make_function(1.0, offset=1.0)),
        (lambda x: x, lambda x: x),
        (functools.partial(max, 1), functools.partial(max, 2)),
        ("a".upper, "b".upper),
        (Odd(), Odd()),
        (object(), object()),
    ],
)
def test_different_is_different(one, other):
    assert not same_value(one, other)
    assert same_value(one, one)


def test_traced_values_are_equal_to_themselves_alone():
    @jax.jit
    def inside(x, y):
        assert same_value(x, x)
        assert not same_value(x, y)
        return x

    inside(1.0, 1.0)
