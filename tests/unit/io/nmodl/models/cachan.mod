: Reads the reversal potential of calcium, which follows its concentration.
NEURON {
    SUFFIX cachan
    USEION ca READ eca WRITE ica
    RANGE gbar
}
PARAMETER { gbar = 0.0005 (S/cm2) }
STATE { m }
ASSIGNED { v (mV) eca (mV) ica (mA/cm2) }
INITIAL { m = minf(v) }
BREAKPOINT {
    SOLVE states METHOD cnexp
    ica = gbar * m * m * (v - eca)
}
DERIVATIVE states { m' = (minf(v) - m) / 1.5 }
FUNCTION minf(v (mV)) { minf = 1 / (1 + exp(-(v + 45) / 6)) }
