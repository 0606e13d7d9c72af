"""Units are printed as people write them, and nothing else is changed."""

import pytest

from dendrax.plot.typesetting import label, typeset


@pytest.mark.parametrize(
    ("unit", "printed"),
    [
        ("um", "µm"),
        ("um2/ms", "µm²/ms"),
        ("uF/cm^2", "µF/cm²"),
        ("Mohm", "MΩ"),
        ("1/(mM ms)", "1/(mM ms)"),
        ("uM^4", "µM⁴"),
        ("m^-1", "m⁻¹"),
        ("1e-3 um", "1e-3 µm"),
        ("µm", "µm"),
        ("elementary charges", "elementary charges"),
        ("sum2", "sum2"),
        ("1", ""),
    ],
)
def test_units(unit, printed):
    assert typeset(unit) == printed


@pytest.mark.parametrize(
    ("name", "unit", "text"),
    [
        ("radius", "um", "radius [µm]"),
        ("HH_m", "1", "HH_m"),
        ("mine", None, "mine"),
        ("u1 of cell2 [S/cm2]", None, "u1 of cell2 [S/cm²]"),
        ("open gates [1]", None, "open gates [1]"),
        (r"diameter [$\mu m$ or um]", None, r"diameter [$\mu m$ or um]"),
    ],
)
def test_labels(name, unit, text):
    assert label(name, unit) == text
