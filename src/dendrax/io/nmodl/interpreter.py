"""What runs each kind of statement of a .mod file."""

from dendrax.io.nmodl import calls, control, integration, kinetics
from dendrax.io.nmodl.machine import Kinds
from dendrax.io.nmodl.tree import (
    Assign,
    Block,
    Call,
    Compartment,
    Conserve,
    Do,
    Equation,
    From,
    If,
    Local,
    Reaction,
    Solve,
    While,
)

KINDS: Kinds = {
    Assign: integration.assign,
    Block: control.block,
    Call: calls.call,
    Compartment: kinetics.compartment,
    Conserve: kinetics.conserve,
    Do: calls.do,
    Equation: integration.equation,
    From: control.count,
    If: control.branch,
    Local: control.declare,
    Reaction: kinetics.react,
    Solve: integration.solve,
    While: control.repeat,
}
"""TABLE is a matter of the call; comments, VERBATIM and hints for NEURON compute nothing."""
