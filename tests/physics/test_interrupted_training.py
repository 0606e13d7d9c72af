"""Training that is killed anywhere goes on and ends with the same bits; damage of a checkpoint is seen (figure 11)."""

import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from borrowed import module_of_tests
from test_determinism import bits

import dendrax as jx
from dendrax.channels import HH
from dendrax.errors import CheckpointWarning
from dendrax.optimize import fit
from dendrax.optimize.transforms import SigmoidTransform

STEPS, KILLS = 60, 20


class Killed(Exception):
    """Ends a fit without giving it time to save."""


@pytest.fixture(scope="module")
def train() -> Callable[..., Any]:
    """A fit of two conductances of a cell to voltages, in minibatches and with momentum."""
    cell = jx.Cell(jx.Branch(jx.Compartment(), ncomp=2), parents=[-1])
    cell.insert(HH())
    cell.branch(0).comp(1).record("v", verbose=False)
    cell.make_trainable("HH_gNa", verbose=False)
    cell.make_trainable("HH_gK", verbose=False)
    currents = np.linspace(0.0, 0.3, 8)[:, None] * np.ones(20)

    def voltage(params: Any, current: jax.Array) -> jax.Array:
        return jx.integrate(cell, params, data_stimuli=cell.branch(0).comp(0).data_stimulate(current))[0]

    targets = jax.vmap(voltage, (None, 0))([{"HH_gNa": jnp.array([0.1])}, {"HH_gK": jnp.array([0.05])}], currents)

    def loss(params: Any, batch: Any) -> jax.Array:
        current, target = batch
        return jnp.mean((jax.vmap(voltage, (None, 0))(params, current) - target) ** 2)

    def trained(folder: Path | None = None, **options: Any) -> Any:
        return fit(
            loss, cell.get_parameters(), data=(currents, targets), batch_size=3, key=1, steps=STEPS, every=4,
            transform=SigmoidTransform(0.01, 0.3), checkpoint=folder, resume=folder is not None, progress=False,
            **options,
        )  # fmt: skip

    return trained


def result_bits(fitted: Any) -> str:
    """Of all that a fit gives."""
    return bits((fitted.params, fitted.last, fitted.loss, fitted.gradient_norm))


@pytest.mark.slow
def test_killed_by_exceptions(holds: Callable, train: Callable, tmp_path: Path) -> None:
    """Twenty times in one fit, at random steps, each time a few steps after the last checkpoint."""
    through = train()
    rng, deaths = np.random.default_rng(11), 0
    for at in np.sort(rng.choice(np.arange(1, STEPS), KILLS, replace=False)):

        def die(progress: Any, at: int = at) -> None:
            if progress.step == at:
                raise Killed

        with pytest.raises(Killed):
            train(tmp_path, callbacks=[die])
        deaths += 1
    resumed = train(tmp_path)
    assert resumed.resumed_at is not None
    holds(11, "a fit of a cell killed at random steps: times", deaths, at_least=KILLS)
    differs = result_bits(resumed) != result_bits(through)
    holds(11, "... whether any bit of what it ends with differs", differs, at_most=0)


@pytest.mark.slow
def test_killed_by_signal(holds: Callable, tmp_path: Path) -> None:
    """Signal 9, which no process sees coming, at random moments."""
    program = [sys.executable, "-W", "error", "-c", module_of_tests("unit/optimize/test_checkpoints.py").PROGRAM]
    through = subprocess.run([*program, tmp_path / "a", "0"], capture_output=True, text=True, check=True).stdout
    rng = np.random.default_rng(9)
    for _ in range(3):
        with subprocess.Popen([*program, tmp_path / "b", "0.05"], stdout=subprocess.PIPE, text=True) as victim:
            assert victim.stdout is not None
            for _ in range(rng.integers(2, 6)):
                victim.stdout.readline()
            victim.kill()
    resumed = subprocess.run([*program, tmp_path / "b", "0"], capture_output=True, text=True, check=True).stdout
    differs = resumed.splitlines()[-1].partition(" ")[2] != through.splitlines()[-1].partition(" ")[2]
    holds(11, "a fit killed by signal 9 three times: whether any bit differs", differs, at_most=0)


def test_damage_is_seen(holds: Callable, tmp_path: Path) -> None:
    """One bit flipped, or the end cut off, in any file of the last of two checkpoints."""
    unit = module_of_tests("unit/optimize/test_checkpoints.py")
    checkpoints = unit.written(tmp_path)
    rng, damages, unseen = np.random.default_rng(13), 0, 0
    for path in sorted(checkpoints.path(20).iterdir()):
        good = path.read_bytes()
        for place in rng.integers(0, 8 * len(good), 100):
            flipped = bytearray(good)
            flipped[place // 8] ^= 1 << (place % 8)
            for bad in (bytes(flipped), good[: place // 8]):
                path.write_bytes(bad)
                with warnings.catch_warnings(record=True) as said:
                    warnings.simplefilter("always")
                    found = checkpoints.read(unit.STATE)
                damages += 1
                unseen += found is None or found.rest["step"] != 10 or said[0].category is not CheckpointWarning
        path.write_bytes(good)
    holds(11, f"of {damages} damaged checkpoints, those not seen and passed over", unseen, at_most=0)
