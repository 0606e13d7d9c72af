: Coupled, nonlinear equations.
NEURON {
    SUFFIX implicit
    NONSPECIFIC_CURRENT i
    RANGE gbar, k
}
PARAMETER { gbar = 0.001 (S/cm2) k = 0.3 (/ms) }
STATE { m h w }
ASSIGNED { v (mV) i (mA/cm2) minf }
BREAKPOINT {
    SOLVE states METHOD derivimplicit
    i = gbar * m * h * (v - 30)
}
INITIAL {
    m = 0.1
    h = 0.8
    w = 0.05
}
DERIVATIVE states {
    minf = 1 / (1 + exp(-(v + 50) / 8))
    m' = (minf - m) / 2 - k * m * m * w
    h' = (1 - h) / 10 - k * m * h * h
    w' = k * m * h - w / (1 + w) / 5
}
