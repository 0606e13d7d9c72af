: LINEAR finds where the states begin.
NEURON {
    SUFFIX linear
    USEION na READ ena WRITE ina
    RANGE gbar
}
PARAMETER { gbar = 0.004 (S/cm2) }
STATE { c o b }
ASSIGNED { v (mV) ena (mV) ina (mA/cm2) f1 b1 f2 b2 }
INITIAL {
    rates(v)
    SOLVE start
}
BREAKPOINT {
    SOLVE scheme METHOD sparse
    ina = gbar * o * (v - ena)
}
KINETIC scheme {
    rates(v)
    ~ c <-> o (f1, b1)
    ~ o <-> b (f2, b2)
    CONSERVE c + o + b = 1
}
LINEAR start {
    ~ c * f1 - o * b1 = 0
    ~ o * f2 - b * b2 = 0
    ~ c + o + b = 1
}
PROCEDURE rates(v (mV)) {
    f1 = 0.8 / (1 + exp(-(v + 45) / 8))
    b1 = 0.4
    f2 = 0.1 * exp((v + 60) / 40)
    b2 = 0.15 * exp(-(v + 60) / 40)
}
