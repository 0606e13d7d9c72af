"""Statements of NMODL, one by one."""

import pytest

from dendrax.io.nmodl.parser import parse
from dendrax.io.nmodl.source import source, statement_source
from dendrax.io.nmodl.tree import (
    Assign,
    Binary,
    Block,
    Call,
    Compartment,
    Conserve,
    Diffusion,
    Do,
    Equation,
    ForAll,
    From,
    If,
    Ignored,
    Local,
    Name,
    Number,
    Reaction,
    Solve,
    Table,
    Unary,
    Verbatim,
    Watch,
    While,
)

a, b, c = Name("a"), Name("b"), Name("c")
one, two = Number(1.0, True), Number(2.0, True)
set_a, set_b, set_c = Assign(a, one), Assign(b, one), Assign(c, one)


def body_of(text):
    return parse(f"PROCEDURE f() {{ {text}\n}}").routines[0].body


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = 1 b=1", (set_a, set_b)),
        ("a' = 1", (Assign(Name("a", None, 1), one),)),
        ("a[1] = 2", (Assign(Name("a", one), two),)),
        ("f(a) g()", (Do(Call("f", (a,))), Do(Call("g", ())))),
        ("if (a) {a=1}", (If(a, (set_a,)),)),
        ("IF (a) {a=1} ELSE {b=1}", (If(a, (set_a,), (set_b,)),)),
        (
            "if (a) {a=1} else if (b) {b=1} else {c=1}",
            (If(a, (set_a,), (If(b, (set_b,), (set_c,)),)),),
        ),
        ("if (a) {} else { if (b) {b=1} }", (If(a, (), (If(b, (set_b,)),)),)),
        ("while (a < 1) {a=1}", (While(Binary("<", a, one), (set_a,)),)),
        ("WHILE (a) {}", (While(a, ()),)),
        ("FROM i = 1 TO a-1 {b=1}", (From("i", one, Binary("-", a, one), None, (set_b,)),)),
        ("FROM i = 1 TO a BY 2 {}", (From("i", one, a, two, ()),)),
        ("FOR_NETCONS(w, a (ms)) {b=1}", (ForAll(("w", "a"), (set_b,)),)),
        ("LOCAL a, b[3]", (Local((("a", 0), ("b", 3))),)),
        ("TABLE a, b DEPEND c FROM -1 TO 2 WITH 1", (Table(("a", "b"), ("c",), Unary("-", one), two, one),)),
        ("TABLE FROM a TO b WITH 2", (Table((), (), a, b, two),)),
        ("SOLVE s", (Solve("s"),)),
        ("SOLVE s METHOD cnexp", (Solve("s", "cnexp"),)),
        ("SOLVE s STEADYSTATE sparse", (Solve("s", "sparse", True),)),
        ("SOLVE s METHOD sparse IFERROR {a=1}", (Solve("s", "sparse", False, (set_a,)),)),
        ("CONSERVE a + b = 1", (Conserve(Binary("+", a, b), one),)),
        ("CONSERVE 2a + b = 1", (Conserve(Binary("+", Binary("*", two, a), b), one),)),
        ("~ a <-> b (c, 1)", (Reaction(((1, a),), "<->", ((1, b),), c, one),)),
        ("~ 2 a + b <-> 3c (1, 2)", (Reaction(((2, a), (1, b)), "<->", ((3, c),), one, two),)),
        ("~ a -> (c)", (Reaction(((1, a),), "->", (), c),)),
        ("~ a -> b (c)", (Reaction(((1, a),), "->", ((1, b),), c),)),
        ("~ a[1] << (c)", (Reaction(((1, Name("a", one)),), "<<", (), c),)),
        ("~ a + b*c = 1 ~ a = 2", (Equation(Binary("+", a, Binary("*", b, c)), one), Equation(a, two))),
        ("COMPARTMENT i, c[i] {a b}", (Compartment("i", Name("c", Name("i")), ("a", "b")),)),
        ("COMPARTMENT 2*c {a}", (Compartment(None, Binary("*", two, c), ("a",)),)),
        ("LONGITUDINAL_DIFFUSION i, c {a}", (Diffusion("i", c, ("a",)),)),
        ("WATCH (a > 1) 2, (b < 1) c", (Watch(Binary(">", a, one), two), Watch(Binary("<", b, one), c))),
        ("INITIAL {a=1} {b=1}", (Block("INITIAL", (set_a,)), Block("", (set_b,)))),
        ("PROTECT a = 1", (set_a,)),
        ("MUTEXLOCK a=1 MUTEXUNLOCK", (Ignored("MUTEXLOCK"), set_a, Ignored("MUTEXUNLOCK"))),
        ("RESET SENS a, b", (Ignored("RESET"), Ignored("SENS a, b"))),
        ("UNITSOFF a=1 UNITSON", (set_a,)),
        ("VERBATIM { ~ : ENDVERBATIM a=1", (Verbatim(" { ~ : "), set_a)),
        ("VERBATIM\nx\n  ENDVERBATIM dropped\na=1", (Verbatim("\nx\n  "), set_a)),
        ("COMMENT } ENDCOMMENT a=1 : }\nb=1 ? }", (set_a, set_b)),
        ("COMMENT ENDCOMMENTS\n }\nENDCOMMENT }\na=1", (set_a,)),
    ],
)
def test_statements(text, expected):
    assert body_of(text) == expected
    assert body_of("\n".join(map(statement_source, expected))) == expected


def test_a_long_ladder_of_else_if_is_read_and_written():
    text = "if (a) {a=1}" + " else if (b) {b=1}" * 100
    file = parse(f"PROCEDURE f() {{ {text} }}")
    assert parse(source(file)) == file
    depth, node = 0, file.routines[0].body[0]
    while node.otherwise:
        depth, node = depth + 1, node.otherwise[0]
    assert depth == 100
