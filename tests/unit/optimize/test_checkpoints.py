"""Interrupted anywhere, a fit goes on and ends with the same bits; damaged checkpoints are never taken for whole."""

import shutil
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from dendrax.errors import CheckpointError, CheckpointWarning, FitWarning, MissingExtraError, ModelValueError
from dendrax.optimize import fit, fit_many
from dendrax.optimize.checkpoints import SUMS, Checkpoint, CheckpointFolder
from dendrax.optimize.door import optional_package
from dendrax.optimize.transforms import SigmoidTransform

START = [{"g": jnp.array([0.3, 0.6])}, {"radius": jnp.array([2.0])}]
DATA = np.linspace(-1.0, 1.0, 10)
STEPS = 12


def loss(params, batch):
    return jnp.mean((params[0]["g"][0] * batch + params[1]["radius"] - 1.5) ** 2) + params[0]["g"][1] ** 2


def run(folder=None, **options):
    """A fit with everything that has a state: momentum, noise, a schedule, the order of the rows, patience."""
    noisy = optax.chain(optax.add_noise(0.01, 0.5, jax.random.key(3)), optax.adam(optax.exponential_decay(0.1, 5, 0.5)))
    settings = {
        "optimizer": noisy, "transform": SigmoidTransform(0.0, 5.0), "data": DATA, "batch_size": 4, "key": 5,
        "steps": STEPS, "patience": 20, "every": 2, "checkpoint": folder, "resume": folder is not None,
        "progress": False,
    }  # fmt: skip
    return fit(loss, START, **(settings | options))


def assert_same_bits(one, other):
    for a, b in zip(jax.tree.leaves((one.params, one.last)), jax.tree.leaves((other.params, other.last)), strict=True):
        np.testing.assert_array_equal(np.asarray(a), np.asarray(b))
    np.testing.assert_array_equal(one.loss, other.loss)
    np.testing.assert_array_equal(one.gradient_norm, other.gradient_norm)
    assert (one.lowest, one.reason, one.steps) == (other.lowest, other.reason, other.steps)


@pytest.fixture(scope="module")
def whole():
    return run()


class Killed(Exception):
    """What ends a fit without giving it time to save."""


