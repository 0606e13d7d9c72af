"""Every file that we write: whole or not at all, regular files only, mode and links kept, leftovers removed."""

import ast
import os
import resource
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import dendrax as jx
from dendrax import files
from dendrax.demo.descent import FoundDensities
from dendrax.demo.pictures import draw_loss
from dendrax.errors import FileWriteError, ModelTypeError, ModelValueError

CELL = jx.Cell(jx.Branch(jx.Compartment(), ncomp=2), parents=[-1])
CELL.compute_xyz()


WRITERS = {
    "save": lambda path: jx.save(CELL, path),
    "view3d": lambda path: jx.view3d(CELL, path=path),
    "write_swc": lambda path: jx.io.write_swc(CELL, path),
}


@pytest.fixture(params=WRITERS)
def write(request):
    """One of the functions that write a file, called with the path."""
    return WRITERS[request.param]


def names(folder):
    return sorted(one.name for one in folder.iterdir())


def test_nothing_in_the_package_writes_a_file_but_files():
    """What opens a file for writing, or hands a path to a library that does, stands in files.py alone."""
    package = Path(jx.__file__).parent
    writers = {"write_text", "write_bytes", "savefig", "savetxt", "savez", "to_csv", "save_file", "replace_file"}
    found = []
    for file in package.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            modes = [
                one.value for one in [*node.args, *(k.value for k in node.keywords)] if isinstance(one, ast.Constant)
            ]
            opens = name in ("open", "fdopen") and any(isinstance(m, str) and set(m) & set("wxa") for m in modes[:2])
            if (name in writers or opens) and file.name != "files.py":
                found.append(f"{file.relative_to(package)}:{node.lineno} {name}")
    assert [one for one in found if not one.startswith("demo/pictures.py")] == []  # into a buffer
    assert len(found) == 1


@pytest.mark.parametrize("kind", ["folder", "FIFO", "socket", "device"])
@pytest.mark.parametrize("linked", [False, True])
def test_what_is_not_a_regular_file_is_refused_and_stays(write, kind, linked, tmp_path, monkeypatch):
    path = tmp_path / "there"
    with socket.socket(socket.AF_UNIX) as end:
        if kind == "folder":
            path.mkdir()
        elif kind == "FIFO":
            os.mkfifo(path)
        elif kind == "socket":
            monkeypatch.chdir(tmp_path)  # names of sockets are short
            end.bind("there")
        else:
            path = Path("/dev/null")
        if linked:
            (tmp_path / "link").symlink_to(path)
        before = path.stat().st_mode
        with pytest.raises(FileWriteError, match=f"there is a .*{kind}"):
            write(tmp_path / "link" if linked else path)
    assert path.stat().st_mode == before
    assert not any("unfinished" in name for name in names(tmp_path))


def test_folders_that_are_missing_or_none(write, tmp_path):
    with pytest.raises(FileWriteError, match=r"no folder .*absent.*Make it first"):
        write(tmp_path / "absent" / "file")
    (tmp_path / "file").write_text("")
    with pytest.raises(FileWriteError, match="no folder"):
        write(tmp_path / "file" / "file")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(FileWriteError, match="loop"):
        write(tmp_path / "loop")
    with pytest.raises(ModelTypeError, match="must name a file"):
        files.target_of("save", 3)
    with pytest.raises(ModelTypeError, match="must name a file"):
        files.target_of("save", b"file")
    with pytest.raises(ModelValueError, match="zero byte"):
        write("a\0b")
    with pytest.raises(FileWriteError, match="name too long"):
        write(tmp_path / ("n" * 256))
    assert isinstance(FileWriteError("text"), OSError)


@pytest.mark.parametrize("which", ["folder", "file"])
def test_permissions_are_asked_before_any_work(write, which, tmp_path, monkeypatch):
    path = tmp_path / "file"
    path.write_text("old")
    refused = tmp_path if which == "folder" else path
    monkeypatch.setattr("os.access", lambda one, _: Path(one) != refused)  # root may write anywhere
    with pytest.raises(FileWriteError, match="permissions forbid it"):
        write(path)
    assert path.read_text() == "old"


