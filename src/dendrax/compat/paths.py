"""Our module for each public module path of Jaxley 0.14, and the helpers of Jaxley that we leave out."""

REFERENCE = "jaxley"
VERSION = "0.14.0"
"""The version whose names, arguments and defaults these are."""

PATHS = {
    "jaxley": "dendrax",
    "jaxley.__version__": "dendrax.compat.version",
    "jaxley.channels": "dendrax.channels",
    "jaxley.channels.channel": "dendrax.mechanisms.channel",
    "jaxley.channels.hh": "dendrax.channels.hh",
    "jaxley.channels.non_capacitive": "dendrax.channels",
    "jaxley.channels.non_capacitive.adex": "dendrax.channels.adex",
    "jaxley.channels.non_capacitive.izhikevich": "dendrax.channels.izhikevich",
    "jaxley.channels.non_capacitive.rate": "dendrax.channels.rate",
    "jaxley.channels.non_capacitive.spike": "dendrax.channels.fire",
    "jaxley.channels.pospischil": "dendrax.channels.pospischil",
    "jaxley.connect": "dendrax.connect",
    "jaxley.integrate": "dendrax.integrate",
    "jaxley.io": "dendrax.compat.io",
    "jaxley.io.graph": "dendrax.io.graph",
    "jaxley.io.swc": "dendrax.io.swc",
    "jaxley.modules": "dendrax.modules",
    "jaxley.modules.base": "dendrax.compat.base",
    "jaxley.modules.branch": "dendrax.modules.branch",
    "jaxley.modules.cell": "dendrax.modules.cell",
    "jaxley.modules.compartment": "dendrax.modules.compartment",
    "jaxley.modules.network": "dendrax.modules.network",
    "jaxley.morphology": "dendrax.morphology",
    "jaxley.morphology.distance_utils": "dendrax.morphology.distance",
    "jaxley.morphology.morph_utils": "dendrax.morphology.editing",
    "jaxley.optimize": "dendrax.optimize",
    "jaxley.optimize.optimizer": "dendrax.optimize.by_type",
    "jaxley.optimize.transforms": "dendrax.optimize.transforms",
    "jaxley.optimize.utils": "dendrax.optimize.by_type",
    "jaxley.pumps": "dendrax.pumps",
    "jaxley.pumps.ca_pump": "dendrax.pumps.ca_pump",
    "jaxley.pumps.faraday_electrolysis": "dendrax.pumps.faraday_electrolysis",
    "jaxley.pumps.nernstreversal": "dendrax.pumps.nernstreversal",
    "jaxley.pumps.pump": "dendrax.mechanisms.pump",
    "jaxley.solver_gate": "dendrax.solver_gate",
    "jaxley.stimulus": "dendrax.stimulus",
    "jaxley.synapses": "dendrax.synapses",
    "jaxley.synapses.ionotropic": "dendrax.synapses.ionotropic",
    "jaxley.synapses.synapse": "dendrax.mechanisms.synapse",
    "jaxley.synapses.tanh_conductance": "dendrax.synapses.tanh_conductance",
    "jaxley.synapses.tanh_rate": "dendrax.synapses.tanh_rate",
    "jaxley.synapses.test": "dendrax.synapses.test",
    "jaxley.utils": "dendrax.compat.utils",
    "jaxley.utils.cell_utils": "dendrax.compat.cell_utils",
    "jaxley.utils.colors": "dendrax.compat.colors",
    "jaxley.utils.dynamics": "dendrax.dynamics",
    "jaxley.utils.jax_utils": "dendrax.compat.jax_utils",
    "jaxley.utils.morph_attributes": "dendrax.compat.morph_attributes",
}
"""Every public module path of the reference -> our module with its names."""

SHADOWED = ("jaxley.__version__", "jaxley.connect", "jaxley.integrate")
"""Modules that share their name with an attribute of the package, which wins: `jaxley.integrate` is a function."""

NOT_CARRIED = {
    "jaxley": ("solver_voltage",),
    "jaxley.utils": ("debug_solver", "misc_utils", "plot_utils", "solver_utils", "syn_utils"),
    "jaxley.utils.cell_utils": (
        *("compute_children_and_parents", "compute_children_in_level", "compute_children_indices", "compute_levels"),
        *("convert_point_process_to_distributed", "equal_segments", "get_num_neighbours"),
        *("interpolate_xyzr", "linear_segments", "loc_of_index", "local_index_of_loc", "merge_cells"),
        "remap_to_consecutive",
    ),
    "jaxley.utils.colors": tuple(f"{hue}_shades" for hue in ("blue", "green", "grey", "orange", "purple", "red")),
    "jaxley.utils.jax_utils": ("infer_device",),
    "jaxley.utils.morph_attributes": (
        *("compute_axial_conductances", "cylinder_area", "cylinder_resistive_load", "cylinder_volume"),
        *("swc_area", "swc_radius", "swc_resistive_load", "swc_volume"),
    ),
}
"""Helpers inside of the reference that Dendrax leaves out: module -> modules and functions. No published
program imports them; the helpers of `jaxley.utils` that published programs import are in `PATHS`."""
