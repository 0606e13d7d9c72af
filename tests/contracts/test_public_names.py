"""Every public name is documented, and importing the package loads nothing that it does not need."""

import importlib
import inspect
import pkgutil
import subprocess
import sys

import pytest

import dendrax

MODULES = ["dendrax", *(found.name for found in pkgutil.walk_packages(dendrax.__path__, "dendrax."))]


def public_definitions(module):
    """Functions and classes that a module defines and does not hide, and what those classes define and do not hide."""
    for name, thing in vars(module).items():
        if name.startswith("_") or not (inspect.isfunction(thing) or inspect.isclass(thing)):
            continue
        if thing.__module__ != module.__name__:
            continue
        yield name, thing
        if inspect.isclass(thing):
            for attribute, member in vars(thing).items():
                function = getattr(member, "__func__", getattr(member, "fget", member))
                if not attribute.startswith("_") and inspect.isfunction(function):
                    yield f"{name}.{attribute}", getattr(thing, attribute, member)


@pytest.mark.parametrize("name", MODULES)
def test_everything_public_has_a_docstring(name):
    module = importlib.import_module(name)
    silent = [what for what, thing in public_definitions(module) if not inspect.getdoc(thing)]
    assert module.__doc__, f"{name} does not say what it is for"
    assert not silent, f"{name}: no docstring on {', '.join(silent)}"


@pytest.mark.parametrize("name", dendrax.__all__)
def test_every_name_that_is_offered_is_there(name):
    assert getattr(dendrax, name).__doc__


@pytest.mark.parametrize("name", ["Compartment", "Branch", "Cell", "Network", "read_swc", "integrate", "step_current"])
def test_what_users_call_shows_an_example(name):
    assert ">>>" in inspect.getdoc(getattr(dendrax, name))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="'dendrax' has no attribute 'nothing'"):
        _ = dendrax.nothing
    with pytest.raises(AttributeError, match=r"no attribute 'sinapses'. Did you mean 'synapses'\?"):
        _ = dendrax.sinapses


def test_importing_loads_no_pictures_graphs_optimisers_or_progress_bars():
    program = (
        "import sys, dendrax; print(*{'matplotlib', 'networkx', 'optax', 'tqdm', 'scipy.sparse'} & set(sys.modules))"
    )
    result = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.split() == []
