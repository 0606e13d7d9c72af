: Explicit Euler.
NEURON {
    SUFFIX eulers
    NONSPECIFIC_CURRENT i
    RANGE gbar
}
PARAMETER { gbar = 0.001 (S/cm2) }
STATE { u w }
ASSIGNED { v (mV) i (mA/cm2) }
INITIAL {
    u = 0.2
    w = 0
}
BREAKPOINT {
    SOLVE states METHOD euler
    i = gbar * u * (v - 20) + 0.0005 * w * (v + 90)
}
DERIVATIVE states {
    u' = (1 / (1 + exp(-(v + 50) / 8)) - u) / 3 - 0.1 * w * u
    w' = (u * u - w) / 8
}
