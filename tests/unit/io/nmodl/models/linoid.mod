: The same kind of rate, x / (exp(x) - 1), written in three ways; each has its singular point at another voltage.
NEURON {
    SUFFIX linoid
    NONSPECIFIC_CURRENT i
    RANGE gbar, e
}
UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
}
PARAMETER {
    gbar = 0.002 (S/cm2)
    e = 20 (mV)
}
STATE { a b c }
ASSIGNED {
    v (mV)
    i (mA/cm2)
    ainf atau binf btau cinf ctau
}
BREAKPOINT {
    SOLVE states METHOD cnexp
    i = gbar * a * a * b * (v - e) + gbar * c * (v + 90)
}
INITIAL {
    rates(v)
    a = ainf
    b = binf
    c = cinf
}
DERIVATIVE states {
    rates(v)
    a' = (ainf - a) / atau
    b' = (binf - b) / btau
    c' = (cinf - c) / ctau
}
FUNCTION vtrap(x, y) {
    if (fabs(x / y) < 1e-6) {
        vtrap = y * (1 - x / y / 2)
    } else {
        vtrap = x / (exp(x / y) - 1)
    }
}
FUNCTION efun(z) {
    if (fabs(z) < 1e-4) {
        efun = 1 - z / 2
    } else {
        efun = z / (exp(z) - 1)
    }
}
PROCEDURE rates(v (mV)) {
    LOCAL alpha, beta
    UNITSOFF
    alpha = 0.1 * (v + 40.03) / (1 - exp(-(v + 40.03) / 10))
    beta = 4 * exp(-(v + 65) / 18)
    atau = 1 / (alpha + beta)
    ainf = alpha * atau
    alpha = 0.05 * vtrap(v + 60, 7)
    beta = 0.3 / (1 + exp(-(v + 30) / 6))
    btau = 1 / (alpha + beta)
    binf = alpha * btau
    alpha = 0.2 * efun(-(v + 50) / 9)
    beta = 0.1 * exp(-(v + 55) / 80)
    ctau = 1 / (alpha + beta)
    cinf = alpha * ctau
    UNITSON
}
