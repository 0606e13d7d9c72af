"""What tests of other folders generate, for figures that are measured on the same cases."""

import importlib.util
from pathlib import Path
from types import ModuleType

TESTS = Path(__file__).resolve().parents[1]


def module_of_tests(path: str) -> ModuleType:
    """A module of tests as it is, without pytest having collected it."""
    spec = importlib.util.spec_from_file_location(Path(path).stem, TESTS / path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
