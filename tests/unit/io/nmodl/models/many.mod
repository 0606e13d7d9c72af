: Several currents of several ions, one of an ion that NEURON does not know.
NEURON {
    SUFFIX many
    USEION na READ ena WRITE ina
    USEION k READ ek WRITE ik
    USEION other READ eother, iother WRITE iother VALENCE 1
    NONSPECIFIC_CURRENT il, ih
    RANGE gna, gk, gl, gh, ina
}
PARAMETER {
    gna = 0.0004 (S/cm2)
    gk = 0.0006 (S/cm2)
    gl = 0.0001 (S/cm2)
    gh = 0.0002 (S/cm2)
}
STATE { m q }
ASSIGNED { v (mV) ena (mV) ek (mV) eother (mV) ina ik iother il ih (mA/cm2) }
INITIAL {
    m = 0.3
    q = 1 / (1 + exp((v + 70) / 6))
}
BREAKPOINT {
    SOLVE states METHOD cnexp
    ina = gna * m * (v - ena)
    ik = gk * (1 - m) * (v - ek)
    iother = 0.00005 * q * (v - eother)
    il = gl * (v + 60)
    ih = gh * q * (v + 30)
}
DERIVATIVE states {
    m' = (1 / (1 + exp(-(v + 55) / 6)) - m) / 2
    q' = (1 / (1 + exp((v + 70) / 6)) - q) / 20
}
