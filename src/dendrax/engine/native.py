"""The native kernels: finds the library, loads it once, and makes its handlers known to XLA.

The library is plain C to the outside (`native/` in the repository) and comes with the package where a compiler was
found when it was installed. The kernels run on CPUs, and are called by `jax.ffi.ffi_call(name, ...)` once `library()`
has given something else than None. Two environment variables, read when the library is loaded:

- `DENDRAX_NATIVE=0`: do without it, silently.
- `DENDRAX_ISA=baseline`, `avx2` or `avx512`: use this instruction set and not the best of the machine.
"""

import ctypes
import functools
import os
import struct
import sys
import threading
import warnings
from pathlib import Path

import jax

from dendrax.errors import ModelValueError, NativeMissingWarning

# The handlers, by the name of their symbol. native/CMakeLists.txt lists the files that define them.
TASKS = ("change", "at_rest", "general", "deliver", "collect")
HANDLERS = tuple(f"dendrax_{task}_f{bits}" for task in TASKS for bits in (32, 64))

FOLDER = Path(__file__).resolve().parent.parent / "_native"
_SUFFIX = {"darwin": ".dylib", "win32": ".dll"}.get(sys.platform, ".so")
_LOADING = threading.Lock()


def library() -> ctypes.CDLL | None:
    """The library of native kernels, its handlers registered with XLA; None where there is none to be used.

    It is loaded by the first call, which also starts JAX's devices: XLA refuses handlers that were made for another
    version of it only once these are there, and then all that follows fails.

    Returns:
        The library, or None if this is to be pure JAX: `DENDRAX_NATIVE=0`, no CPU among JAX's platforms, or a library
        that is missing or broken.

    Raises:
        ModelValueError: `DENDRAX_ISA` names an instruction set that the library or this machine lacks.

    Warns:
        NativeMissingWarning: Once, if the library is missing or broken.

    Example:
        >>> from dendrax.engine import native
        >>> native.library() is native.library()
        True
    """
    with _LOADING:
        return _load()


def isa() -> str:
    """The instruction set that the native kernels use: "baseline", "avx2" or "avx512"; "none" without them.

    Example:
        >>> from dendrax.engine import native
        >>> native.isa() in ("none", "baseline", "avx2", "avx512")
        True
    """
    loaded = library()
    return "none" if loaded is None else loaded.dendrax_isa().decode()


@functools.cache
def _load() -> ctypes.CDLL | None:
    """What `library` says, found out."""
    if os.environ.get("DENDRAX_NATIVE") == "0" or not _has_cpu():
        return None
    try:
        loaded = _opened(FOLDER / f"libdendrax{_SUFFIX}")
        handlers = {name: getattr(loaded, name) for name in HANDLERS}
        _choose_isa(loaded)
        for name, symbol in handlers.items():
            jax.ffi.register_ffi_target(name, jax.ffi.pycapsule(symbol), platform="cpu")
    except (OSError, AttributeError, jax.errors.JaxRuntimeError) as error:
        warnings.warn(
            f"Dendrax runs without its native kernels, in pure JAX, which is slower: {error}. Where there is a C++ "
            "compiler, installing Dendrax again builds them (`make native` in a checkout); DENDRAX_NATIVE=0 in the "
            "environment does without them silently.",
            NativeMissingWarning,
            stacklevel=3,
        )
        return None
    return loaded


def _has_cpu() -> bool:
    """Whether programs can run on a CPU here; JAX_PLATFORMS may say no."""
    try:
        return bool(jax.local_devices(backend="cpu"))
    except RuntimeError:
        return False


def _opened(path: Path) -> ctypes.CDLL:
    """The library, with the types of its plain functions.

    Raises:
        OSError: It cannot be loaded.
        AttributeError: It lacks a function.
    """
    if not path.is_file():
        message = f"{path} was not built"
        raise FileNotFoundError(message)
    _check_complete(path)
    loaded = ctypes.CDLL(str(path))
    loaded.dendrax_version.restype = ctypes.c_char_p
    loaded.dendrax_isa.restype = ctypes.c_char_p
    loaded.dendrax_select_isa.argtypes = [ctypes.c_char_p]
    return loaded


def _check_complete(path: Path) -> None:
    """Refuses an ELF file that ends too early; loading one kills the process where the mapped pages have no file.

    The table of sections is the last thing in the file. Mach-O and PE are checked by those who load them.
    """
    with path.open("rb") as file:
        header = file.read(64)
    if not header.startswith(b"\x7fELF\x02\x01"):  # 64 bits, little endian; all that we know of
        return
    # Elf64_Ehdr (System V ABI, ch. 4): e_shoff at 40; e_shentsize and e_shnum at 58.
    sections = struct.unpack_from("<Q", header.ljust(64, b"\xff"), 40)[0]
    size, count = struct.unpack_from("<HH", header.ljust(64, b"\xff"), 58)
    if path.stat().st_size < sections + size * count:
        message = f"{path} is truncated"
        raise OSError(message)


def _choose_isa(loaded: ctypes.CDLL) -> None:
    """Does what DENDRAX_ISA says.

    Raises:
        ModelValueError: There is no such instruction set.
    """
    wanted = os.environ.get("DENDRAX_ISA")
    if wanted and not loaded.dendrax_select_isa(wanted.encode()):
        message = (
            f"DENDRAX_ISA={wanted}: not one that this machine and the library have; baseline always is one, avx2 and "
            "avx512 may be. Unset it to get the best."
        )
        raise ModelValueError(message)
