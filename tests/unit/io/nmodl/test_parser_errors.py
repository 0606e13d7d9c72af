"""A file that breaks the grammar is answered with file, line, column, what stands there and what could."""

import pytest

from dendrax.errors import NmodlSyntaxError
from dendrax.io.nmodl.parser import parse


@pytest.mark.parametrize(
    ("text", "line", "column", "what", "expected"),
    [
        ("PROCEDURE f() {\n  x = (1 + 2\n}", 3, 1, "`}`", "`)`"),
        ("PROCEDURE f() {\n  x = 1 +\n}", 3, 1, "`}`", "an expression"),
        ("PROCEDURE f() {\n  x = 1", 2, 8, "the end of the file", "a statement or `}`"),
        ("PROCEDURE f() {\n  x 3 }", 2, 5, "`3`", "`=` after x"),
        ("PROCEDURE f() {\n  x = 1\n\nPROCEDURE g() {}", 4, 1, "`PROCEDURE`", "a statement or `}`"),
        ("PROCEDURE f() { x = 1; }", 1, 22, "`;`", "a statement or `}`"),
        ("PROCEDURE f() { x = a % b }", 1, 23, "`%`", "a statement or `}`"),
        ("PROCEDURE f() { x = +1 }", 1, 21, "`+`", "an expression"),
        ("PROCEDURE f() { x = 1e999 }", 1, 21, "`1e999`", "a number that float64 holds"),
        ("PROCEDURE f() { if (x) y = 1 }", 1, 24, "`y`", "`{`"),
        ("PROCEDURE f() { LOCAL a[x] }", 1, 25, "`x`", "the length of an array, an integer"),
        ("PROCEDURE f() { LOCAL a[99999999999] }", 1, 25, "`99999999999`", "the length of an array, an integer"),
        ("PROCEDURE f() { x = 2 (mV }", 1, 27, "`}`", "a unit such as (mA/cm2), closed by `)`"),
        ("PROCEDURE f() { x = 2 (m\nV) }", 1, 23, "`(`", "a unit on one line"),
        ('PROCEDURE f() { printf("a) }', 1, 24, '`"`', "its end on the same line"),
        ("PROCEDURE f() {\n VERBATIM\n}", 2, 2, "`VERBATIM`", "ENDVERBATIM after it"),
        ("COMMENT\nNEURON {}", 1, 1, "`COMMENT`", "ENDCOMMENT after it"),
        ("FUNCTION f { f = 1 }", 1, 12, "`{`", "`(`"),
        ("KINETIC s { ~ a <-> b (k) }", 1, 25, "`)`", "`,` and the backward rate"),
        ("KINETIC s { ~ a b }", 1, 17, "`b`", "`+`, `<->`, `->`, `<<` or `=`"),
        ("BEFORE x {}", 1, 8, "`x`", "BREAKPOINT, SOLVE, INITIAL or STEP"),
        ("NEURON {\n  SUFFIX }", 2, 10, "`}`", "the name of the mechanism"),
        ("NEURON { SUFFIX a RANGE b, }", 1, 28, "`}`", "a name"),
        ("NEURON { RANGE b c }", 1, 18, "`c`", "SUFFIX, USEION, RANGE or another word of the NEURON block, or `}`"),
        ("PARAMETER { g = x }", 1, 17, "`x`", "a number"),
        ("PARAMETER { = 1 }", 1, 13, "`=`", "the name of a variable or `}`"),
        ("PARAMETER { g = 1 <0, 1 }", 1, 25, "`}`", "`>`"),
        ("UNITS { (mV) = millivolt }", 1, 16, "`millivolt`", "a unit in parentheses"),
        ("UNITS { 5 = (mV) }", 1, 9, "`5`", "`(unit) = (unit)`, `name = (constant) (unit)` or `}`"),
        ("DEFINE N 2.5", 1, 10, "`2.5`", "an integer"),
        ("INCLUDE a", 1, 9, "`a`", 'the name of a file in quotes after INCLUDE: "rates.inc"'),
        ("INDEPENDENT { t", 1, 16, "the end of the file", "`}`"),
        ("\n\n  procedure f() {}", 3, 3, "`procedure`", "a block such as NEURON, PARAMETER or PROCEDURE"),
    ],
)
def test_an_error_names_place_finding_and_remedy(text, line, column, what, expected):
    with pytest.raises(NmodlSyntaxError) as caught:
        parse(text, "own.mod")
    error = caught.value
    assert (error.path, error.line, error.column) == ("own.mod", line, column)
    assert (error.what, error.expected) == (what, expected)
    assert str(error) == f"own.mod:{line}:{column}: found {what}, expected {expected}"
