"""A zip of which every byte is accounted for.

Any program can open it, but it is neither written nor read by `zipfile`, which forgives much: data before and after
the archive, members that overlap, bytes that no checksum covers. Here the contents of the members determine the whole
file. Reading takes the members out and compares the file with what they would be written as, so that a file that
anybody has changed is refused.

Members are not compressed: nothing can be larger than the file that it comes in, and the same model gives the same
bytes wherever it is saved (zlib is not the same everywhere).

References:
    PKWARE Inc., APPNOTE.TXT - .ZIP file format specification, version 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16.
"""

import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence

from dendrax.errors import ModelFileError

LOCAL = struct.Struct("<4s5H3I2H")
CENTRAL = struct.Struct("<4s6H3I5H2I")
END = struct.Struct("<4s4H2IH")
LOCAL_MARK, CENTRAL_MARK, END_MARK = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
VERSION, FLAGS, STORED, TIME, DATE = 20, 0, 0, 0, 0x21  # 1980-01-01, the first day that there is
LARGEST = 2**32 - 2**20
"""Sizes and places are numbers of 32 bits; the last MiB is for what is around the members."""


def pack(members: Mapping[str, bytes]) -> Iterator[bytes]:
    """The bytes of an archive of contents by name (ASCII), in order, piece by piece."""
    total = sum(map(len, members.values()))
    if total > LARGEST:
        raise ModelFileError(
            f"the model takes {total / 2**30:.1f} GiB, but a file holds {LARGEST / 2**30:.0f} GiB at most. Most of it "
            f"is often stimuli: pass these to `integrate` as data (`data_stimulate`) instead."
        )
    begin, entries = 0, []
    for name, content in members.items():
        head = (VERSION, FLAGS, STORED, TIME, DATE, zlib.crc32(content), len(content), len(content), len(name), 0)
        local = LOCAL.pack(LOCAL_MARK, *head) + name.encode("ascii")
        yield local
        yield content
        entries.append(CENTRAL.pack(CENTRAL_MARK, VERSION, *head, 0, 0, 0, 0, begin) + name.encode("ascii"))
        begin += len(local) + len(content)
    directory = b"".join(entries)
    yield directory
    yield END.pack(END_MARK, 0, 0, len(entries), len(entries), len(directory), begin, 0)


def unpack(archive: bytes, names: Sequence[str]) -> dict[str, bytes]:
    """The members of an archive that `pack` made, which has to have these `names` in this order."""
    members: dict[str, bytes] = {}
    at = 0
    for name in names:
        members[name] = _member(archive, at, name)
        at += LOCAL.size + len(name) + len(members[name])
    if archive[at : at + 4] == LOCAL_MARK:
        raise ModelFileError(
            f"it has a member {_name_at(archive, at)!r} beside {' and '.join(names)}, and nothing else belongs into a "
            f"model file. It is from somebody else, or from a newer Dendrax."
        )
    at = 0
    for piece in pack(members):
        found = archive[at : at + len(piece)]
        if len(found) < len(piece):
            raise ModelFileError(f"it is cut off: it ends after {len(archive)} bytes.")
        if found != piece:
            raise ModelFileError(f"it is damaged: bytes {at} to {at + len(piece)} are not what was written.")
        at += len(piece)
    if at != len(archive):
        raise ModelFileError(f"{len(archive) - at} bytes follow where the file should end.")
    return members


def _member(archive: bytes, at: int, name: str) -> bytes:
    """The content of the member at a place."""
    head = archive[at : at + LOCAL.size]
    if at == 0 and head[:4] != LOCAL_MARK[: len(head)]:
        raise ModelFileError("it is no model file: it does not begin as a zip does. `dendrax.save` writes such files.")
    if len(archive) < at + LOCAL.size + len(name):
        raise ModelFileError(f"it is cut off: it ends after {len(archive)} bytes.")
    mark, _, _, method, _, _, checksum, packed, size, *_ = LOCAL.unpack(head)
    found = _name_at(archive, at) if mark == LOCAL_MARK else None
    if found != name:
        there = "nothing" if found is None else repr(found)
        raise ModelFileError(f"a model file has a member {name!r} at byte {at}, but there is {there}.")
    if method != STORED or packed != size:
        raise ModelFileError(
            f"its member {name!r} is compressed. `dendrax.save` compresses nothing, so that no file can unpack to more "
            f"than it is."
        )
    begin = at + LOCAL.size + len(name)
    content = archive[begin : begin + size]
    if len(content) < size:
        raise ModelFileError(f"it is cut off: {name!r} has {size} bytes, but only {len(content)} of them are there.")
    if zlib.crc32(content) != checksum:
        raise ModelFileError(f"it is damaged: {name!r} does not have its checksum.")
    return content


def _name_at(archive: bytes, at: int) -> str:
    """The name of the member at a place, as far as it can be shown."""
    (length,) = struct.unpack_from("<H", archive, at + 26) if len(archive) >= at + LOCAL.size else (0,)
    begin = at + LOCAL.size
    return archive[begin : begin + min(length, 100)].decode("ascii", "backslashreplace")
