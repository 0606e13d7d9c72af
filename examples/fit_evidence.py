"""Evidence integration and working memory: a recurrent network is trained through 500 ms of time.

Two pools of cells get currents for 200 ms, the one a little more than the other, and noise all the time. 250 ms after
the currents have ended the network has to tell which it was: its cells forget in 20 ms, its synapses in 100 ms, and the
noise covers what is left, so that the memory has to come from how strongly the pools excite themselves and inhibit each
other. Gradients go back through all 5,000 steps within a
budget of memory.

    python examples/fit_evidence.py            half a minute on two cores
    python examples/fit_evidence.py --small    a few steps of a short delay, to see that it runs

On two busy cores 96 steps took 20 s. The share of new trials that it gets right rose from 62 % to 91 %; who sums up all
evidence and forgets nothing gets 98 %. A gradient of 16 trials took 9 MB of the 12 MB that it was given; with more to
spend it takes 39 MB.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import dendrax as jx
from dendrax.channels import Leak
from dendrax.optimize import fit
from dendrax.optimize.transforms import SigmoidTransform
from dendrax.synapses import IonotropicSynapse

Params = list[dict[str, Any]]

POOL = 3  # cells in each pool
DELTA_T = 0.1  # [ms]
BIN = 10.0  # in which the evidence is constant [ms]
BASE, DIFFERENCE, NOISE = 4e-4, 1e-4, 3e-4  # of the currents [nA]; a cell has 32 gigaohm
READOUT = 20.0  # at the end [ms]
RECORD_EVERY = 10  # steps
SCALE = 5.0  # difference of the pools' voltages that changes the odds by e [mV]
MEMORY = 12e6  # for the gradient of a batch [bytes]
SEED = 0


@dataclass(frozen=True)
class Size:
    """How much to do.

    Attributes:
        silence: Before the evidence [ms].
        evidence: Its duration [ms].
        delay: From its end to the end of the trial [ms].
        trials: To train on, and as many to test.
        batch: Trials in a step.
        steps: Of gradient descent.
    """

    silence: float
    evidence: float
    delay: float
    trials: int
    batch: int
    steps: int

    @property
    def duration(self) -> float:
        """Of a trial [ms]."""
        return self.silence + self.evidence + self.delay


FULL = Size(silence=50.0, evidence=200.0, delay=250.0, trials=256, batch=16, steps=96)
SMALL = Size(silence=10.0, evidence=40.0, delay=20.0, trials=16, batch=16, steps=8)


@dataclass(frozen=True)
class Outcome:
    """What came of it.

    Attributes:
        loss: Cross-entropy before each step [nats].
        accuracy: On new trials, before and after.
        optimal: Of one who sums up all of the evidence and forgets nothing, on these trials.
        memory: What a gradient of a batch takes [bytes].
        seconds: Of training.
    """

    loss: np.ndarray
    accuracy: tuple[float, float]
    optimal: float
    memory: int
    seconds: float


def build() -> jx.Network:
    """Two pools, each of which excites itself and inhibits the other, too weakly to remember anything."""
    net = jx.Network([jx.Cell() for _ in range(2 * POOL)])
    net.insert(Leak())
    net.set("Leak_gLeak", 5e-5)
    net.set("Leak_eLeak", -70.0)
    net.set("v", -70.0)
    pools = [list(range(POOL)), list(range(POOL, 2 * POOL))]
    for pre in pools:
        for post in pools:
            name = "Excitation" if pre is post else "Inhibition"
            jx.fully_connect(net.cell(pre), net.cell(post), IonotropicSynapse(name))
    for name, reversal, strength in (("Excitation", 0.0, 2e-6), ("Inhibition", -90.0, 2e-6)):
        net.set(f"{name}_e_syn", reversal)
        net.set(f"{name}_v_th", -55.0)
        net.set(f"{name}_delta", 5.0)
        net.set(f"{name}_k_minus", 0.01)
        net.set(f"{name}_gS", strength)
        getattr(net, name).edge("all").make_trainable(f"{name}_gS", verbose=False)
    net.init_states(synapses=True)
    net.cell("all").make_trainable("Leak_gLeak", verbose=False)
    for number in range(2 * POOL):
        net.cell(number).branch(0).comp(0).record("v", verbose=False)
    return net


def trials(size: Size, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Currents of both pools in bins [nA] (trial, pool, bin), and which pool has more (trial,)."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, size.trials)
    bins = round(size.evidence / BIN)
    more = np.stack([1 - labels, labels], axis=1)[..., None]
    before, after = (np.zeros((size.trials, 2, round(time / BIN))) for time in (size.silence, size.delay))
    evidence = np.broadcast_to(BASE + DIFFERENCE * (2 * more - 1), (size.trials, 2, bins))
    currents = np.concatenate([before, evidence, after], axis=2)
    return currents + NOISE * rng.standard_normal(currents.shape), labels


def main(size: Size = FULL) -> Outcome:
    """Train, and test on new trials."""
    net = build()
    params = net.get_parameters()
    bounds = [
        {"Excitation_gS": SigmoidTransform(1e-8, 2e-5)},
        {"Inhibition_gS": SigmoidTransform(1e-8, 2e-5)},
        {"Leak_gLeak": SigmoidTransform(1e-5, 2e-4)},
    ]
    cells = [net.cell(number).branch(0).comp(0) for number in range(2 * POOL)]
    samples, n_steps = round(BIN / DELTA_T), round(size.duration / DELTA_T)
    memory = MEMORY / size.batch - 8 * n_steps * (2 * POOL + 2)  # [bytes] for a trial, without its currents
    n_last = round(READOUT / DELTA_T / RECORD_EVERY)

    def logit(params: Params, current: jax.Array) -> jax.Array:
        """Log-odds for the second pool after one trial."""
        currents, stimuli = jnp.repeat(current, samples, axis=1), None
        for number, cell in enumerate(cells):
            stimuli = cell.data_stimulate(currents[number // POOL], stimuli)
        v = jx.integrate(net, params, data_stimuli=stimuli, delta_t=DELTA_T, record_every=RECORD_EVERY, memory=memory)
        last = v[:, -n_last:].mean(axis=1).reshape(2, POOL).mean(axis=1)
        return (last[1] - last[0]) / SCALE

    def loss(params: Params, batch: tuple[jax.Array, jax.Array]) -> jax.Array:
        """Cross-entropy of a batch [nats]."""
        logits = jax.vmap(logit, in_axes=(None, 0))(params, batch[0])
        return jnp.mean(jax.nn.softplus(jnp.where(batch[1] == 1, -logits, logits)))

    training, (currents, labels) = trials(size, SEED), trials(size, SEED + 1)
    answers = jax.jit(jax.vmap(logit, in_axes=(None, 0)))

    def accuracy(params: Params) -> float:
        return float(np.mean((np.asarray(answers(params, currents)) > 0) == labels))

    first = accuracy(params)
    began = time.perf_counter()
    fitted = fit(
        loss, params, transform=bounds, data=training, batch_size=size.batch, key=SEED, steps=size.steps,
        optimizer="adam", learning_rate=0.1, normalize=("global", 0.5), clip=1.0,
    )  # fmt: skip
    seconds = time.perf_counter() - began
    batch = jax.tree.map(lambda rows: rows[: size.batch], training)
    gradient = jax.jit(jax.value_and_grad(loss)).lower(params, batch).compile()
    bins = slice(round(size.silence / BIN), round((size.silence + size.evidence) / BIN))
    summed = currents[..., bins].sum(axis=2)
    outcome = Outcome(
        loss=fitted.loss,
        accuracy=(first, accuracy(fitted.params)),
        optimal=float(np.mean((summed[:, 1] > summed[:, 0]) == labels)),
        memory=gradient.memory_analysis().temp_size_in_bytes,
        seconds=seconds,
    )
    report(outcome, size, sum(leaf.size for leaf in jax.tree.leaves(params)))
    return outcome


def report(outcome: Outcome, size: Size, n_params: int) -> None:
    """Print it."""
    steps = round(size.duration / DELTA_T)
    print(f"{n_params} parameters, {size.batch} trials of {steps} steps ({size.duration:.0f} ms) in each gradient")
    print(f"cross-entropy {outcome.loss[0]:.3f} -> {outcome.loss[-16:].mean():.3f} nats")
    print(
        f"correct on new trials {outcome.accuracy[0]:.1%} -> {outcome.accuracy[1]:.1%} (at best {outcome.optimal:.1%})"
    )
    print(f"a gradient takes {outcome.memory / 1e6:.1f} MB (budget {MEMORY / 1e6:.1f} MB); {outcome.seconds:.0f} s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", action="store_true", help="only see that it runs")
    jax.config.update("jax_enable_x64", True)  # noqa: FBT003 - JAX's own spelling
    jx.use_compilation_cache()
    main(SMALL if parser.parse_args().small else FULL)