@pytest.mark.slow
def test_killed_again_and_again_it_ends_with_the_same_bits(whole, tmp_path):
    rng = np.random.default_rng(0)
    deaths = []
    for at in sorted(rng.choice(np.arange(1, STEPS), 3, replace=False)):

        def die(progress, at=at):
            if progress.step == at:
                raise Killed

        with pytest.raises(Killed):
            run(tmp_path, callbacks=[die])
        deaths.append(at)
    ended = run(tmp_path)
    assert ended.resumed_at == max(0, (deaths[-1] - 1) // 2 * 2) or ended.resumed_at is None
    assert_same_bits(ended, whole)
    assert len(CheckpointFolder(tmp_path).steps()) == 3
    assert ended.checkpoint == CheckpointFolder(tmp_path).path(STEPS)


def test_after_ctrl_c_it_goes_on(whole, tmp_path, ctrl_c):
    def press(progress):
        if progress.step == 5:
            ctrl_c()

    assert run(tmp_path, callbacks=[press]).reason == "interrupted"
    ended = run(tmp_path)
    assert ended.resumed_at == 5
    assert_same_bits(ended, whole)
    again = run(tmp_path)  # there is nothing left to do
    assert again.resumed_at == STEPS
    assert_same_bits(again, whole)


def test_many_fits_go_on(tmp_path):
    starts = jax.tree.map(lambda leaf: jnp.stack([leaf, 0.9 * leaf, 1.1 * leaf]), START)
    options = {"data": DATA, "progress": False, "batch_size": 5, "devices": 2}
    through = fit_many(loss, starts, steps=6, **options)
    fit_many(loss, starts, steps=3, checkpoint=tmp_path, **options)
    resumed = fit_many(loss, starts, steps=6, checkpoint=tmp_path, resume=True, **options)
    for one, other in zip(resumed.fits, through.fits, strict=True):
        assert_same_bits(one, other)


def test_what_broke_is_still_known(tmp_path):
    broken = lambda params: jnp.sqrt(params[0]["x"][0])  # noqa: E731
    options = {"steps": 9, "optimizer": optax.sgd(1.0), "progress": False, "checkpoint": tmp_path, "resume": True}
    for _ in range(2):
        with pytest.warns(FitWarning, match=r"params\[0\]\['x'\]\[0\]"):
            assert fit(broken, [{"x": jnp.array([0.04])}], **options).reason == "not finite"


PROGRAM = """
import os, signal, sys, time
import jax
jax.config.update("jax_enable_x64", True)
import jax.numpy as jnp
from dendrax.optimize import fit

def slow(progress):
    print(progress.step, flush=True)
    time.sleep(float(sys.argv[2]))

fitted = fit(lambda p: jnp.sum((p[0]["g"] - 0.5) ** 4), [{"g": jnp.array([0.3, 0.9])}], steps=20, every=1,
             learning_rate=0.05, checkpoint=sys.argv[1], resume=True, callbacks=[slow], progress=False)
print(fitted.resumed_at, fitted.last[0]["g"].tolist(), fitted.loss.tolist())
"""


@pytest.mark.slow
def test_kill_minus_nine(tmp_path):
    program = [sys.executable, "-W", "error", "-c", PROGRAM]
    through = subprocess.run([*program, tmp_path / "a", "0"], capture_output=True, text=True, check=True).stdout
    with subprocess.Popen([*program, tmp_path / "b", "0.05"], stdout=subprocess.PIPE, text=True) as victim:
        assert victim.stdout is not None
        for line in victim.stdout:
            if line.strip() == "6":
                break
        time.sleep(0.02)  # somewhere in or after the writing
        victim.kill()
    assert victim.returncode == -signal.SIGKILL
    resumed = subprocess.run([*program, tmp_path / "b", "0"], capture_output=True, text=True, check=True).stdout
    at, _, rest = resumed.splitlines()[-1].partition(" ")
    assert 5 <= int(at) < 20
    assert rest == through.splitlines()[-1].partition(" ")[2]


STATE = {"params": [{"g": np.array([1.0, 2.0])}], "count": np.array(3, np.int32)}


def written(folder, steps=(10, 20)):
    checkpoints = CheckpointFolder(folder)
    for step in steps:
        checkpoints.write(step, Checkpoint(STATE, {"loss": np.arange(float(step))}, {"step": step}))
    return checkpoints


def test_what_is_written_is_what_is_read(tmp_path):
    found = written(tmp_path).read(STATE)
    assert found is not None
    assert found.rest["step"] == 20
    assert found.state["count"].dtype == np.int32
    np.testing.assert_array_equal(found.history["loss"], np.arange(20.0))
    if shutil.which("sha256sum"):
        assert subprocess.run(["sha256sum", "-c", SUMS], cwd=tmp_path / "step-000000020", check=False).returncode == 0


def test_every_flipped_bit_and_every_cut_is_noticed(tmp_path):
    checkpoints = written(tmp_path)
    rng = np.random.default_rng(1)
    for path in sorted(checkpoints.path(20).iterdir()):
        good = path.read_bytes()
        places = rng.integers(0, 8 * len(good), 40)
        damaged = [good[: place // 8] for place in places[:10]]
        for place in places[10:]:
            flipped = bytearray(good)
            flipped[place // 8] ^= 1 << (place % 8)
            damaged.append(bytes(flipped))
        for bad in damaged:
            path.write_bytes(bad)
            with pytest.warns(CheckpointWarning, match=r"step-000000020: .*Going on from .*step-000000010"):
                found = checkpoints.read(STATE)
            assert found is not None
            assert found.rest["step"] == 10
        path.write_bytes(good)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert checkpoints.read(STATE).rest["step"] == 20


def test_nothing_left_is_an_error_before_the_first_step(tmp_path):
    run(tmp_path, steps=4)
    for path in tmp_path.glob("*/arrays.safetensors"):
        path.write_bytes(path.read_bytes()[:-1])
    (tmp_path / "step-000000004" / "state.json").unlink()
    with pytest.raises(CheckpointError, match=r"(?s)No checkpoint is whole.*state.json cannot be read.*checksums"):
        run(tmp_path, callbacks=[lambda progress: pytest.fail("a step was made")])


def test_a_damaged_checkpoint_is_replaced_on_the_way(whole, tmp_path):
    run(tmp_path, steps=6)
    damaged = tmp_path / "step-000000006" / "state.json"
    damaged.write_text("{}")
    with pytest.warns(CheckpointWarning):
        assert_same_bits(run(tmp_path), whole)


def test_a_killed_writer_leaves_nothing_that_looks_like_a_checkpoint(tmp_path, monkeypatch):
    checkpoints = written(tmp_path)

    def full(*arguments):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", full)
        with pytest.raises(OSError, match="No space"):
            checkpoints.write(30, Checkpoint(STATE, {}, {"step": 30}))
    assert checkpoints.steps() == [10, 20]
    checkpoints.write(40, Checkpoint(STATE, {}, {"step": 40}))
    assert sorted(one.name for one in tmp_path.iterdir()) == [f"step-{step:09d}" for step in (10, 20, 40)]


def test_checkpoints_of_something_else(tmp_path):
    run(tmp_path, steps=2)
    with pytest.raises(CheckpointError, match=r"of another fit: .*'g'.*\[2\]"):
        fit(
            loss,
            [{"g": jnp.ones(3)}, {"radius": jnp.ones(1)}],
            data=DATA,
            steps=3,
            checkpoint=tmp_path,
            resume=True,
            progress=False,
        )
    with pytest.raises(ModelValueError, match=r"written with key=\[5\], but .* with key=\[6\]"):
        run(tmp_path, key=6)
    with pytest.raises(ModelValueError, match="resume=True to go on"):
        run(tmp_path, resume=False)
    (tmp_path / "file").write_text("")
    with pytest.raises(CheckpointError, match="is a file"):
        run(tmp_path / "file")


def test_nothing_is_unpickled():
    """No way to run code from a file: the format has none, and the modules that could are not used."""
    for module in ("checkpoints", "fingerprint"):
        source = Path(sys.modules[f"dendrax.optimize.{module}"].__file__).read_text()
        for word in ("import pickle", "np.load", "eval(", "exec(", "marshal"):
            assert word not in source


def test_a_missing_package_says_what_brings_it():
    with pytest.raises(MissingExtraError, match=r"Flying needs .*pip install 'dendrax\[train\]'"):
        optional_package("no_such_package.at_all", "Flying")
