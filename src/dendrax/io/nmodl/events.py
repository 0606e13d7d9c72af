"""NET_RECEIVE: which blocks have the same effect for the sum of two events as for one after the other."""

from collections.abc import Iterator

from dendrax.io.nmodl.tree import (
    Assign,
    Binary,
    Block,
    Do,
    Expression,
    Ignored,
    Name,
    Place,
    Routine,
    Unary,
    Verbatim,
    names_in,
    walk,
)

JUMP = "state_discontinuity"
"""`state_discontinuity(x, value)`, an old way to write `x = value`."""


def reasons_against(routine: Routine) -> Iterator[tuple[Place, str]]:
    """Statements of a NET_RECEIVE block that are not jumps of states in proportion to the weight of the event."""
    weight = routine.arguments[0][0] if routine.arguments else ""
    others = {name for name, _ in routine.arguments[1:]}
    jumps = [one for one in walk(*routine.body) if as_jump(one) is not None]
    changed = {jump.target.name for one in jumps if (jump := as_jump(one)) is not None}
    for one in routine.body:
        jump = as_jump(one)
        if jump is None:
            if not isinstance(one, (Verbatim, Ignored)) and not _sets_nothing_used(one, others, routine):
                yield one.place, "a statement in NET_RECEIVE that is not a jump of a state by a multiple of the weight"
        elif not _is_increment(jump, weight, changed | others):
            yield one.place, f"NET_RECEIVE changes {jump.target.name} by something that is not a multiple of the weight"


def as_jump(one: object) -> Assign | None:
    """An assignment, also in its old form."""
    if isinstance(one, Assign):
        return one
    if isinstance(one, Do) and one.call.name == JUMP and len(one.call.arguments) == 2:
        target, value = one.call.arguments
        return Assign(target, value, place=one.place) if isinstance(target, Name) else None
    return None


def _sets_nothing_used(one: object, others: set[str], routine: Routine) -> bool:
    """Whether a statement is the INITIAL of variables of the connection that the block does not read."""
    if not isinstance(one, Block) or one.kind != "INITIAL":
        return False
    set_here = {each.target.name for each in walk(*one.body) if isinstance(each, Assign)}
    read = {name for each in routine.body if (jump := as_jump(each)) is not None for name in names_in(jump.value)}
    return set_here <= others and not set_here & read


def _is_increment(jump: Assign, weight: str, changed: set[str]) -> bool:
    """Whether it is x = x + terms, all of them multiples of the weight that do not depend on what events change."""
    terms = list(_terms(jump.value, 1.0))
    own = [(sign, term) for sign, term in terms if term == jump.target and sign > 0]
    rest = [term for _, term in terms if term != jump.target]
    return len(own) == 1 and all(_is_multiple(term, weight) and not changed & {*names_in(term)} for term in rest)


def _terms(one: Expression, sign: float) -> Iterator[tuple[float, Expression]]:
    if isinstance(one, Binary) and one.operator in "+-":
        yield from _terms(one.left, sign)
        yield from _terms(one.right, sign if one.operator == "+" else -sign)
    elif isinstance(one, Unary) and one.operator == "-":
        yield from _terms(one.operand, -sign)
    else:
        yield sign, one


def _is_multiple(one: Expression, weight: str) -> bool:
    if isinstance(one, Name):
        return one.name == weight
    if isinstance(one, Binary) and one.operator == "*":
        sides = [one.left, one.right] if weight in names_in(one.left) else [one.right, one.left]
        return _is_multiple(sides[0], weight) and weight not in names_in(sides[1])
    return (
        isinstance(one, Binary)
        and one.operator == "/"
        and _is_multiple(one.left, weight)
        and weight not in names_in(one.right)
    )
