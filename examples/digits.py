"""Handwritten digits, read by a network of spiking cells of Hodgkin and Huxley with thousands of trained conductances.

Each pixel of an image drives an input cell with a current in proportion to its ink: the darker, the earlier the spike,
and a white one is silent. Every input cell has a synapse on every cell of a hidden layer, and these on one output cell
for each digit; half of the synapses excite and half inhibit, drawn at random. Output cells have little sodium, so that
they do not spike but add up what they get. The digit whose cell is the most depolarised is the answer. All synapses and
the three conductances of every cell are trained, with the gradient of the simulation itself, through the spikes of both
layers; no surrogate stands in for it.

The images are those that come with scikit-learn (`pip install scikit-learn`), 8 x 8 pixels each; a fifth of them is
held out. Each image of a batch is a simulation, and the batch is shared out among the cores.

    python examples/digits.py            all of it
    python examples/digits.py --small    two digits in 4 x 4 pixels and a few steps, to see that it learns

2800 steps took 10.5 minutes on two cores that other programs shared (load 9), compilation and the readings after every
epoch included. Of 352 digits held out 92.0 % were read correctly (91.2 % after 1400 steps), with 5150 parameters.
"""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

import dendrax as jx
from dendrax.channels import HH
from dendrax.errors import MissingExtraError
from dendrax.features import accuracy, cross_entropy, window_logits
from dendrax.optimize import FitResult, Progress, fit
from dendrax.optimize.transforms import SigmoidTransform
from dendrax.synapses import IonotropicSynapse

Params = list[dict[str, Any]]

INK = 0.008  # current of a black pixel [nA]; a cell spikes from 0.0015 on
SHARE = 0.5  # of the pairs of cells of neighbouring layers that excite; the others inhibit
TOTAL = {"Excitation": 5e-4, "Inhibition": 1.25e-3}  # of all synapses of a cell at the start, on average [uS]
REVERSAL = {"Excitation": 0.0, "Inhibition": -80.0}  # [mV]
KINETICS = {"v_th": -40.0, "delta": 8.0, "k_minus": 0.1}  # [mV], [mV], [1/ms]
GRADED = 0.01  # HH_gNa of the output cells [S/cm2]
DURATION, DELTA_T = 12.0, 0.1  # [ms]
READ_FROM = 3.0  # the first spikes of the hidden layer [ms]
SCALE = 1.0  # difference of mean voltages that changes the odds by e [mV]
HELD_OUT = 0.2
SHIFT = 0.25  # by which images to train on are moved at most, either way [pixel]
LIMIT = 28.0  # training ends then, whatever it has reached [min]
SEED = 0


