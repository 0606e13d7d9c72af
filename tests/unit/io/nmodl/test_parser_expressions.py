"""Expressions of NMODL: precedence and grouping are NEURON's, and each is written back as it was read."""

import pytest

from dendrax.errors import NmodlSyntaxError
from dendrax.io.nmodl.parser import DEEPEST_TREE, parse
from dendrax.io.nmodl.source import expression_source
from dendrax.io.nmodl.tree import Binary, Call, Name, Number, Text, Unary, walk


def value_of(text, before=""):
    return parse(f"{before}\nPROCEDURE f() {{ y = {text} }}").routines[0].body[0].value


def grouped(node):
    """With all parentheses."""
    if isinstance(node, Binary):
        return f"({grouped(node.left)}{node.operator}{grouped(node.right)})"
    return f"({node.operator}{grouped(node.operand)})" if isinstance(node, Unary) else expression_source(node)


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("-x^2", "(-(x^2))"),
        ("a^b^c", "(a^(b^c))"),
        ("(a^b)^c", "((a^b)^c)"),
        ("a^-b", "(a^(-b))"),
        ("2^-3*4", "((2^(-3))*4)"),
        ("2^-3^2", "(2^(-(3^2)))"),
        ("(-a)^b", "((-a)^b)"),
        ("!a==b", "((!a)==b)"),
        ("!a*b", "((!a)*b)"),
        ("-a*b", "((-a)*b)"),
        ("-(a*b)", "(-(a*b))"),
        ("a*-b", "(a*(-b))"),
        ("a/-b*c", "((a/(-b))*c)"),
        ("- -a", "(-(-a))"),
        ("-!a", "(-(!a))"),
        ("a-b-c", "((a-b)-c)"),
        ("a-(b-c)", "(a-(b-c))"),
        ("a/b/c*d", "(((a/b)/c)*d)"),
        ("a/(b*c)", "(a/(b*c))"),
        ("a<b<c", "((a<b)<c)"),
        ("a==b<c", "((a==b)<c)"),
        ("a<b+1", "(a<(b+1))"),
        ("a||b&&c", "(a||(b&&c))"),
        ("(a||b)&&c", "((a||b)&&c)"),
        ("a&&b||c&&d", "((a&&b)||(c&&d))"),
        ("a<-b", "(a<(-b))"),
        ("a>=b != c<=d", "(((a>=b)!=c)<=d)"),
    ],
)
def test_operators_group_as_in_neuron(text, groups):
    node = value_of(text)
    assert grouped(node) == groups
    assert value_of(groups) == node
    assert value_of(expression_source(node)) == node


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("3", Number(3.0, True)),
        ("3.", Number(3.0)),
        (".5e-3", Number(5e-4)),
        ("1E3", Number(1000.0)),
        ("2(mV)", Number(2.0, True, "mV")),
        ("5e-1 ( mA  /cm2 )", Number(0.5, False, "mA /cm2")),
        ("x''", Name("x", None, 2)),
        ("x'[0]", Name("x", Number(0.0, True), 1)),
        ("x[i+1]", Name("x", Binary("+", Name("i"), Number(1.0, True)))),
        ("f()", Call("f", ())),
        ('f("%g :\\"\\n", 1 (ms))', Call("f", (Text('%g :\\"\\n'), Number(1.0, True, "ms")))),
        ("((x))", Name("x")),
    ],
)
def test_operands(text, node):
    assert value_of(text) == node
    assert value_of(expression_source(node)) == node


def test_a_name_of_define_is_its_number_from_there_on():
    assert value_of("N*x", "DEFINE N 4") == Binary("*", Number(4.0, True), Name("x"))
    assert value_of("N (mV)", "DEFINE N 4") == Number(4.0, True, "mV")
    file = parse("PROCEDURE f() { y = N }\nDEFINE N 4\nPROCEDURE g() { y = N }")
    assert [routine.body[0].value for routine in file.routines] == [Name("N"), Number(4.0, True)]


def test_every_node_knows_its_place():
    file = parse("PROCEDURE f() {\r\n  y = a +\r\n    g(b)\r}\n", "own.mod")
    places = {node.name: str(node.place) for node in walk(file) if isinstance(node, Name | Call)}
    assert places == {"y": "own.mod:2:3", "a": "own.mod:2:7", "g": "own.mod:3:5", "b": "own.mod:3:7"}


@pytest.mark.parametrize(
    "many", [lambda n: "+".join("x" * n), lambda n: "(" * n + "x" + ")" * n, lambda n: "-" * n + "x"]
)
@pytest.mark.parametrize("count", [DEEPEST_TREE, 2000])
def test_what_is_too_deep_is_refused_at_any_size(many, count):
    with pytest.raises(NmodlSyntaxError, match="more than"):
        value_of(many(count))


def test_the_deepest_calls_that_are_allowed_can_be_read():
    text = "f(" * 48 + "x" + ")" * 48
    assert expression_source(value_of(text)) == text
