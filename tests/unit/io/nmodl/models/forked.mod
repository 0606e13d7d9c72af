: if, else if and else around rates.
NEURON {
    SUFFIX forked
    USEION k READ ek WRITE ik
    RANGE gbar
}
PARAMETER { gbar = 0.003 (S/cm2) mode = 1 }
STATE { n }
ASSIGNED { v (mV) ek (mV) ik (mA/cm2) ninf ntau (ms) }
INITIAL {
    rates(v)
    n = ninf
}
BREAKPOINT {
    SOLVE states METHOD cnexp
    if (mode == 1) {
        ik = gbar * n * (v - ek)
    } else {
        ik = 0
    }
    if (n < 0.06 || !(n > 0)) { ik = 0.5 * ik }
}
DERIVATIVE states {
    rates(v)
    n' = (ninf - n) / ntau
}
PROCEDURE rates(v (mV)) {
    if (v < -66) {
        ntau = 4
        ninf = 0.05
    } else if (v >= -66 && v < -50) {
        ntau = 4 - 0.1 * (v + 66)
        ninf = 0.05 + 0.02 * (v + 66)
    } else {
        ntau = 1 + sqrt(v + 50) / 10
        ninf = 0.37 + 0.5 * log10(1 + 0.05 * (v + 50))
    }
}
