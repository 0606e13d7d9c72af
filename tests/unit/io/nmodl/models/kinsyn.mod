: A synapse whose receptor is a KINETIC scheme; events release transmitter.
NEURON {
    POINT_PROCESS KineticSyn
    RANGE gmax, e, i
    NONSPECIFIC_CURRENT i
}
PARAMETER { gmax = 0.02 (uS) e = 0 (mV) }
ASSIGNED { v (mV) i (nA) }
STATE { c o d T }
INITIAL {
    c = 1
    o = 0
    d = 0
    T = 0
}
BREAKPOINT {
    SOLVE scheme METHOD sparse
    i = gmax * o * (v - e)
}
KINETIC scheme {
    ~ c <-> o (2 * T, 0.2)
    ~ o <-> d (0.05, 0.01)
    ~ T -> (0.5)
    CONSERVE c + o + d = 1
}
NET_RECEIVE(weight) { T = T + weight }
