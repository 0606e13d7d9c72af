: Variables that keep their value from block to block and from step to step, of all the kinds there are.
NEURON {
    SUFFIX persist
    NONSPECIFIC_CURRENT i
    RANGE gbar, peak, count, start
    GLOBAL factor
}
PARAMETER { gbar = 0.001 (S/cm2) factor = 2 shift = -50 (mV) }
STATE { m }
ASSIGNED { v (mV) i (mA/cm2) peak (mV) count start (mV) before (mV) celsius (degC) }
LOCAL speed, memory
INITIAL {
    speed = 3^((celsius - 14) / 10)
    start = v
    peak = v
    before = v
    count = 0
    memory = 0
    factor = factor * 1.5
    m = 0.2
}
BREAKPOINT {
    SOLVE states METHOD cnexp
    i = gbar * m * factor * (v - 10 - count / 200 + memory) - 0.0001 * (peak - start)
}
DERIVATIVE states {
    if (v > peak) { peak = v }
    if (v > -60 && before <= -60) { count = count + 1 }
    before = v
    memory = memory + 0.01 * (v - memory)
    shift = shift + 0.001
    m' = (1 / (1 + exp(-(v - shift) / 6)) - m) * speed / 5
}
