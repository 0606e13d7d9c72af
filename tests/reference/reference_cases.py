"""All cases, by the file in `golden/` that stores what the reference computed."""

import cases_cable
import cases_channels
import cases_indexing
import cases_inputs
import cases_ions
import cases_networks
import cases_parameters
from reference_models import Case

GROUPS: dict[str, dict[str, Case]] = {
    "cable": cases_cable.CASES,
    "channels": cases_channels.CASES,
    "indexing": cases_indexing.CASES,
    "inputs": cases_inputs.CASES,
    "ions": cases_ions.CASES,
    "networks": cases_networks.CASES,
    "parameters": cases_parameters.CASES,
    "traced": cases_cable.TRACED,
    "traced_tables": cases_parameters.TRACED,
}

NEED_DATA = ("traced", "traced_tables")
"""These groups read ../shared/data."""
