: Reads the concentration of calcium.
NEURON {
    SUFFIX kca
    USEION ca READ cai
    USEION k READ ek WRITE ik
    RANGE gbar, ik, zinf
}
PARAMETER { gbar = 0.002 (S/cm2) }
STATE { z }
ASSIGNED { v (mV) cai (mM) ek (mV) ik (mA/cm2) zinf }
INITIAL {
    rates(cai)
    z = zinf
}
BREAKPOINT {
    SOLVE states METHOD cnexp
    ik = gbar * z * (v - ek)
}
DERIVATIVE states {
    rates(cai)
    z' = (zinf - z) / 2
}
PROCEDURE rates(ca (mM)) {
    if (ca < 1e-7) { ca = ca + 1e-7 }
    zinf = 1 / (1 + (0.0008 / ca)^4.8)
}
