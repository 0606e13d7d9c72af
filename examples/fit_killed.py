"""`fit_l5pc.py --descent`, killed (kill -9) at random moments and started again each time: it ends with the same bits.

python examples/fit_killed.py                 20 kills of the whole example, after a run that is left alone
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
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            process.wait(after)
        except subprocess.TimeoutExpired:
            process.kill()
            return True
    return False


def main() -> None:
    """Run it once as it is and once with kills, and compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", action="store_true", help="the small form of the example")
    parser.add_argument("--kills", type=int, default=20)
    given = parser.parse_args()
    rng = np.random.default_rng(SEED)
    with tempfile.TemporaryDirectory() as folder:
        alone, interrupted = Path(folder, "alone"), Path(folder, "killed")
        command = [sys.executable, str(PROGRAM), "--descent", *(["--small"] if given.small else []), "--checkpoint"]
        began = time.perf_counter()
        subprocess.run([*command, str(alone)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        seconds = time.perf_counter() - began
        print(f"alone: {seconds:.0f} s")
        kills = 0
        while kills < given.kills and killed([*command, str(interrupted)], rng.uniform(0.1, 0.7) * seconds):
            kills += 1
            steps = sorted(one.parent.name + "/" + one.name for one in interrupted.glob("* ms/step-*"))
            print(f"killed {kills} times; last checkpoint: {steps[-1] if steps else 'none'}")
        subprocess.run([*command, str(interrupted)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        bits = [(one / "fitted.txt").read_text() for one in (alone, interrupted)]
    same = bits[0] == bits[1]
    print(
        f"after {kills} kills the {len(bits[0].split())} parameters are {'the same, bit for bit' if same else 'OTHERS'}"
    )
    sys.exit(not same)


if __name__ == "__main__":
    main()
