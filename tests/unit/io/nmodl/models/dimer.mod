: Reactions with two of a kind, an arrow in one direction, a source, and a block that starts where INITIAL says.
NEURON {
    SUFFIX dimer
    NONSPECIFIC_CURRENT i
    RANGE gbar
}
PARAMETER { gbar = 0.002 (S/cm2) total = 0.7 }
STATE { free bound triple }
ASSIGNED { v (mV) i (mA/cm2) on }
BREAKPOINT {
    SOLVE scheme METHOD sparse
    i = gbar * bound * (v - 10) + gbar * triple * (v + 80)
}
INITIAL {
    free = total
    bound = 0
    triple = 0.02
}
KINETIC scheme {
    on = 0.4 / (1 + exp(-(v + 55) / 5))
    ~ 2 free <-> bound (on, 0.1)
    ~ bound + free <-> triple (0.2, 0.05)
    ~ triple -> (0.03)
    ~ free << (0.001 * (1 - free))
}
