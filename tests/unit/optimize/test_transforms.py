"""Every transform keeps its contract: invertible, within its bounds, finite slopes, inside jit and vmap."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dendrax.errors import ModelValueError
from dendrax.optimize import transforms as tf

CUBE = tf.CustomTransform(lambda x: x**3, jnp.cbrt)
INPUTS = np.array([-9.0, -3.0, -0.5, -1e-6, 0.0, 0.7, 2.0, 9.0])

TRANSFORMS = {
    "identity": (tf.IdentityTransform(), lambda x: x),
    "sigmoid": (tf.SigmoidTransform(-1.0, 3.0), lambda x: -1.0 + 4.0 / (1.0 + np.exp(-x))),
    "logistic": (tf.LogisticTransform(-1.0, 3.0), lambda x: -1.0 + 4.0 / (1.0 + np.exp(-x * np.pi / np.sqrt(3)))),
    "softplus": (tf.SoftplusTransform(2.0), lambda x: 2.0 + np.log(1.0 + np.exp(x))),
    "neg_softplus": (tf.NegSoftplusTransform(2.0), lambda x: 2.0 - np.log(1.0 + np.exp(-x))),
    "affine": (tf.AffineTransform(-2.0, 3.0), lambda x: -2.0 * x + 3.0),
    "chain": (
        tf.ChainTransform([tf.AffineTransform(0.5, 1.0), tf.SoftplusTransform(2.0)]),
        lambda x: 2.0 + np.log(1.0 + np.exp(0.5 * x + 1.0)),
    ),
    "masked": (
        tf.MaskedTransform(INPUTS > 0.5, tf.SoftplusTransform(2.0)),
        lambda x: np.where(x > 0.5, 2.0 + np.log(1.0 + np.exp(x)), x),
    ),
    "custom": (CUBE, lambda x: x**3),
}


@pytest.fixture(params=TRANSFORMS, ids=str)
def case(request):
    return TRANSFORMS[request.param]


def test_forward_is_its_formula(case):
    transform, formula = case
    np.testing.assert_allclose(transform.forward(INPUTS), formula(INPUTS), rtol=1e-13)
    np.testing.assert_array_equal(transform(INPUTS), transform.forward(INPUTS))


def test_inverse_undoes_forward(case):
    transform, _ = case
    # Near its bounds a transform loses digits by 1 / slope: sigmoid'(9) = 1e-4, and pi / sqrt(3) makes 16 of 9.
    np.testing.assert_allclose(transform.inverse(transform.forward(INPUTS)), INPUTS, rtol=1e-8, atol=1e-14)


def test_jit_and_vmap_change_nothing(case):
    transform, _ = case
    plain = transform.forward(INPUTS)
    np.testing.assert_allclose(jax.jit(lambda t, x: t.forward(x))(transform, INPUTS), plain, rtol=1e-14)
    rows = jnp.stack([INPUTS, INPUTS[::-1]])
    np.testing.assert_allclose(jax.vmap(transform.forward)(rows)[0], plain, rtol=1e-14)


def test_slopes_are_those_of_central_differences(case):
    transform, _ = case
    h = 1e-5
    differences = (transform.forward(INPUTS + h) - transform.forward(INPUTS - h)) / (2 * h)
    slopes = jax.vjp(transform.forward, jnp.asarray(INPUTS))[1](jnp.ones(len(INPUTS)))[0]
    np.testing.assert_allclose(slopes, differences, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ["sigmoid", "logistic", "softplus", "neg_softplus"])
def test_far_inputs_give_finite_values_and_slopes(name, dtype):
    transform, _ = TRANSFORMS[name]
    far = jnp.asarray([-1e4, -100.0, 100.0, 1e4], dtype)
    value, vjp = jax.vjp(transform.forward, far)
    assert np.all(np.isfinite(value))
    assert np.all(np.isfinite(vjp(jnp.ones_like(value))[0]))


def test_bounded_transforms_rise_and_stay_within_their_bounds():
    x = jnp.linspace(-8.0, 8.0, 201)
    for name, low, high in [
        ("sigmoid", -1.0, 3.0),
        ("logistic", -1.0, 3.0),
        ("softplus", 2.0, np.inf),
        ("neg_softplus", -np.inf, 2.0),
    ]:
        y = np.asarray(TRANSFORMS[name][0].forward(x))
        assert np.all(np.diff(y) > 0), name
        assert y.min() > low, name
        assert y.max() < high, name


def test_a_masked_transform_hides_what_it_leaves_alone():
    # The inverse is NaN below the bound, and so would be its slope; unmasked entries must not see either.
    transform = tf.MaskedTransform(np.array([True, False]), tf.SoftplusTransform(2.0))
    value, vjp = jax.vjp(transform.inverse, jnp.array([3.0, -5.0]))
    slopes = vjp(jnp.ones(2))[0]
    np.testing.assert_allclose(value, [np.log(np.expm1(1.0)), -5.0], rtol=1e-14)
    np.testing.assert_allclose(slopes, [np.e / np.expm1(1.0), 1.0], rtol=1e-12)


def test_integer_bounds_are_numbers_too():
    np.testing.assert_allclose(tf.SigmoidTransform(0, 10).forward(0.0), 5.0)


def test_one_bound_per_value():
    transform = tf.SigmoidTransform(np.array([0.0, 1.0]), np.array([1.0, 3.0]))
    np.testing.assert_allclose(transform.forward(jnp.zeros(2)), [0.5, 2.0])


def test_param_transform_goes_through_a_parameter_list_and_back():
    transform = tf.ParamTransform([{"HH_gNa": tf.SigmoidTransform(0.0, 1.0)}, {"radius": tf.SoftplusTransform(0.1)}])
    params = [{"HH_gNa": jnp.array([0.12, 0.5])}, {"radius": jnp.array([1.0])}]
    there = transform.inverse(params)
    back = transform.forward(there)
    assert jax.tree.structure(there) == jax.tree.structure(params)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-14), back, params)
    np.testing.assert_allclose(there[0]["HH_gNa"], np.log([0.12 / 0.88, 1.0]), rtol=1e-13)


@pytest.mark.parametrize("params", [[{"HH_gK": 1.0}], [{"HH_gNa": 1.0}, {"HH_gK": 1.0}], []])
def test_parameters_of_another_structure_are_refused(params):
    transform = tf.ParamTransform([{"HH_gNa": tf.SigmoidTransform(0.0, 1.0)}])
    with pytest.raises(ModelValueError, match="one transform for each entry"):
        transform.forward(params)


@pytest.mark.parametrize("kind", [tf.SigmoidTransform, tf.LogisticTransform])
@pytest.mark.parametrize("bounds", [(1.0, 1.0), (2.0, 1.0), (np.array([0.0, 5.0]), 1.0), (np.nan, 1.0)])
def test_bounds_that_enclose_nothing_are_refused(kind, bounds):
    with pytest.raises(ValueError, match="lower < upper"):
        kind(*bounds)


def test_a_scale_of_zero_is_refused():
    with pytest.raises(ValueError, match="scale is 0"):
        tf.AffineTransform(np.array([1.0, 0.0]), 0.0)
