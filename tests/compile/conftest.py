"""How the tests of this folder count: equations of traced programs, instructions of compiled loops, compilations."""

import importlib.util
from pathlib import Path

import jax
import pytest
from jax.experimental.compilation_cache import compilation_cache
from jax.extend.core import jaxprs_in_params

_compiled = []


def _on_event(name, seconds, **_):
    if name.endswith("backend_compile_duration"):
        _compiled.append(seconds)


jax.monitoring.register_event_duration_secs_listener(_on_event)


@pytest.fixture(scope="module", autouse=True)
def compiled_here():
    """Every program is: one that comes out of the session's cache has another text."""
    for on in (False, True):
        jax.config.update("jax_enable_compilation_cache", on)
        compilation_cache.reset_cache()
        if not on:
            yield


def programs_in(equation):
    """The programs inside of an equation; of those that depend on the platform the one for CPUs."""
    programs = list(jaxprs_in_params(equation.params))
    platforms = equation.params.get("branches_platforms")
    return (
        programs
        if platforms is None
        else [programs[[one is not None and "cpu" in one for one in platforms].index(True)]]
    )


def count_equations(jaxpr):
    return sum(1 + sum(map(count_equations, programs_in(one))) for one in jaxpr.eqns)


def count_in_scans(jaxpr):
    def inside(one):
        inner = programs_in(one)
        return sum(map(count_equations if one.primitive.name in ("scan", "while") else count_in_scans, inner))

    return sum(map(inside, jaxpr.eqns))


@pytest.fixture(scope="session")
def equations_in_loops():
    """Jaxpr -> number of equations in the bodies of its loops."""
    return count_in_scans


@pytest.fixture(scope="session")
def equations():
    """Jaxpr -> number of its equations, those inside of loops and calls included."""
    return count_equations


@pytest.fixture(scope="session")
def instructions_in_loops():
    """Text of a compiled program -> number of instructions in the bodies of its loops."""
    file = Path(__file__).parents[2] / "benchmarks" / "hlo.py"  # benchmarks are not installed
    spec = importlib.util.spec_from_file_location("hlo", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return lambda text: module.in_loops(text).total()


@pytest.fixture
def compilations():
    """() -> how many programs XLA has compiled since the test began, down to the smallest."""
    before = len(_compiled)
    return lambda: len(_compiled) - before
