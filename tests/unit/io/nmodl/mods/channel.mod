TITLE A sodium channel of our own : with a colon
COMMENT
Old and new ways side by side: `{` ( " and VERBATIM mean nothing here.
ENDCOMMENT here neither

NEURON {
    SUFFIX own_na   ? a comment as well
    USEION na READ ena WRITE ina
    USEION ca READ cai, cao WRITE ica VALENCE 2 REPRESENTS CHEBI:29108
    USEION x WRITE ix VALENCE -1
    NONSPECIFIC_CURRENT il, i2
    RANGE gbar, minf,
          hinf
    GLOBAL tau
    RANGE g
    THREADSAFE
}

UNITS {
    (mV) = (millivolt)
    (S)  = (siemens)
    (mM) = (milli/liter)
    FARADAY = (faraday) (coulomb)
    R = 8.3134 (joule/degC)
    PI = (pi) (1)
}

INDEPENDENT {t FROM 0 TO 1 WITH 1 (ms)}

PARAMETER {
    gbar = .12 (S/cm2) <0, 1e9>
    tau = 1. (ms)
    k = -9
    eca (mV)
    v (mV)  celsius = 6.3 (degC)
}

CONSTANT { q10 = 3 half = 5e-1 (1) }

STATE {
    m FROM 0 TO 1
    h FROM 0 TO 1 START .5 (1)
    s (mM) <1e-3>
}

ASSIGNED { ina (mA/cm2) minf hinf[2] (/ms) g (S/cm2) }

LOCAL before, table[3]

BREAKPOINT {
    SOLVE states METHOD cnexp
    g = gbar*m^3*h
    ina = g*(v - ena)
}

INITIAL {
    rates(v)
    m = minf
    h = hinf[0]
}

DERIVATIVE states {
    rates(v)
    m' = (minf - m)/tau
    h' = (hinf[1] - h)/tau
}

PROCEDURE rates(v (mV)) {
    LOCAL a, b[2]
    TABLE minf, hinf DEPEND celsius, tau FROM -100 TO 100 WITH 200
    UNITSOFF
    a = 0.1 * vtrap(-(v + 40), 10)
    b[0] = 4*exp(-(v + 65)/18(mV))
    minf = a/(a + b[0])
    UNITSON
}

FUNCTION vtrap(x (mV), y (mV)) (1) {
    if (fabs(x/y) < 1e-6) {
        vtrap = y*(1 - x/y/2)
    } else {
        vtrap = x/(exp(x/y) - 1)
    }
}

FUNCTION_TABLE measured(v (mV)) (ms)
