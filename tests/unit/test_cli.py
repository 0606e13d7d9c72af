"""The command line: what it understands, and what it says when the input is at fault."""

import gzip
import os
import subprocess
import sys
from pathlib import Path

import pytest

import dendrax
from dendrax import cli


def test_version(capsys):
    with pytest.raises(SystemExit) as leaving:
        cli.main(["--version"])
    assert leaving.value.code == 0
    assert capsys.readouterr().out == f"dendrax {dendrax.__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (["--help"], ["demo", "info", "view", "examples:", "exit codes:"]),
        (["demo", "--help"], ["--swc", "--out", "--seconds"]),
        (["info", "--help"], ["FILE", "--repair", "remedy"]),
        (["view", "--help"], ["FILE", "--out", "--no-open", "--ncomp", "--repair"]),
    ],
)
def test_help_names_what_there_is(capsys, arguments, names):
    with pytest.raises(SystemExit) as leaving:
        cli.main(arguments)
    assert leaving.value.code == 0
    text = capsys.readouterr().out
    assert all(name in text for name in names)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["run"],
        ["demo", "--seconds", "0"],
        ["demo", "--seconds", "nan"],
        ["demo", "--seconds", "soon"],
        ["demo", "x"],
        ["info"],
        ["view"],
        ["view", "a.swc", "--ncomp", "0"],
        ["view", "a.swc", "--ncomp", "many"],
        ["view", "a.swc", "--ncomp", "99999999999"],
        ["view", "a.swc", "b.swc"],
    ],
)
def test_what_it_does_not_understand(capsys, arguments):
    with pytest.raises(SystemExit) as leaving:
        cli.main(arguments)
    assert leaving.value.code == 2
    text = capsys.readouterr().err
    assert "usage: dendrax" in text
    assert "_count" not in text
    assert "_seconds" not in text, "no names of ours"


def test_a_missing_file(capsys, tmp_path):
    missing = tmp_path / "missing.swc"
    assert cli.main(["demo", "--swc", str(missing), "--out", str(tmp_path / "out")]) == 1
    text = capsys.readouterr().err
    assert text.startswith("dendrax: error: ")
    assert str(missing) in text
    assert not (tmp_path / "out").exists()


def test_a_broken_file_gives_all_of_the_readers_findings(capsys, tmp_path):
    broken = tmp_path / "broken.swc"
    broken.write_text("1 1 0 0 0 5 -1\n2 3 0 10 0 -1 1\n3 3 0 20 0 1 99\n")
    assert cli.main(["demo", "--swc", str(broken), "--out", str(tmp_path / "out")]) == 1
    text = capsys.readouterr().err
    assert str(broken) in text
    assert "2" in text
    assert "99" in text
    assert "Traceback" not in text


GOOD = "1 1 0 0 0 5 -1\n2 3 0 10 0 1 1\n3 3 0 30 0 1 2\n4 7 10 30 0 1 3\n5 7 -10 30 0 0.5 3\n"
BROKEN = "1 1 0 0 0 5 -1\n2 3 0 10 0 -1 1\n3 3 0 20 0 1 2\n"


def test_info_says_what_is_in_a_file(capsys, tmp_path):
    file = tmp_path / "cell.swc"
    file.write_text(GOOD)
    assert cli.main(["info", str(file)]) == 0
    out = capsys.readouterr().out
    lines = [line.split() for line in out.splitlines()]
    assert "5 points, 4 branches, 1 fork, 2 tips" in out
    # A soma of one point is a sphere; its neurite begins at the first point of its own.
    assert ["1", "soma", "1", "1", "10.0", "314.2", "5", "to", "5"] in lines
    assert ["3", "basal", "2", "1", "20.0", "125.7", "1", "to", "1"] in lines
    assert lines[-3][:4] == ["7", "custom7", "2", "2"]
    assert lines[-3][4] == "20.0"
    assert "no defects" in out


def test_info_lists_defects_and_says_whether_they_can_be_mended(capsys, tmp_path):
    good, broken, hopeless = (tmp_path / f"{name}.swc" for name in ("good", "broken", "hopeless"))
    good.write_text(GOOD)
    broken.write_text(BROKEN)
    hopeless.write_text(BROKEN.replace("1 2\n", "1 99\n"))
    assert cli.main(["info", str(broken), str(good)]) == 1
    out = capsys.readouterr().out
    assert "line 2: radius -1 is negative" in out
    assert "All of this can be mended" in out
    assert "no defects" in out, "the other file is described, too"
    assert cli.main(["info", "--repair", str(broken)]) == 0
    assert "took that of the nearest neighbour" in capsys.readouterr().out
    assert cli.main(["info", str(hopeless)]) == 1
    out = capsys.readouterr().out
    assert "line 2" in out
    assert "line 3" in out
    assert "Not all of this can be mended" in out


def test_a_file_that_is_missing_does_not_hide_the_others(capsys, tmp_path):
    (tmp_path / "cell.swc").write_text(GOOD)
    (tmp_path / "packed.swc.gz").write_bytes(gzip.compress(GOOD.encode()))
    assert cli.main(["info", *(str(tmp_path / name) for name in ("none.swc", "packed.swc.gz", "cell.swc"))]) == 1
    said = capsys.readouterr()
    assert "5 points, 4 branches" in said.out
    assert "compressed; unpack it first" in said.out
    assert said.err.startswith("dendrax: error: There is no file")


