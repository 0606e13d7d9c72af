"""The command line: what it understands, and what it says when the input is at fault."""

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
    ("arguments", "names"), [(["--help"], ["demo"]), (["demo", "--help"], ["--swc", "--out", "--seconds"])]
)
def test_help_names_what_there_is(capsys, arguments, names):
    with pytest.raises(SystemExit) as leaving:
        cli.main(arguments)
    assert leaving.value.code == 0
    text = capsys.readouterr().out
    assert all(name in text for name in names)


@pytest.mark.parametrize(
    "arguments", [[], ["run"], ["demo", "--seconds", "0"], ["demo", "--seconds", "nan"], ["demo", "x"]]
)
def test_what_it_does_not_understand(capsys, arguments):
    with pytest.raises(SystemExit) as leaving:
        cli.main(arguments)
    assert leaving.value.code == 2
    assert "usage: dendrax" in capsys.readouterr().err


def test_a_missing_file(capsys, tmp_path):
    missing = tmp_path / "missing.swc"
    assert cli.main(["demo", "--swc", str(missing), "--out", str(tmp_path / "out")]) == 2
    text = capsys.readouterr().err
    assert text.startswith("dendrax: error: ")
    assert str(missing) in text
    assert not (tmp_path / "out").exists()


def test_a_broken_file_gives_all_of_the_readers_findings(capsys, tmp_path):
    broken = tmp_path / "broken.swc"
    broken.write_text("1 1 0 0 0 5 -1\n2 3 0 10 0 -1 1\n3 3 0 20 0 1 99\n")
    assert cli.main(["demo", "--swc", str(broken), "--out", str(tmp_path / "out")]) == 2
    text = capsys.readouterr().err
    assert str(broken) in text
    assert "2" in text
    assert "99" in text
    assert "Traceback" not in text


def test_a_folder_that_cannot_be_made(capsys, tmp_path):
    (tmp_path / "file").write_text("")
    assert cli.main(["demo", "--out", str(tmp_path / "file" / "out")]) == 2
    assert str(tmp_path / "file") in capsys.readouterr().err


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


def test_the_command_is_installed_and_its_errors_show_no_traceback(tmp_path):
    command = Path(sys.executable).with_name("dendrax")
    result = subprocess.run(
        [command, "demo", "--swc", tmp_path / "none.swc"], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert result.returncode == 2
    assert result.stdout == ""
    assert "none.swc" in result.stderr
    assert "Traceback" not in result.stderr
