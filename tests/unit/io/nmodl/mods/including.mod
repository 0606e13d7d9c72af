NEURON { ARTIFICIAL_CELL OwnCell }
INCLUDE "parts/first.inc"
PROCEDURE last() { x = SIZE }
