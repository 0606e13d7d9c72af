"""`fit_l5pc.py`, killed (kill -9) at random moments and started again each time: it ends with the same bits.

Gradient descent and least squares alike, in the first two of its windows and without CMA-ES, so that it takes minutes.

python examples/fit_killed.py                 20 kills, after a run that is left alone
python examples/fit_killed.py --small --kills 3
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

PROGRAM = Path(__file__).with_name("fit_l5pc.py")
SEED = 0


def killed(command: list[str], after: float) -> bool:
    """Run a program and kill it after some seconds, unless it has ended by then. Returns whether it was killed."""
    try:
        finish(command, after)  # which kills it when the time is over
    except subprocess.TimeoutExpired:
        return True
    return False


def main() -> None:
    """Run it once as it is and once with kills, and compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", action="store_true", help="the small form of the example")
    parser.add_argument("--kills", type=int, default=20)
    given = parser.parse_args()
    rng = np.random.default_rng(SEED)
    options = ["--alone", *(["--small"] if given.small else ["--windows", "6", "12"])]
    with tempfile.TemporaryDirectory() as folder:

        def command(run: str) -> list[str]:
            return [sys.executable, str(PROGRAM), *options, "--checkpoint", str(Path(folder, run))]

        for run in ("cold", "alone"):  # the first one fills the cache of compiled programs
            began = time.perf_counter()
            finish(command(run))
            seconds = time.perf_counter() - began
            print(f"{run}: {seconds:.0f} s", flush=True)
        alone = Path(folder, "alone", "fitted.txt").read_text()
        kills, ended = 0, 0
        while kills < given.kills:
            run = Path(folder, f"killed-{ended}")
            if killed(command(run.name), rng.uniform(0.2, 0.9) * seconds):
                kills += 1
                print(f"kill {kills}: {saved_steps(run)} steps are saved", flush=True)
                if kills < given.kills:
                    continue
                finish(command(run.name))
            ended += 1
            same = (run / "fitted.txt").read_text() == alone
            print(f"ended after {kills} kills: {'the same, bit for bit' if same else 'OTHER BITS'}", flush=True)
            if not same:
                sys.exit(1)


def saved_steps(run: Path) -> int:
    """How many steps of all its parts a run need not make again."""
    return sum(max((int(one.name[5:]) for one in part.glob("step-*")), default=0) for part in run.glob("*"))


def finish(command: list[str], within: float | None = None) -> None:
    """Run a program to its end, and say why if it fails."""
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=within)
    except subprocess.CalledProcessError as error:
        sys.exit(f"{' '.join(command)} failed:\n{error.stderr}")


if __name__ == "__main__":
    main()
