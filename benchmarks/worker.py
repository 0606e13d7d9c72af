"""A process that builds one model, warms it up and then answers "run" with the seconds that a run took.

Started by `processes.py` with its settings as JSON; speaks JSON lines over stdin and stdout. What a simulator prints
goes to stderr.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import resource
import sys
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmarks.tasks import Ready

LEAST = 0.2  # s: short runs are repeated within a round until they take this long
TASKS = {
    "dendrax": "jax_cells",
    "jaxley": "jax_cells",
    "gates": "gates",
    "neuron": "neuron_cells",
    "arbor": "arbor_cells",
    "dendrax_events": "dendrax_events",
    "neuron_network": "neuron_network",
    "arbor_network": "arbor_network",
    "brian": "brian_cells",
    "waiting": "waiting",
}


def main() -> None:
    """Prepare, then answer until the other side closes the pipe."""
    settings = json.loads(sys.argv[1])
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    if settings.get("cores"):
        os.sched_setaffinity(0, settings["cores"])  # before any thread is started
    try:
        task = importlib.import_module(f"benchmarks.tasks.{TASKS[settings['task']]}")
        ready = task.prepare(settings)
        times = repeats(ready)
        print(json.dumps(ready.facts | peak()), file=answers)
        for _ in sys.stdin:
            print(json.dumps({"seconds": sum(one(ready) for _ in range(times)) / times} | peak()), file=answers)
    except Exception as error:  # noqa: BLE001 - whatever a simulator does wrong is an answer
        traceback.print_exc()
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}), file=answers)


def repeats(ready: Ready) -> int:
    """How often a run fits into the least time of a round."""
    return 1 if ready.run is None else max(1, round(LEAST / one(ready)))


def one(ready: Ready) -> float:
    """Seconds of one run; a task that leaves things out of its time says how long it took."""
    if ready.run is None:
        return ready.facts["seconds"]
    start = time.perf_counter()
    own = ready.run()
    return own if isinstance(own, float) else time.perf_counter() - start


def peak() -> dict[str, Any]:
    """Most memory that this process has held [MB].

    The kernel's own count (getrusage) starts at what the parent held, so it is read from /proc where there is one.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        kilobytes = int(re.search(r"VmHWM:\s*(\d+)", status.read_text())[1])  # pyright: ignore[reportOptionalSubscript]
    else:
        kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"peak_mb": kilobytes / 1024}


if __name__ == "__main__":
    main()
