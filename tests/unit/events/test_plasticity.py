"""Rules of plasticity, driven step by step, against sums over pairs and triplets and recursions from event to event."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dendrax.errors import MechanismError, ModelTypeError, ModelValueError
from dendrax.events import Happened, PairSTDP, Plasticity, TripletSTDP, TsodyksMarkram
from dendrax.mechanisms.plasticity import check_plasticity, decay_factor, repeated

T_MAX = 400.0  # ms
CLOSED = 1e-10  # relative, of a few hundred events in float64; what the issue asks for
RULES = (PairSTDP, TripletSTDP, TsodyksMarkram)


def train(rng, shortest, n=12):
    """Times of some spikes with gaps above `shortest` [ms]."""
    times = np.cumsum(shortest + rng.exponential(T_MAX / n, n))
    return times[times < T_MAX]


def trains(seed, n, shortest):
    """Pre- and postsynaptic times of n connections."""
    rng = np.random.default_rng(seed)
    return [train(rng, shortest) for _ in range(n)], [train(rng, shortest) for _ in range(n)]


def in_steps(times, dt):
    """Counts and phases. (step, n)"""
    n_steps = round(T_MAX / dt)
    count, phase = np.zeros((n_steps, len(times))), np.zeros((n_steps, len(times)))
    for at, row in enumerate(times):
        for t in row:
            step = min(int(t / dt), n_steps - 1)
            count[step, at] += 1
            phase[step, at] = t / dt - step
    assert count.max() <= 1
    return jnp.asarray(count), jnp.asarray(phase)


def run(rule, pre, post, dt, params=None, phases=None):
    """States after the run, and what each step has delivered. (step, n)"""
    params = rule.parameters if params is None else params
    n = len(pre)
    states = {name: jnp.full(n, value) for name, value in rule.states.items()}
    events = (Happened(*in_steps(pre, dt)), Happened(*in_steps(post, dt)))

    def body(states, now):
        return rule.step(states, dt, *now, params)

    return jax.lax.scan(body, states, events)


@pytest.mark.parametrize("dt", [5.0, pytest.param(1.0, marks=pytest.mark.slow), 0.25])
def test_pairs_are_the_double_sum(dt):
    rule = PairSTDP()
    pre, post = trains(0, 20, 5.0)
    states, sent = run(rule, pre, post, dt)
    A_plus, A_minus, tau_plus, tau_minus, _ = rule.parameters.values()
    for at in range(20):
        apart = post[at][None] - pre[at][:, None]  # (pre, post)
        change = np.where(
            apart >= 0, A_plus * np.exp(-np.abs(apart) / tau_plus), -A_minus * np.exp(-np.abs(apart) / tau_minus)
        )
        assert float(states["PairSTDP_w"][at]) == pytest.approx(1.0 + change.sum(), rel=CLOSED)
        delivered = np.asarray(sent[:, at])[np.asarray(sent[:, at]) > 0]
        both = np.maximum(pre[at][:, None], post[at][None])  # when each pair has acted
        expected = [1.0 + change[both < t].sum() for t in pre[at]]
        np.testing.assert_allclose(delivered, expected, rtol=CLOSED)


def test_the_nearest_pairs_alone():
    rule = PairSTDP(nearest=True)
    pre, post = trains(1, 20, 1.0)
    states, _ = run(rule, pre, post, 1.0)
    A_plus, A_minus, tau_plus, tau_minus, _ = rule.parameters.values()
    for at in range(20):
        w = 1.0
        for t in post[at]:
            w += A_plus * np.exp(-(t - pre[at][pre[at] <= t].max(initial=-np.inf)) / tau_plus)
        for t in pre[at]:
            w -= A_minus * np.exp(-(t - post[at][post[at] < t].max(initial=-np.inf)) / tau_minus)
        assert float(states["PairSTDP_w"][at]) == pytest.approx(w, rel=CLOSED)


@pytest.mark.parametrize("dt", [5.0, pytest.param(1.0, marks=pytest.mark.slow), 0.25])
def test_triplets_are_the_triple_sum(dt):
    rule = TripletSTDP()
    rule.parameters |= {"TripletSTDP_A2_plus": 3e-3, "TripletSTDP_A3_minus": 4e-3}  # all four terms count
    pre, post = trains(2, 20, 5.0)
    states, _ = run(rule, pre, post, dt)
    A2_plus, A3_plus, A2_minus, A3_minus, tau_plus, tau_x, tau_minus, tau_y, _ = rule.parameters.values()

    def trace(times, t, tau):
        """Of all spikes before t."""
        return np.exp(-(t - times[times < t]) / tau).sum()

    for at in range(20):
        w = 1.0
        for t in pre[at]:
            w -= trace(post[at], t, tau_minus) * (A2_minus + A3_minus * trace(pre[at], t, tau_x))
        for t in post[at]:
            w += trace(pre[at], t, tau_plus) * (A2_plus + A3_plus * trace(post[at], t, tau_y))
        assert float(states["TripletSTDP_w"][at]) == pytest.approx(w, rel=CLOSED)


KINDS = {
    "depressing": (0.5, 800.0, 0.0),
    "facilitating": (0.05, 130.0, 530.0),
    "facilitation alone": (0.3, 0.0, 100.0),
    "all is used": (1.0, 100.0, 0.0),
}
DAILY = {("depressing", 5.0), ("facilitating", 0.25), ("facilitation alone", 1.0), ("all is used", 5.0)}


@pytest.mark.parametrize(
    ("kind", "dt"),
    [
        pytest.param(kind, dt, marks=[] if (kind, dt) in DAILY else pytest.mark.slow)
        for kind in KINDS
        for dt in (5.0, 1.0, 0.25)
    ],
)
def test_short_term_plasticity_is_the_recursion_from_event_to_event(kind, dt):
    rule, (U, tau_rec, tau_facil) = TsodyksMarkram(), KINDS[kind]
    pre, post = trains(3, 10, 5.0)
    params = dict(zip(rule.parameters, (U, tau_rec, tau_facil), strict=True))
    _, sent = run(rule, pre, post, dt, params)

    def left(apart, tau):
        return np.exp(-apart / tau) if tau else 0.0

    for at in range(10):
        u, R, expected = U, 1.0, []
        for n, t in enumerate(pre[at]):
            if n:
                apart = t - pre[at][n - 1]
                R = R * (1.0 - u) * left(apart, tau_rec) + 1.0 - left(apart, tau_rec)
                u = u * left(apart, tau_facil) * (1.0 - U) + U
            expected.append(u * R)
        delivered = np.asarray(sent[:, at])
        np.testing.assert_allclose(delivered[delivered > 0], expected, rtol=CLOSED)


@pytest.mark.parametrize("made", RULES)
def test_events_at_once_are_events_in_a_row(made):
    rule = made()
    states = {name: jnp.array([0.3, 0.7]) for name in rule.states}
    count, zero = jnp.array([3.0, 0.0]), jnp.zeros(2)
    together, amount = rule.pre(states, count, rule.parameters)
    apart, sent = states, 0.0
    for _ in range(3):
        changed, now = rule.pre(apart, (count > 0) * 1.0, rule.parameters)
        apart, sent = apart | changed, sent + now
    for name, value in together.items():
        np.testing.assert_allclose(value, apart[name], rtol=1e-14)
    if made is TsodyksMarkram:
        np.testing.assert_allclose(amount, sent, rtol=1e-14)
    together, apart = states | rule.post(states, count, rule.parameters), states
    for _ in range(3):
        apart = apart | rule.post(apart, (count > 0) * 1.0, rule.parameters)
    for name, value in together.items():
        np.testing.assert_allclose(value, apart[name], rtol=1e-14)
    nothing, amount = rule.pre(states, zero, rule.parameters)
    for name, value in {**nothing, **rule.post(states, zero, rule.parameters)}.items():
        np.testing.assert_array_equal(value, states[name])
    assert amount.tolist() == [0.0, 0.0]


@pytest.mark.parametrize("made", RULES)
def test_the_phase_of_no_event_does_not_matter(made):
    rule = made()
    states = {name: jnp.array([0.3]) for name in rule.states}
    none, one = jnp.zeros(1), jnp.ones(1)
    results = [
        rule.step(states, 2.0, Happened(one, 0.3 * one), Happened(none, phase * one), rule.parameters)
        for phase in (0.0, 0.2, 0.9)
    ]
    for states_of, amount in results[1:]:
        np.testing.assert_allclose(amount, results[0][1], rtol=1e-14)
        for name, value in states_of.items():
            np.testing.assert_allclose(value, results[0][0][name], rtol=1e-14)


def test_a_presynaptic_event_at_the_same_time_is_first():
    rule, one = PairSTDP(), Happened(jnp.ones(1), jnp.full(1, 0.4))
    states, _ = rule.step(rule.states, 1.0, one, one, rule.parameters)
    assert float(states["PairSTDP_w"][0]) == pytest.approx(1.005, rel=1e-14)


def test_weights_stay_within_their_bounds():
    rule = PairSTDP()
    pre, post = trains(4, 30, 1.0)
    for A_plus, A_minus in ((0.9, 0.1), (0.1, 0.9)):
        rule.parameters |= {"PairSTDP_A_plus": A_plus, "PairSTDP_A_minus": A_minus}
        states, sent = run(rule, pre, post, 1.0)
        w = np.asarray(states["PairSTDP_w"])
        assert ((w >= 0.0) & (w <= 2.0)).all()
        assert ((w == 0.0) | (w == 2.0)).any()
        assert float(sent.max()) <= 2.0


@pytest.mark.parametrize(
    ("made", "pre_first"),
    [
        pytest.param(made, first, marks=[] if first and made is not TripletSTDP else pytest.mark.slow)
        for made in RULES
        for first in (True, False)
    ],
)
def test_what_is_delivered_is_differentiable_by_times_and_parameters(made, pre_first):
    rule = made()
    names, one = list(rule.parameters), jnp.ones(1)

    @jax.jit
    def total(values):
        params = dict(zip(names, values[2:], strict=True))
        states = {name: value * one for name, value in rule.states.items()}
        weighed = 0.0
        for step in range(3):
            events = [Happened(one, value * one) for value in values[:2]]
            states, amount = rule.step(states, 2.0, *events, params)
            weighed = weighed + (step + 1.0) * amount[0]
        return weighed + sum(value[0] for value in states.values())

    values = jnp.array([0.2, 0.7] if pre_first else [0.8, 0.3])
    values = jnp.concatenate([values, jnp.array([max(value, 1e-3) for value in rule.parameters.values()])])
    exact = jax.jit(jax.grad(total))(values)
    steps = 1e-5 * np.maximum(np.abs(values), 1e-4)
    slopes = [(total(values + shift) - total(values - shift)) / (2 * shift.max()) for shift in np.diag(steps)]
    np.testing.assert_allclose(exact, slopes, rtol=2e-5, atol=1e-7)


@pytest.mark.parametrize("made", RULES)
@pytest.mark.slow
def test_derivatives_are_finite_at_the_limits(made):
    rule = made()
    params = {
        name: jnp.array([0.0 if "tau" in name else 1.0 if name.endswith("_U") else value])
        for name, value in rule.parameters.items()
    }
    states = {name: jnp.array([value]) for name, value in rule.states.items()}

    def total(params, phase):
        event = Happened(jnp.ones(1), phase)
        after, amount = rule.step(states, 1.0, event, event, params)
        after, more = rule.step(after, 1.0, Happened(jnp.zeros(1), phase), event, params)
        return jnp.sum(amount + more) + sum(jnp.sum(value) for value in after.values())

    both = jax.jit(jax.value_and_grad(total, argnums=(0, 1)))
    for phase in (0.0, 0.5, 1.0):
        value, slopes = both(params, jnp.array([phase]))
        assert np.isfinite(value)
        assert all(np.isfinite(slope).all() for slope in jax.tree.leaves(slopes))


def test_small_functions():
    assert float(decay_factor(2.0, 4.0)) == pytest.approx(np.exp(-0.5), rel=1e-15)
    assert [float(decay_factor(dt, tau)) for dt, tau in ((1.0, 0.0), (0.0, 5.0))] == [0.0, 1.0]
    assert repeated(0.5, jnp.arange(4)).tolist() == [1.0, 0.5, 0.25, 0.125]
    assert jax.grad(lambda base: repeated(base, jnp.array(1.0)))(0.0) == 1.0


@pytest.mark.parametrize("made", RULES)
def test_rules_keep_the_contract_and_compare_by_value(made):
    rule = made(name="S")
    check_plasticity(rule)
    assert rule == made(name="S") != made()
    assert all(name.startswith("S_") for name in (*rule.parameters, *rule.states))


@pytest.mark.parametrize(
    ("rule", "key", "value"),
    [
        (PairSTDP(), "PairSTDP_tau_plus", -1.0),
        (TripletSTDP(), "TripletSTDP_A2_plus", np.nan),
        (TsodyksMarkram(), "TsodyksMarkram_U", 1.5),
    ],
)
def test_what_no_connection_can_have_is_refused(rule, key, value):
    params = {name: np.full(4, default) for name, default in rule.parameters.items()}
    rule.check(params)
    params[key][2] = value
    with pytest.raises(ModelValueError, match=f"{key} of connection 2"):
        rule.check(params)


class Wrong(Plasticity):
    def pre(self, states, params):
        return {}, 1.0


class Unprefixed(Plasticity):
    def __init__(self):
        super().__init__()
        self.parameters = {"tau": 1.0}


@pytest.mark.parametrize(("made", "text"), [(Wrong, "pre"), (Unprefixed, "start with 'Unprefixed_'")])
def test_a_rule_that_breaks_the_contract_is_refused(made, text):
    with pytest.raises(MechanismError, match=text):
        check_plasticity(made())


def test_what_is_no_rule_is_refused():
    with pytest.raises(ModelTypeError, match="plasticity rule"):
        check_plasticity(3)
