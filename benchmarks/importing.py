# ruff: noqa: T201 - a script that prints
"""What `import dendrax` takes over `import jax`: CPU time of fresh processes on one core, from bytecode as installed.

    python benchmarks/importing.py

Prints the medians of both, their difference, and which of the slow libraries were loaded. Where the time goes
is shown by `python -X importtime -c "import jax, dendrax"`, whose own cost makes everything look a third slower.
"""

import json
import os
import statistics
import subprocess
import sys

PROCESSES = 7
TARGET = 0.3  # [s], of the difference
SLOW = ["equinox", "matplotlib", "networkx", "optax", "pandas", "scipy", "tqdm"]
CHILD = f"""
import json, sys, time
start = time.process_time()
import jax
after_jax = time.process_time()
import dendrax
end = time.process_time()
print(json.dumps([after_jax - start, end - start, [name for name in {SLOW} if name in sys.modules]]))
"""


def measured() -> tuple[float, float, list[str]]:
    """CPU time of importing jax, and jax and dendrax, in a fresh process [s]; the slow libraries that this loaded."""
    bytecode = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    child = subprocess.run(  # noqa: S603
        [sys.executable, "-c", CHILD], check=True, capture_output=True, text=True, env=bytecode
    )
    only_jax, both, loaded = json.loads(child.stdout)
    return only_jax, both, loaded


def main() -> None:
    """Measure, and print what came out."""
    if sys.platform == "linux":  # inherited by the processes that are measured
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    _, _, loaded = measured()  # not counted: it may read the disk and write bytecode
    only_jax, both = zip(*(measured()[:2] for _ in range(PROCESSES)), strict=True)
    difference = statistics.median(b - a for a, b in zip(only_jax, both, strict=True))
    print(f"import jax               {statistics.median(only_jax):.3f} s")
    print(f"import jax, dendrax      {statistics.median(both):.3f} s")
    verdict = "" if difference <= TARGET else "   MISSED"
    print(f"difference               {difference:.3f} s   target {TARGET} s{verdict}")
    print(f"of {', '.join(SLOW)} it loads {', '.join(loaded) or 'none'}")


if __name__ == "__main__":
    main()
