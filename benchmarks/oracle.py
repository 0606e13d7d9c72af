# ruff: noqa: T201 - a program that prints
"""Store what some hundred short runs give, and compare two trees by it, bit for bit.

    python -m benchmarks.oracle store OLD.npz          # each case in float32 and in float64, a process for each
    python -m benchmarks.oracle compare OLD.npz NEW.npz

The dendrax that PYTHONPATH names is what runs; where an editable install comes first, this fails. `compare` ends with 1
where a case that is not expected to change differs by more than 1e-12 (float64) or 1e-5 (float32) of the largest value
of its array.
"""

from __future__ import annotations

import argparse
import fnmatch
import os
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path
from typing import Any

import numpy as np

TOLERANCES = {"float32": 1e-5, "float64": 1e-12}
EXPECTED = "expected to change"


def main() -> int:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.oracle", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for command in ("store", "run"):
        part = commands.add_parser(command, help="run all cases" if command == "store" else "run them in this process")
        part.add_argument("file", type=Path)
        part.add_argument("--only", default="*", help="cases whose name matches this pattern")
    part = commands.add_parser("compare", help="compare two files")
    part.add_argument("old", type=Path)
    part.add_argument("new", type=Path)
    part.add_argument("--only", default="*", help="cases whose name, with its mark, matches this pattern")
    part.add_argument("--all", action="store_true", help="list the cases of equal bits too")
    given = parser.parse_args()
    if given.command == "compare":
        return compare(given.old, given.new, given.only, given.all)
    return store(given.file, given.only) if given.command == "store" else run(given.file, given.only)


def store(file: Path, only: str) -> int:
    """Run all cases in each precision, and write one file."""
    arrays: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        for precision in TOLERANCES:
            part = Path(folder) / f"{precision}.npz"
            environment = os.environ | {"JAX_ENABLE_X64": str(int(precision == "float64")), "JAX_PLATFORMS": "cpu"}
            command = [sys.executable, "-m", "benchmarks.oracle", "run", str(part), "--only", only]
            subprocess.run(command, env=environment, check=True)  # noqa: S603 - this module
            with np.load(part) as kept:
                arrays |= {f"{precision}/{key}": kept[key] for key in kept.files}
    np.savez_compressed(file, **arrays)
    failed = [key for key in arrays if key.endswith("/error")]
    print(f"{len(arrays)} arrays written to {file}; {len(failed)} cases raised {failed or ''}")
    return 0


def run(file: Path, only: str) -> int:
    """Run all cases in the precision of this process; an exception is the result of its case."""
    import jax  # noqa: PLC0415 - `compare` needs none of it

    import dendrax  # noqa: PLC0415
    from benchmarks.oracle_cases import CASES, CHANGES  # noqa: PLC0415

    precision = jax.numpy.zeros(0).dtype.name
    print(f"{precision} with {dendrax.__file__}", flush=True)
    wanted = [Path(entry) / "dendrax" for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]
    for folder in [entry for entry in wanted if entry.is_dir()][:1]:
        if not folder.samefile(Path(dendrax.__file__).parent):
            raise SystemExit(f"PYTHONPATH names {folder}, but dendrax is imported from {dendrax.__file__}.")
    warnings.simplefilter("ignore")
    arrays: dict[str, Any] = {}
    begin = time.perf_counter()
    for name in fnmatch.filter(CASES, only):
        start, key = time.perf_counter(), f"{'!' if name in CHANGES else ''}{name}"
        try:
            leaves = jax.tree_util.tree_flatten_with_path(CASES[name]())[0]
        except Exception as error:  # noqa: BLE001 - the other cases go on
            traceback.print_exc()
            leaves = [((), np.array(f"{type(error).__name__}: {error}"))]
            key += "/error"
        arrays |= {f"{key}{jax.tree_util.keystr(path)}": np.asarray(leaf) for path, leaf in leaves}
        print(f"  {name}: {time.perf_counter() - start:.1f} s", flush=True)
    print(f"  {time.perf_counter() - begin:.0f} s", flush=True)
    np.savez(file, **arrays)
    return 0


def compare(old: Path, new: Path, only: str, everything: bool) -> int:
    """Print a line for each case that differs, and say whether all is as it should be."""
    before, after = _cases(old), _cases(new)
    bad = 0
    counts: dict[str, int] = dict.fromkeys(("equal bits", EXPECTED, "within tolerance", "DIFFERS"), 0)
    for key in before | after:
        precision, name = key.split("/", 1)
        if not fnmatch.fnmatch(name, only):
            continue
        verdict, detail = _verdict(precision, name, before.get(key), after.get(key))
        counts[verdict] += 1
        bad += verdict == "DIFFERS"
        if everything or verdict != "equal bits":
            print(f"{name:<34} {precision:<8} {verdict:<19} {detail}")
    print(", ".join(f"{count} {verdict}" for verdict, count in counts.items()))
    return int(bad > 0)


def _cases(file: Path) -> dict[str, dict[str, np.ndarray]]:
    """Arrays of each case by their place in its result; a case is "precision/name", with !name where it changes."""
    found: dict[str, dict[str, np.ndarray]] = {}
    with np.load(file) as kept:
        for key in kept.files:
            name, bracket, rest = key.partition("[")
            found.setdefault(name.removesuffix("/error"), {})[bracket + rest] = kept[key]
    return found


def _verdict(
    precision: str, name: str, old: dict[str, np.ndarray] | None, new: dict[str, np.ndarray] | None
) -> tuple[str, str]:
    """How the results of a case compare, and where they differ most."""
    if old is None or new is None:
        return "DIFFERS", f"only in the {'new' if old is None else 'old'} file"
    expected = name.startswith("!")
    added = sorted(new.keys() - old.keys())
    remark = f"; added {', '.join(added)}" if added else ""
    worst, where = max(((_difference(old[key], new.get(key)), key) for key in old), key=lambda pair: pair[0])
    if worst == 0.0:
        return "equal bits", remark.removeprefix("; ")
    detail = f"{worst:.2e} of the largest value {'in ' + where if where else ''}{remark}"
    if expected:
        return EXPECTED, detail
    return "within tolerance" if worst <= TOLERANCES[precision] else "DIFFERS", detail


def _difference(old: np.ndarray, new: np.ndarray | None) -> float:
    """Largest difference relative to the largest value; infinite where shape, text or the places of NaN differ."""
    if new is None or old.shape != new.shape or old.dtype != new.dtype:
        return np.inf
    if old.dtype.kind not in "fc":
        return 0.0 if np.array_equal(old, new) else np.inf
    if old.tobytes() == new.tobytes() or np.array_equal(old, new, equal_nan=True):
        return 0.0
    if np.any(np.isfinite(old) != np.isfinite(new)):
        return np.inf
    finite = np.isfinite(old)
    scale = np.max(np.abs(old[finite]), initial=0.0) or 1.0
    return float(np.max(np.abs(old[finite] - new[finite]), initial=0.0) / scale)


if __name__ == "__main__":
    sys.exit(main())
