"""Files as Python for reading."""

from pathlib import Path

import pytest

from dendrax.io import nmodl

MODELS = Path(__file__).parent / "models"


@pytest.mark.parametrize("path", sorted(MODELS.glob("*.mod")), ids=lambda path: path.stem)
def test_it_compiles(path: Path) -> None:
    """Every file is valid Python, with a function for each block, and the same of the class."""
    text = nmodl.to_python(path)
    compile(text, str(path), "exec")
    program = nmodl.load(path).program
    assert text.count("\ndef ") == len(program.file.routines)
    assert nmodl.to_python(nmodl.load(path)) == text


def test_what_it_says() -> None:
    """Parameters, states, what is kept, equations and calls."""
    text = nmodl.to_python(MODELS / "persist.mod")
    for line in ("gbar = 0.001 [S/cm2]", "peak", "dm_dt = (1 / (1 + exp(-(v - shift) / 6)) - m) * speed / 5"):
        assert line in text
    assert "if v > -60 and before <= -60:" in text
    assert "react([2 * free], '<->', [bound], on, 0.1)" in nmodl.to_python(MODELS / "dimer.mod")
    assert "    return vtrap_value" in nmodl.to_python(MODELS / "linoid.mod")


def test_files_that_cannot_be_used_are_shown(tmp_path: Path) -> None:
    """Whatever text and names they have."""
    path = tmp_path / "odd.mod"
    path.write_text(
        'TITLE say """hello""" \\n\nNEURON { POINT_PROCESS odd POINTER p }\nPARAMETER { lambda = 2 }\n'
        'ASSIGNED { p }\nBREAKPOINT { VERBATIM\n  x = """a\\\n  ENDVERBATIM\n p = -2^-lambda^2 }\n'
    )
    text = nmodl.to_python(path)
    compile(text, "odd", "exec")
    assert "lambda_" in text
