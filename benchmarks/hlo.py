"""Reading compiled programs: what happens in each turn of their loops. Needs nothing but the text."""

import re
from collections import Counter

FREE = {"parameter", "constant", "tuple", "get-tuple-element", "bitcast"}  # cost no time


def instructions_of_computations(text: str) -> dict[str, list[tuple[str, str]]]:
    """Opcode and line of every instruction, by the computation of an HLO module that it is in."""
    found: dict[str, list[tuple[str, str]]] = {}
    current: list[tuple[str, str]] | None = None
    for line in text.splitlines():
        head = re.match(r"(?:ENTRY )?%?([\w.-]+) \(.*\{$", line)
        body = re.match(r"\s+(?:ROOT )?%?[\w.-]+ =(.*)", line)
        if head:
            current = found.setdefault(head[1], [])
        elif current is not None and body and (opcode := re.search(r"\s([a-z][\w-]*)\(", body[1])):
            current.append((opcode[1], line))
    return found


def in_loops(text: str) -> Counter[str]:
    """How often each opcode that takes time is in the body of a loop; a fusion is one, a loop within counts once.

    On a GPU that is about the number of kernels launched per turn.
    """
    computations = instructions_of_computations(text)
    lines = [line for found in computations.values() for opcode, line in found if opcode == "while"]
    bodies = {body[1] for line in lines if (body := re.search(r"body=%?([\w.-]+)", line))}
    return Counter(opcode for body in bodies for opcode, _ in computations[body] if opcode not in FREE)
