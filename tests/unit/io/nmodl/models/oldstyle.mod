: SOLVE of a PROCEDURE that steps its states itself.
NEURON {
    SUFFIX oldstyle
    USEION na READ ena WRITE ina
    RANGE gbar, minf, hinf
}
PARAMETER { gbar = 0.01 (S/cm2) dt (ms) tadj = 1 }
STATE { m h }
ASSIGNED { v (mV) ena (mV) ina (mA/cm2) minf hinf mexp hexp celsius (degC) }
BREAKPOINT {
    SOLVE states
    ina = gbar * m * m * m * h * (v - ena)
}
INITIAL {
    tadj = 2.3^((celsius - 20) / 10)
    rates(v)
    m = minf
    h = hinf
}
PROCEDURE states() {
    rates(v)
    m = m + mexp * (minf - m)
    h = h + hexp * (hinf - h)
    VERBATIM
    return 0;
    ENDVERBATIM
}
PROCEDURE rates(v) {
    LOCAL a, b
    a = 0.4 * (v + 38) / (1 - exp(-(v + 38) / 6))
    b = 0.1 * exp(-(v + 45) / 20)
    minf = a / (a + b)
    mexp = 1 - exp(-dt * tadj * (a + b))
    hinf = 1 / (1 + exp((v + 60) / 7))
    hexp = 1 - exp(-dt * tadj / (0.5 + 5 / (1 + exp((v + 50) / 10))))
}
