: Two exponentials with a factor from INITIAL, and a block by voltage.
NEURON {
    POINT_PROCESS BlockedSyn
    RANGE tau1, tau2, e, i, g
    NONSPECIFIC_CURRENT i
}
PARAMETER { tau1 = 1.5 (ms) tau2 = 9 (ms) e = 0 (mV) }
ASSIGNED { v (mV) i (nA) g (uS) factor }
STATE { A (uS) B (uS) }
INITIAL {
    LOCAL tp
    if (tau1 / tau2 > .9999) { tau1 = .9999 * tau2 }
    A = 0
    B = 0
    tp = (tau1 * tau2) / (tau2 - tau1) * log(tau2 / tau1)
    factor = -exp(-tp / tau1) + exp(-tp / tau2)
    factor = 1 / factor
}
BREAKPOINT {
    SOLVE state METHOD cnexp
    g = B - A
    i = g * (v - e) / (1 + 0.3 * exp(-0.06 * v))
}
DERIVATIVE state {
    A' = -A / tau1
    B' = -B / tau2
}
NET_RECEIVE(weight (uS)) {
    A = A + weight * factor
    B = B + weight * factor
}
