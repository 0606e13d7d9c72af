import pytest

from dendrax.engine import units

CM = 1e-2
UM = 1e-6


def test_density_times_area_is_nanoampere():
    ampere = 1e-3 / CM**2 * UM**2
    assert pytest.approx(ampere / 1e-9, rel=1e-14) == units.NANOAMPERE_PER_DENSITY_AREA


def test_conductance_density_times_area_is_microsiemens():
    siemens = 1 / CM**2 * UM**2
    assert pytest.approx(siemens / 1e-6, rel=1e-14) == units.NANOAMPERE_PER_DENSITY_AREA


def test_capacitance_density_times_area_is_nanofarad():
    farad = 1e-6 / CM**2 * UM**2
    assert pytest.approx(farad / 1e-9, rel=1e-14) == units.NANOFARAD_PER_DENSITY_AREA


def test_resistivity_times_load_is_one_over_microsiemens():
    ohm = 1 * CM / UM
    assert pytest.approx(1 / ohm / 1e-6, rel=1e-14) == units.MICROSIEMENS_PER_RESISTIVITY_LOAD
