: NONLINEAR equations that hold in every step.
NEURON {
    SUFFIX nonlinear
    NONSPECIFIC_CURRENT i
    RANGE gbar
}
PARAMETER { gbar = 0.001 (S/cm2) }
STATE { high low }
ASSIGNED { v (mV) i (mA/cm2) drive }
INITIAL {
    high = 0.1
    low = 0.1
    drive = 1 / (1 + exp(-(v + 50) / 10))
    SOLVE balance
}
BREAKPOINT {
    drive = 1 / (1 + exp(-(v + 50) / 10))
    SOLVE balance
    i = gbar * high * (v - 0) + gbar * low * (v + 90)
}
NONLINEAR balance {
    ~ high + high^3 + 0.2 * low = drive
    ~ low + high * low = 0.3 * drive + 0.1
}
