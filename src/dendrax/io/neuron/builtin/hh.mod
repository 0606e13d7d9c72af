TITLE Sodium, potassium and leak currents of the squid axon, as NEURON's hh without its rate tables

COMMENT
Hodgkin AL, Huxley AF (1952). A quantitative description of membrane current and its application to conduction and
excitation in nerve. Journal of Physiology 117:500-544. Rates grow three times with every 10 degrees above 6.3 celsius.
ENDCOMMENT

NEURON {
    SUFFIX hh
    USEION na READ ena WRITE ina
    USEION k READ ek WRITE ik
    NONSPECIFIC_CURRENT il
    RANGE gnabar, gkbar, gl, el, gna, gk
}

PARAMETER {
    gnabar = 0.12 (S/cm2)
    gkbar = 0.036 (S/cm2)
    gl = 0.0003 (S/cm2)
    el = -54.3 (mV)
}

STATE {
    m h n
}

ASSIGNED {
    v (mV)
    celsius (degC)
    ena (mV)
    ek (mV)
    ina (mA/cm2)
    ik (mA/cm2)
    il (mA/cm2)
    gna (S/cm2)
    gk (S/cm2)
}

INITIAL {
    m = am() / (am() + bm())
    h = ah() / (ah() + bh())
    n = an() / (an() + bn())
}

BREAKPOINT {
    SOLVE gates METHOD cnexp
    gna = gnabar * m * m * m * h
    gk = gkbar * n * n * n * n
    ina = gna * (v - ena)
    ik = gk * (v - ek)
    il = gl * (v - el)
}

DERIVATIVE gates {
    m' = q10() * (am() * (1 - m) - bm() * m)
    h' = q10() * (ah() * (1 - h) - bh() * h)
    n' = q10() * (an() * (1 - n) - bn() * n)
}

FUNCTION q10() {
    q10 = 3 ^ ((celsius - 6.3) / 10)
}

FUNCTION am() (/ms) {
    am = 0.1 * (v + 40) / (1 - exp(-(v + 40) / 10))
}

FUNCTION bm() (/ms) {
    bm = 4 * exp(-(v + 65) / 18)
}

FUNCTION ah() (/ms) {
    ah = 0.07 * exp(-(v + 65) / 20)
}

FUNCTION bh() (/ms) {
    bh = 1 / (1 + exp(-(v + 35) / 10))
}

FUNCTION an() (/ms) {
    an = 0.01 * (v + 55) / (1 - exp(-(v + 55) / 10))
}

FUNCTION bn() (/ms) {
    bn = 0.125 * exp(-(v + 65) / 80)
}