def test_info_notes_what_may_surprise(capsys, tmp_path):
    (tmp_path / "nosoma.swc").write_text("1 3 0 0 0 1 -1\n2 3 0 10 0 1 1\n")
    assert cli.main(["info", str(tmp_path / "nosoma.swc")]) == 0
    assert "note: has no soma" in capsys.readouterr().out
    (tmp_path / "lone.swc").write_text("1 1 0 0 0 5 -1\n2 3 0 10 0 1 1\n")
    assert cli.main(["info", str(tmp_path / "lone.swc")]) == 0
    said = capsys.readouterr()
    assert "note: neurites of a single point" in said.out
    assert said.err == ""


@pytest.fixture
def opened(monkeypatch, tmp_path):
    """What the browser was asked to open; the present folder is one of the test."""
    pages = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("webbrowser.open", lambda page: pages.append(page) or True)
    (tmp_path / "cell.swc").write_text(GOOD)
    return pages


def test_view_writes_a_page_and_opens_it(capsys, opened, tmp_path):
    assert cli.main(["view", "cell.swc", "--ncomp", "2"]) == 0
    page = tmp_path / "cell.html"
    assert opened == [page.as_uri()]
    assert capsys.readouterr().out == "cell.html\n"
    assert "<html" in page.read_text(encoding="utf-8")[:1000].lower()


def test_view_writes_where_it_is_told_and_opens_nothing(monkeypatch, opened, tmp_path):
    monkeypatch.setattr("dendrax.cli.view.view3d", lambda cell, path: path.write_text(f"{cell.shape}") and path)
    assert cli.main(["view", "cell.swc", "--out", "page.htm", "--no-open", "--ncomp", "3"]) == 0
    assert opened == []
    assert Path("page.htm").read_text(encoding="utf-8") == "(4, 12)"
    Path("cell.swc").write_text(BROKEN)
    assert cli.main(["view", "cell.swc", "--no-open"]) == 1
    assert not Path("cell.html").exists()


def test_view_without_a_browser_says_so(monkeypatch, capsys, opened):
    monkeypatch.setattr("dendrax.cli.view.view3d", lambda cell, path: path)
    monkeypatch.setattr("webbrowser.open", lambda page: False)
    assert cli.main(["view", "cell.swc"]) == 0
    assert "open cell.html yourself" in capsys.readouterr().err


def test_a_folder_that_cannot_be_made(capsys, tmp_path):
    (tmp_path / "file").write_text("")
    assert cli.main(["demo", "--out", str(tmp_path / "file" / "out")]) == 1
    text = capsys.readouterr().err
    assert text.startswith(f"dendrax: error: {tmp_path / 'file'}")
    assert "Errno" not in text


def test_view_without_plotly_names_the_extra(monkeypatch, capsys, opened):
    monkeypatch.setitem(sys.modules, "plotly.offline", None)
    assert cli.main(["view", "cell.swc"]) == 1
    assert "pip install 'dendrax[page]'" in capsys.readouterr().err
    assert [one.name for one in Path().iterdir()] == ["cell.swc"], "nothing is half written"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere every name of a file is text")
def test_names_that_cannot_be_printed_and_no_output_at_all(tmp_path):
    """In one process each, since the shell has a part in both."""
    name = b"cell\xff.swc"
    (tmp_path / os.fsdecode(name)).write_text(GOOD)
    command = [sys.executable, "-m", "dendrax.cli", "info", name]
    said = subprocess.run(command, capture_output=True, check=False, cwd=tmp_path)
    assert (said.returncode, said.stderr) == (0, b"")
    assert b"cell\\udcff.swc" in said.stdout
    closed = subprocess.run(
        ["/bin/sh", "-c", '"$0" -m dendrax.cli info cell* >&-', sys.executable],
        capture_output=True,
        check=False,
        cwd=tmp_path,
    )
    assert (closed.returncode, closed.stderr) == (0, b"")


def test_an_interruption_has_its_usual_exit_code(capsys, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("dendrax.demo.run", interrupted)
    assert cli.main(["demo"]) == 130
    assert "Traceback" not in capsys.readouterr().err


def test_a_warning_is_a_sentence(capsys, monkeypatch):
    import warnings

    monkeypatch.setattr("dendrax.demo.run", lambda *_: warnings.warn("the soma was mended", stacklevel=1))
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        assert cli.main(["demo"]) == 0
    assert capsys.readouterr().err == "dendrax: warning: the soma was mended\n"


def test_a_closed_pipe_is_no_error(tmp_path):
    (tmp_path / "cell.swc").write_text(GOOD)
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "dendrax.cli", "info", "cell.swc"]
    with os.fdopen(writing, "w") as closed:
        result = subprocess.run(command, stdout=closed, stderr=subprocess.PIPE, text=True, check=False, cwd=tmp_path)
    assert result.returncode == 141
    assert result.stderr == ""


def test_the_command_is_installed_and_its_errors_show_no_traceback(tmp_path):
    command = Path(sys.executable).with_name("dendrax")
    result = subprocess.run(
        [command, "demo", "--swc", tmp_path / "none.swc"], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert result.returncode == 1
    assert result.stdout == ""
    assert "none.swc" in result.stderr
    assert "Traceback" not in result.stderr
