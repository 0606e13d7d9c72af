"""Units of what a page shows, as people write them. Parameters of channels have none here."""

from dendrax.modules.tables import Tables
from dendrax.modules.wiring import current_of

UNITS = {
    "length": "µm",
    "radius": "µm",
    "axial_resistivity": "Ω cm",
    "capacitance": "µF/cm²",
    "v": "mV",
    "area": "µm²",
    "volume": "µm³",
    "resistive_load_in": "1/µm",
    "resistive_load_out": "1/µm",
    "x": "µm",
    "y": "µm",
    "z": "µm",
    "temperature": "°C",
}


def units_of(tables: Tables) -> dict[str, str]:
    """Units of all that has a known one in a model. name -> unit"""
    membrane = {one.current_name: "mA/cm²" for one in tables.mechanisms}
    return UNITS | membrane | {current_of(synapse): "nA" for synapse in tables.synapses}
