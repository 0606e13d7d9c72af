"""Loading a model file never runs what it holds, and never takes it for whole where it is not (figure 12)."""

import io
import pickle
import struct
import sys
import warnings
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

import dendrax as jx
from dendrax.channels import HH
from dendrax.errors import ModelFileError
from dendrax.io.model import container
from dendrax.io.model.versions import VERSION

NAMES = ("model.json", "arrays.safetensors")

FOREIGN = (
    "os:system", "subprocess:Popen", "builtins:eval", "this:s", "antigravity:x", "dendrax.cli:main", "os.system", "",
    "dendrax.channels.hh:np", "dendrax.errors:DendraxError", "__main__:HH", ":", "a:b:c",
)  # fmt: skip
"""What no file may name."""


class Mischief:
    """What leaves a trace if it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple:
        return Path.touch, (self.trace,)


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A file that loads."""
    cell = jx.Cell(jx.Branch(jx.Compartment(), ncomp=2), parents=[-1, 0, 0])
    cell.insert(HH())
    cell.record("v", verbose=False)
    path = tmp_path_factory.mktemp("good") / "cell.dendrax"
    jx.save(cell, path)
    assert jx.load(path).shape == cell.shape
    return path.read_bytes()


def repacked(good: bytes, **changed: bytes) -> bytes:
    """The file with other members, and right checksums of the archive."""
    members = container.unpack(good, NAMES)
    return b"".join(container.pack(dict(zip(NAMES, members.values(), strict=True)) | changed))


def zipped(*members: tuple[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    """Any archive."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


def malicious(good: bytes, trace: Path) -> Iterator[tuple[str, bytes]]:
    """What somebody may send who wants harm."""
    evil = pickle.dumps(Mischief(trace))
    document, arrays = container.unpack(good, NAMES).values()
    yield "a pickle", evil
    yield "a pickle as the document", repacked(good, **{NAMES[0]: evil})
    yield "a pickle as the arrays", repacked(good, **{NAMES[1]: evil})
    objects = io.BytesIO()
    np.savez(objects, x=np.array([Mischief(trace)], dtype=object))
    yield "an npz of objects", objects.getvalue()
    for name in ("../evil.py", "/tmp/evil.py", "..\\evil.py", "C:\\evil.py", "model.json/../../evil.py"):  # noqa: S108
        yield f"a member {name}", zipped((NAMES[0], document), (NAMES[1], arrays), (name, b"evil"))
        yield f"a member {name} alone", zipped((name, b"evil"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile has doubts too
        yield "two documents", zipped((NAMES[0], document), (NAMES[0], document), (NAMES[1], arrays))
    zeros = bytes(200_000_000)
    for k, name in enumerate(NAMES):
        contents = [zeros if other == k else one for other, one in enumerate((document, arrays))]
        yield f"a bomb in {name}", zipped(*zip(NAMES, contents, strict=True), compression=zipfile.ZIP_DEFLATED)
    for shape in ("[1000000000000000000]", "[-1]", "[4294967296,4294967296]", "[1e400]", '["6"]', "[[[[[[[]]]]]]]"):
        header = f'{{"nodes/v":{{"dtype":"F64","shape":{shape},"data_offsets":[0,48]}}}}'.encode()
        yield f"shape {shape}", repacked(good, **{NAMES[1]: struct.pack("<Q", len(header)) + header + bytes(48)})
    yield "a header of 2^63 bytes", repacked(good, **{NAMES[1]: struct.pack("<Q", 2**63) + bytes(48)})
    yield "nesting", repacked(good, **{NAMES[0]: b"[" * 1_000_000})
    for path in FOREIGN:
        named = document.replace(b"dendrax.channels.hh:HH", path.encode())
        assert named != document
        yield f"mechanism {path}", repacked(good, **{NAMES[0]: named})
    for schema in (b"0", b"-1", b"999", b"NaN", b"1e999"):
        other = document.replace(f'"schema": {VERSION}'.encode(), b'"schema": ' + schema)
        assert other != document
        yield f"schema {schema.decode()}", repacked(good, **{NAMES[0]: other})


def damaged(good: bytes) -> Iterator[tuple[str, bytes]]:
    """What disks and networks do."""
    rng = np.random.default_rng(12)
    for place in rng.integers(0, 8 * len(good), 1000):
        flipped = bytearray(good)
        flipped[place // 8] ^= 1 << (place % 8)
        yield f"bit {place} flipped", bytes(flipped)
    for length in rng.integers(0, len(good), 200):
        yield f"cut after {length} bytes", good[:length]
    yield "more at the end", good + b"\0"
    yield "more at the beginning", b"\0" + good


def not_refused(files: Iterator[tuple[str, bytes]], path: Path) -> tuple[int, list[str]]:
    """How many there are, and which are anything but refused."""
    count, bad = 0, []
    for name, content in files:
        path.write_bytes(content)
        count += 1
        try:
            jx.load(path)
        except ModelFileError as error:
            if str(path) not in str(error):
                bad.append(f"{name}: an error that does not name the file")
        except Exception as error:  # noqa: BLE001 - whatever it is, it is not ours
            bad.append(f"{name}: {type(error).__name__}: {error}")
        else:
            bad.append(f"{name}: loaded")
    return count, bad


def test_malicious_files(holds: Callable, good: bytes, tmp_path: Path) -> None:
    trace, path = tmp_path / "trace", tmp_path / "sent.dendrax"
    modules = set(sys.modules)
    count, bad = not_refused(malicious(good, trace), path)
    print("\n".join(bad))
    ran = trace.exists() + len({"this", "antigravity"} & (set(sys.modules) - modules))
    holds(12, f"of {count} malicious files, those that ran something", ran, at_most=0)
    holds(12, f"of {count} malicious files, those not refused with the file's name", len(bad), at_most=0)
    written = [one.name for one in tmp_path.rglob("*") if one != path] + [*tmp_path.parent.glob("evil*")]
    holds(12, "files that appeared beside them", len(written), at_most=0)


def test_damaged_files(holds: Callable, good: bytes, tmp_path: Path) -> None:
    count, bad = not_refused(damaged(good), tmp_path / "sent.dendrax")
    print("\n".join(bad))
    holds(12, f"of {count} cut or flipped files, those not refused", len(bad), at_most=0)
