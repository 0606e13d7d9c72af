"""Processes that `multiprocessing` starts for a program on Dendrax are on Dendrax, too."""

from dendrax.compat.alias import install


class Arguments(list[str]):
    """`sys.argv` of a program, which installs the stand-ins where it is unpickled.

    A process that is spawned imports the program again, but not by `python -m dendrax.compat`. Before that it gets a
    pickled copy of its parent's `sys.argv`: the one thing of ours that is there in time.
    """

    def __reduce__(self) -> tuple[object, ...]:
        """Arrive in another process."""
        return _arrive, (list(self),)


def _arrive(arguments: list[str]) -> Arguments:
    """Install, before the program is imported, and be ready for processes that this one starts."""
    install()
    return Arguments(arguments)