@dataclass(frozen=True)
class Size:
    """How much to do.

    Attributes:
        digits: How many of them, from 0.
        pool: Pixels become one in squares of so many by so many.
        hidden: Cells in the hidden layer.
        batch: Images in a step.
        steps: Of gradient descent.
        learning_rate: At the start.
        copies: Of each image to train on, each a little elsewhere.
        cores: On which a batch is simulated, at most.
    """

    digits: int
    pool: int
    hidden: int
    batch: int
    steps: int
    learning_rate: float
    copies: int
    cores: int

    @property
    def pixels(self) -> int:
        """Of an image."""
        return (8 // self.pool) ** 2


FULL = Size(digits=10, pool=1, hidden=64, batch=16, steps=2800, learning_rate=0.03, copies=4, cores=2)
SMALL = Size(digits=2, pool=2, hidden=12, batch=16, steps=40, learning_rate=0.05, copies=1, cores=1)


def load(size: Size) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Images with ink from 0 to 1, (image, pixel), and their digits, (image,): those to train on, and those held out.

    Raises:
        MissingExtraError: scikit-learn is not installed.
    """
    try:
        from sklearn.datasets import load_digits  # noqa: PLC0415 - only this example needs it
    except ModuleNotFoundError:
        raise MissingExtraError(
            "The handwritten digits come with scikit-learn, which is not installed. Install it with "
            "`pip install scikit-learn`."
        ) from None
    images, labels = load_digits(return_X_y=True)
    images = np.reshape(images, (-1, 8, 8)) / 16.0
    rng = np.random.default_rng(SEED)
    rows = rng.permutation(np.flatnonzero(labels < size.digits))
    held_out, training = np.split(rows, [int(HELD_OUT * len(rows) / size.batch) * size.batch])
    copies = np.repeat(training, size.copies)
    moved = shifted(images[copies], rng.uniform(-SHIFT, SHIFT, (len(copies), 2)))
    return (pooled(moved, size.pool), labels[copies]), (pooled(images[held_out], size.pool), labels[held_out])


def shifted(images: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Images moved by less than a pixel along either axis, by linear interpolation. (image, 8, 8), (image, 2)"""
    for axis in (1, 2):
        offset = offsets[:, axis - 1, None, None]
        padded = np.pad(images, [(0, 0)] + [(1, 1) if one == axis else (0, 0) for one in (1, 2)])
        before, after = (np.take(padded, np.arange(8) + one, axis) for one in (0, 2))
        images = (1 - abs(offset)) * images + np.where(offset > 0, before, after) * abs(offset)
    return images


def pooled(images: np.ndarray, pool: int) -> np.ndarray:
    """Means over squares of pixels, in a row. (image, 8, 8) -> (image, pixel)"""
    side = 8 // pool
    squares = images.reshape(-1, side, pool, side, pool).mean(axis=(2, 4))
    return squares.reshape(len(images), -1).astype(np.float32)


def build(size: Size) -> tuple[jx.Network, Any]:
    """The network with all that is to be trained, and its input cells."""
    numbers = np.arange(size.pixels + size.hidden + size.digits)
    inputs, hidden, outputs = (part.tolist() for part in np.split(numbers, [size.pixels, size.pixels + size.hidden]))
    net = jx.Network([jx.Cell()] * len(numbers))
    net.insert(HH())
    net.cell(outputs).set("HH_gNa", GRADED)
    net.set("v", -65.0)
    rng = np.random.default_rng(SEED)
    for before, after in ((inputs, hidden), (hidden, outputs)):
        excites = rng.random((len(before), len(after))) < SHARE
        for name, pairs in (("Excitation", excites), ("Inhibition", ~excites)):
            jx.connectivity_matrix_connect(net.cell(before), net.cell(after), IonotropicSynapse(name), pairs)
    for name, reversal in REVERSAL.items():
        for key, value in {**KINETICS, "e_syn": reversal}.items():
            net.set(f"{name}_{key}", value)
        synapses, most = getattr(net, name).edge("all"), strongest(net, size, name)
        synapses.set(f"{name}_gS", most * rng.uniform(0.1, 0.9, most.size))
        synapses.make_trainable(f"{name}_gS", verbose=False)
    net.init_states(synapses=True)
    for name in ("HH_gNa", "HH_gK", "HH_gLeak"):
        net.cell("all").make_trainable(name, verbose=False)
    net.cell(outputs).record("v", verbose=False)
    return net, net.cell(inputs)


def strongest(net: jx.Network, size: Size, name: str) -> np.ndarray:
    """Upper bound of each synapse of a type [uS], (synapse,): twice its share of the total of its cell."""
    before = getattr(net, name).edge("all").edges["pre_index"].to_numpy()
    return 2.0 * TOTAL[name] / (SHARE * np.where(before < size.pixels, size.pixels, size.hidden))


def limits(net: jx.Network, size: Size, params: Params) -> list[dict[str, SigmoidTransform]]:
    """Bounds of all that is trained: channels by 2.5 times either way."""

    def of(name: str, values: np.ndarray) -> SigmoidTransform:
        kind, _, _ = name.partition("_")
        if kind in TOTAL:
            return SigmoidTransform(0.0, strongest(net, size, kind))
        return SigmoidTransform(values / 2.5, 2.5 * values)

    return [{name: of(name, np.asarray(values)) for name, values in entry.items()} for entry in params]


def shown(inputs: Any, image: Any) -> Any:
    """The currents of an image into the input cells, as `integrate` takes them."""
    return inputs.data_stimulate(jnp.repeat(INK * image[:, None], round(DURATION / DELTA_T), axis=1))


def answers(v: Any) -> jax.Array:
    """What the voltages of the output cells say: one logit for each digit. (..., digit, time) -> (..., digit)"""
    return window_logits(v, DELTA_T, read="mean", start=READ_FROM, scale=SCALE)


def main(size: Size = FULL, checkpoint: Path | None = None) -> tuple[FitResult, tuple[float, float]]:
    """Train, and test on images that were held out.

    Args:
        size: How much to do.
        checkpoint: A folder, so that a run that was killed goes on where it was when it is started again.

    Returns:
        The fit, and the share of the images held out that were read correctly before it and after it.
    """
    training, held_out = load(size)
    net, inputs = build(size)
    params = net.get_parameters()
    cores = math.gcd(size.batch, min(size.cores, jax.device_count()))  # which share a batch evenly
    unseen = [shown(inputs, image) for image in held_out[0]]

    def loss(params: Params, batch: tuple[jax.Array, jax.Array]) -> jax.Array:
        """Cross-entropy of a batch, the mean over its images [nats]."""

        def voltages(image: jax.Array) -> jax.Array:
            return jx.integrate(net, params, data_stimuli=shown(inputs, image), delta_t=DELTA_T)

        return jnp.mean(cross_entropy(answers(jax.vmap(voltages)(batch[0])), batch[1]))

    def correct(params: Params) -> float:
        v = jx.integrate_many(net, params, data_stimuli=unseen, delta_t=DELTA_T, devices=cores, progress=False)
        return float(accuracy(answers(v), held_out[1]))

    epoch = len(training[1]) // size.batch // size.copies  # steps in which it sees as many images as there are
    recent: list[float] = []

    def tell(progress: Progress) -> bool:
        """A line for every epoch; returns whether the time is over, which ends the fit."""
        recent.append(float(progress.loss))
        if progress.step % epoch == 0:
            print(f"{progress.seconds / 60:5.1f} min, {progress.step:5} steps: {np.mean(recent):.3f} nats", end="")
            print(f", {correct(progress.params):.1%} of the images held out", flush=True)
            recent.clear()
        return progress.seconds > 60.0 * LIMIT

    first = correct(params)
    fitted = fit(
        loss, params, transform=limits(net, size, params), data=training, batch_size=size.batch, devices=cores,
        optimizer="adam", learning_rate=optax.cosine_decay_schedule(size.learning_rate, size.steps, 0.05), clip=1.0,
        steps=size.steps, key=SEED, callbacks=tell, progress=False, checkpoint=checkpoint, every=epoch,
        resume=checkpoint is not None,
    )  # fmt: skip
    accuracies = first, correct(fitted.last)
    changed = changes(params, fitted.last)
    n_params = sum(leaf.size for leaf in jax.tree.leaves(params))
    print(f"{net.shape[0]} cells, {len(net.edges)} synapses, {n_params} parameters; cores: {cores}")
    print("changed by " + ", ".join(f"{name} {change:.0%}" for name, change in changed.items()))
    print(f"cross-entropy {fitted.loss[0]:.3f} -> {fitted.loss[-20:].mean():.3f} nats in {fitted.steps} steps")
    print(f"of {len(unseen)} images held out {accuracies[0]:.1%} -> {accuracies[1]:.1%} are read correctly")
    print(f"{fitted.seconds / 60:.1f} minutes")
    return fitted, accuracies


def changes(before: Params, after: Params) -> dict[str, float]:
    """Mean relative change of the parameters of each name."""
    pairs = zip(before, after, strict=True)
    return {name: float(np.mean(abs(new[name] / old[name] - 1))) for old, new in pairs for name in old}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", action="store_true", help="only see that it learns")
    parser.add_argument("--checkpoint", type=Path, metavar="FOLDER", help="write checkpoints, and go on from them")
    jx.use_all_cores()
    jx.use_compilation_cache()
    arguments = parser.parse_args()
    main(SMALL if arguments.small else FULL, arguments.checkpoint)
