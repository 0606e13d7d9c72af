"""The examples in the docstrings of modules run as they are printed."""

import doctest
import importlib
import pkgutil

import pytest

import dendrax.modules

NAMES = sorted(f"dendrax.modules.{info.name}" for info in pkgutil.iter_modules(dendrax.modules.__path__))


@pytest.mark.parametrize("name", NAMES)
def test_examples(name):
    failed, _ = doctest.testmod(importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert failed == 0


def test_every_public_method_is_documented():
    missing = [
        name
        for name, member in vars(dendrax.modules.Module).items()
        if not name.startswith("_") and (callable(member) or isinstance(member, property)) and not member.__doc__
    ]
    assert missing == []