@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002])
def test_a_new_file_follows_the_umask(write, mask, tmp_path):
    before = os.umask(mask)
    try:
        write(tmp_path / "new")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o666 & ~mask


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o755, 0o666])
def test_a_file_that_was_there_keeps_its_mode_and_a_link_stays_one(write, mode, tmp_path):
    path, link = tmp_path / "file", tmp_path / "link"
    path.write_text("old")
    path.chmod(mode)
    link.symlink_to("file")
    write(link)
    assert stat.S_IMODE(path.stat().st_mode) == mode
    assert link.is_symlink()
    assert path.read_bytes()[:3] != b"old"
    assert names(tmp_path) == ["file", "link"]


def test_a_picture_is_written_like_the_rest(tmp_path):
    found = FoundDensities([], [], [], np.array([2.0, 1.0]), interrupted=False)
    with pytest.raises(FileWriteError, match="there is a device"):
        draw_loss(Path("/dev/null"), found)
    draw_loss(tmp_path / "loss.png", found)
    assert (tmp_path / "loss.png").read_bytes().startswith(b"\x89PNG")


def test_a_link_to_nothing_yet_stays_a_link(write, tmp_path):
    (tmp_path / "link").symlink_to("file")
    write(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").is_file()


def test_a_private_file_is_private_at_every_moment(tmp_path, monkeypatch):
    path, modes = tmp_path / "file", []
    path.write_text("old")
    path.chmod(0o600)
    files.write(
        "save", path, (modes.append([one.stat().st_mode & 0o077 for one in tmp_path.iterdir()]) or b"x" for _ in "ab")
    )
    assert modes == [[0, 0], [0, 0]]


def test_a_full_disk_is_an_error_of_ours_and_the_old_file_stays(write, tmp_path):
    """A limit on the size of files stands for the disk: the system refuses to write in the same way."""
    path = tmp_path / "file"
    path.write_text("old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (16, before[1]))
    try:
        with pytest.raises(FileWriteError, match=r"File too large.*unchanged"):
            write(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert path.read_text() == "old"
    assert names(tmp_path) == ["file"]


def test_ctrl_c_leaves_what_was_there(write, tmp_path, monkeypatch):
    path = tmp_path / "file"
    path.write_text("old")

    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(path)
    assert path.read_text() == "old"
    assert names(tmp_path) == ["file"]


WRITER = """
import sys, time
from dendrax import files
def pieces():
    yield b"new"
    print("writing", flush=True)
    sys.stdin.readline()
    yield b" content"
files.write("save", sys.argv[1], pieces())
"""


def writer(path):
    """Another process in the middle of writing a file; it goes on after a line."""
    process = subprocess.Popen([sys.executable, "-c", WRITER, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"writing\n"
    return process


@pytest.mark.parametrize(
    "write", ["save", *(pytest.param(one, marks=pytest.mark.slow) for one in ("view3d", "write_swc"))], indirect=True
)
def test_leftovers_of_the_killed_are_removed_and_files_of_the_living_are_not(write, tmp_path):
    path = tmp_path / "file"
    other = tmp_path / ".dendrax-notes.unfinished"
    other.write_text("of somebody else")
    dead, alive = writer(path), writer(path)
    assert len(names(tmp_path)) == 3
    dead.send_signal(signal.SIGKILL)
    dead.communicate()
    write(path)
    ours = path.read_bytes()
    assert len(names(tmp_path)) == 3  # the file, that of the living, that of somebody else
    alive.communicate(b"\n")
    assert alive.returncode == 0
    assert path.read_bytes() == b"new content" != ours
    assert names(tmp_path) == [other.name, "file"]


def test_many_writers_at_once_all_succeed(tmp_path):
    """Each cleans up before it writes; none takes the file of another for a leftover."""
    path, failures = tmp_path / "file", []
    until = time.monotonic() + 1.0

    def write_often(number):
        try:
            while time.monotonic() < until:
                files.write("save", path, [bytes([number])] * 100)
        except FileWriteError as error:
            failures.append(error)

    threads = [threading.Thread(target=write_often, args=(number,)) for number in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert not failures
    assert len(path.read_bytes()) == 100
    assert len(set(path.read_bytes())) == 1
    assert names(tmp_path) == ["file"]
