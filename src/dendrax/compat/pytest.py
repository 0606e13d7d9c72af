"""`pytest -p dendrax.compat.pytest` runs tests written for Jaxley on Dendrax."""

from dendrax.compat.alias import install


def pytest_load_initial_conftests() -> None:
    """Before conftest files are imported, which may import Jaxley."""
    install()


def pytest_configure() -> None:
    """Where there are no early hooks, as in the workers of pytest-xdist."""
    install()
