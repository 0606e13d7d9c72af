: An electrode with a sine and a conductance: a current that depends on time and voltage.
NEURON {
    POINT_PROCESS SineElectrode
    ELECTRODE_CURRENT i
    RANGE amp, freq, del, g, i
}
PARAMETER { amp = 0.15 (nA) freq = 40 (/s) del = 5 (ms) g = 0.001 (uS) }
ASSIGNED { i (nA) v (mV) }
BREAKPOINT {
    at_time(del)
    if (t < del) {
        i = 0
    } else {
        i = amp * sin(2 * 3.14159265358979 * freq * (t - del) / 1000) - g * (v + 70)
    }
}
