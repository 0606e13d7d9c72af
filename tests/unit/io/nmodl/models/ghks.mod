: Goldman, Hodgkin and Katz by functions of the file, and the equilibrium beside it.
NEURON {
    SUFFIX ghks
    USEION ca READ cai, cao WRITE ica
    RANGE pbar, enow
}
UNITS {
    FARADAY = (faraday) (coulomb)
    R = (k-mole) (joule/degC)
}
PARAMETER { pbar = 2e-5 (cm/s) }
STATE { m }
ASSIGNED { v (mV) cai (mM) cao (mM) ica (mA/cm2) enow (mV) celsius (degC) }
INITIAL { m = minf(v) }
BREAKPOINT {
    SOLVE states METHOD cnexp
    ica = pbar * m * ghk(v, cai, cao)
    enow = 1000 * R * (celsius + 273.15) / (2 * FARADAY) * log(cao / cai)
    ica = ica * (1 + 0.001 * (enow - v))
}
DERIVATIVE states { m' = (minf(v) - m) / 2 }
FUNCTION minf(v (mV)) { minf = 1 / (1 + exp(-(v + 50) / 7)) }
FUNCTION ghk(v (mV), ci (mM), co (mM)) (.001 coul/cm3) {
    LOCAL z, eci, eco
    z = (1e-3) * 2 * FARADAY * v / (R * (celsius + 273.15))
    eco = co * efun(z)
    eci = ci * efun(-z)
    ghk = (.001) * 2 * FARADAY * (eci - eco)
}
FUNCTION efun(z) {
    if (fabs(z) < 1e-4) {
        efun = 1 - z / 2
    } else {
        efun = z / (exp(z) - 1)
    }
}
