: A table that is left on both sides: NEURON takes its ends there.
NEURON {
    SUFFIX tabled
    USEION k READ ek WRITE ik
    RANGE gbar
    GLOBAL ninf, ntau
}
PARAMETER { gbar = 0.003 (S/cm2) }
STATE { n }
ASSIGNED { v (mV) ek (mV) ik (mA/cm2) ninf ntau (ms) celsius (degC) }
BREAKPOINT {
    SOLVE states METHOD cnexp
    ik = gbar * n^4 * (v - ek)
}
INITIAL {
    rates(v)
    n = ninf
}
DERIVATIVE states {
    rates(v)
    n' = (ninf - n) / ntau
}
PROCEDURE rates(v (mV)) {
    TABLE ninf, ntau DEPEND celsius FROM -68 TO -45 WITH 20000
    ninf = 1 / (1 + exp(-(v + 50) / 9))
    ntau = (1 + 5 / (1 + exp((v + 55) / 12))) / 3^((celsius - 24) / 10)
}
