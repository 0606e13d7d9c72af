"""`dendrax nmodl check`, and files of other formats that are handed to `info` and `view`."""

from pathlib import Path

import pytest

import dendrax as jx
from dendrax import cli
from dendrax.errors import SwcError

MODELS = Path(__file__).parent / "io" / "nmodl" / "models"
WITH_POINTER = (
    "NEURON { SUFFIX gap\n POINTER vgap\n NONSPECIFIC_CURRENT i }\nASSIGNED { i vgap }\nBREAKPOINT { i = vgap }\n"
)


def test_all_files_can_be_used(capsys):
    assert cli.main(["nmodl", "check", str(MODELS)]) == 0
    lines = capsys.readouterr().out.splitlines()
    files = sorted(MODELS.glob("*.mod"))
    assert lines[-1] == f"{len(files)} of {len(files)} files can be used"
    assert all(line.endswith("ok") for line in lines[:-2])
    assert any(line.split() == [str(MODELS / "synapse.mod"), "BlockedSyn", "POINT_PROCESS", "ok"] for line in lines)


def test_files_that_cannot(capsys, tmp_path):
    (tmp_path / "gap.mod").write_text(WITH_POINTER)
    (tmp_path / "broken.mod").write_text("NEURON {\n SUFFIX\n}\n")
    assert cli.main(["nmodl", "check", str(tmp_path), str(MODELS / "pool.mod")]) == 1
    broken, gap, pool, _, summary = capsys.readouterr().out.splitlines()
    assert "cannot be read: 3:1: found" in broken
    assert gap.split()[1:3] == ["gap", "SUFFIX"]
    assert "refused: 1:" in gap
    assert "POINTER vgap" in gap
    assert pool.endswith("ok")
    assert summary == "1 of 3 files can be used"


def test_wrong_paths(capsys, tmp_path):
    assert cli.main(["nmodl", "check", str(tmp_path / "missing")]) == 2
    assert "missing" in capsys.readouterr().err
    assert cli.main(["nmodl", "check", str(tmp_path)]) == 2
    assert "no .mod file" in capsys.readouterr().err
    with pytest.raises(SystemExit) as leaving:
        cli.main(["nmodl"])
    assert leaving.value.code == 2


@pytest.mark.parametrize(
    ("name", "way"),
    [("cell.hoc", "from_neuron"), ("Cell.ASC", "Import3d"), ("channel.mod", "nmodl.load")],
)
def test_files_of_other_formats(capsys, tmp_path, name, way):
    path = tmp_path / name
    path.write_text("create soma\n")
    with pytest.raises(SwcError, match=way) as raised:
        jx.read_swc(path)
    assert name in str(raised.value)
    assert cli.main(["info", str(path)]) == 1
    told = capsys.readouterr()
    assert way in told.err
    assert "repair" not in told.out + told.err
    assert cli.main(["view", str(path), "--no-open"]) == 1
    assert way in capsys.readouterr().err
    assert cli.main(["info", str(tmp_path / f"no_{name}")]) == 1
    assert "There is no file" in capsys.readouterr().err
