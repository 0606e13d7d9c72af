"""How every file of ours is written: whole or not at all, and only where a regular file can be.

A file is written under another name in the same folder, waited for until it is on the disk, and then given its name.
So a reader sees the old content or the new one, and after a full disk or a kill the old file is as it was. The writer
holds a lock (flock) on the unfinished file. The system drops the lock with the process, so an unfinished file that can
be locked was left by a writer that is dead, and the next write to the same path removes it.
"""

import contextlib
import hashlib
import os
import reprlib
import secrets
import socket
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from dendrax.errors import FileWriteError, ModelTypeError, ModelValueError

try:
    import fcntl
except ImportError:  # Windows: without locks a dead writer cannot be recognised, and leftovers stay
    fcntl = None

KINDS = (
    (stat.S_ISDIR, "a folder; name a file in it"),
    (stat.S_ISFIFO, "a named pipe (FIFO)"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def target_of(verb: str, path: Any) -> Path:
    """The file that a path leads to, behind all symbolic links, once it is certain that a regular file can be there.

    Args:
        verb: The function that will write, for the error.
        path: The path that the user passed.

    Returns:
        The file to write; a symbolic link stays a link and its target is written.

    Raises:
        ModelTypeError: Not a path.
        ModelValueError: A path with a zero byte.
        FileWriteError: A folder, a device, a FIFO or a socket is there; there is no such folder; permissions forbid it.

    Example:
        >>> target_of("save", "cell.dendrax").name
        'cell.dendrax'
    """
    name = name_of(verb, path)
    with _refusals(verb, name):
        target = Path(os.path.realpath(name))
        there = _stat(target)
        if there is not None and not stat.S_ISREG(there.st_mode):
            kind = next((kind for test, kind in KINDS if test(there.st_mode)), "not a regular file")
            raise FileWriteError(f"{verb}({name!r}): there is {kind}. Only a regular file is ever replaced.")
        if not target.parent.is_dir():
            raise FileWriteError(f"{verb}({name!r}): there is no folder {str(target.parent)!r}. Make it first.")
        for one in (target.parent, *([target] if there is not None else [])):
            if not os.access(one, os.W_OK):
                raise FileWriteError(f"{verb}({name!r}): {str(one)!r} cannot be written to; its permissions forbid it.")
    return target


def name_of(verb: str, path: Any) -> str:
    """A path as text.

    Raises:
        ModelTypeError: Not a path.
        ModelValueError: A path with a zero byte.
    """
    name = os.fspath(path) if isinstance(path, (str, os.PathLike)) else None
    if not isinstance(name, str):
        raise ModelTypeError(f"{verb}: path must name a file, such as 'cell.html', but is {reprlib.repr(path)}.")
    if "\0" in name:
        raise ModelValueError(f"{verb}: path = {name!r} holds a zero byte, which no system allows in a name.")
    return name


def write(verb: str, path: Any, pieces: Iterable[bytes]) -> None:
    """Write a file: under another name first, until it is on the disk.

    An existing file keeps its mode and, where the system allows it, its owner; the mode of a new file follows from the
    umask. Two processes that write the same path at once do not disturb each other, and the later one wins.

    Args:
        verb: The function that writes, for the error.
        path: The file.
        pieces: The content.

    Raises:
        FileWriteError: As for `target_of`; or the disk is full or fails. An existing file is unchanged.

    Example:
        >>> import pathlib, tempfile
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "numbers"
        >>> write("save", path, [b"1 2", b" 3"])
        >>> path.read_bytes()
        b'1 2 3'
    """
    target = target_of(verb, path)
    with _refusals(verb, os.fspath(path)):
        there = _stat(target)
        _remove_leftovers(target)
        with _unfinished(target, 0o666 if there is None else 0o600) as unfinished:
            with unfinished.open("wb") as file:
                file.writelines(pieces)
                file.flush()
                os.fsync(file.fileno())
            if there is not None:
                with contextlib.suppress(OSError, AttributeError):  # only root may, and Windows has no owners
                    os.chown(unfinished, there.st_uid, there.st_gid)
                unfinished.chmod(stat.S_IMODE(there.st_mode))
            unfinished.replace(target)
        sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk, where the system can do that."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def locked(handle: int) -> Iterator[bool | None]:
    """Hold the lock of an open file: False if another process has it, None where the system has no locks.

    It is let go of at the end: to close the file would not do that where a forked process has it open too.
    """
    held: bool | None = None
    if fcntl is not None:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            held = True
        except BlockingIOError:
            held = False
        except OSError:  # some network file systems have none
            held = None
    try:
        yield held
    finally:
        if held and fcntl is not None:
            fcntl.flock(handle, fcntl.LOCK_UN)


@contextlib.contextmanager
def lock_file(path: Path) -> Iterator[str]:
    """Hold a lock file that names its holder; yields the name of the present holder, or an empty string."""
    with path.open("a+") as file, locked(file.fileno()) as held:
        if held is False:
            file.seek(0)
            yield file.read().strip() or "still beginning"
            return
        file.truncate(0)
        file.write(f"process {os.getpid()} on {socket.gethostname()}\n")
        file.flush()
        yield ""


@contextlib.contextmanager
def _refusals(verb: str, name: str) -> Iterator[None]:
    """Turn errors of the system into a `FileWriteError`."""
    try:
        yield
    except FileWriteError:
        raise
    except OSError as error:
        why = error.strerror or str(error)
        raise FileWriteError(
            f"{verb}({name!r}): the file cannot be written ({why}). An existing file is unchanged."
        ) from error


def _stat(target: Path) -> os.stat_result | None:
    try:
        return target.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _prefix(target: Path) -> str:
    """How the unfinished files of a target begin: short for any name, and different for different names."""
    return f".dendrax-{hashlib.sha256(os.fsencode(target.name)).hexdigest()[:16]}-"


@contextlib.contextmanager
def _unfinished(target: Path, mode: int) -> Iterator[Path]:
    """A new empty file beside a target, locked, and removed at the end if it still has its name."""
    while True:
        path = target.with_name(f"{_prefix(target)}{secrets.token_hex(8)}.unfinished")
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        try:
            if fcntl is None:
                os.close(handle)
                handle = None
                yield path
                return
            with locked(handle) as held:
                if held is not False and os.fstat(handle).st_nlink:  # otherwise it was taken for a leftover
                    yield path
                    return
        finally:
            path.unlink(missing_ok=True)
            if handle is not None:
                os.close(handle)


def _remove_leftovers(target: Path) -> None:
    """Remove the unfinished files of a target whose writers are dead."""
    for path in target.parent.glob(f"{_prefix(target)}*.unfinished") if fcntl else ():
        with contextlib.suppress(OSError):  # gone
            handle = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                with locked(handle) as held:
                    if held:
                        path.unlink()
            finally:
                os.close(handle)
