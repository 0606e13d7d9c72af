"""The gates alone, the floor of a step: HH's states and current with its slope, in a scan, and no cable."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks import models
from benchmarks.tasks import Ready
from benchmarks.tasks.jax_cells import configured


def prepare(settings: dict[str, Any]) -> Ready:
    """Settings: `table`, `batch` (0 for one cell), `x64`, `t_max` [ms].

    Every compartment stands alone: v' = v - dt I / (c + dt dI/dv). Parameters are arrays, as in a model whose
    conductances are trained.
    """
    jax = configured(settings)
    import jax.numpy as jnp  # noqa: PLC0415 - after configuration

    import dendrax as jx  # noqa: PLC0415 - likewise
    from dendrax.channels import HH  # noqa: PLC0415 - likewise

    jx.use_wide_vectors()  # as the steps that this is the floor of

    table, channel = models.CellTable.load(settings["table"]), HH()
    batch = settings.get("batch", 0)
    shape = (batch, table.length.size) if batch else (table.length.size,)

    def full(value: float) -> Any:
        return jnp.full(shape, value, float)  # with a type of its own, as the arrays of a model have

    params: dict[str, Any] = {name: full(value) for name, value in channel.channel_params.items()}
    v = full(models.V_INIT)
    states: dict[str, Any] = {name: full(value) for name, value in channel.channel_states.items()}
    states = channel.init_state(states, v, params, models.DT)
    steps = round(settings["t_max"] / models.DT)
    per_capacitance = 1e3 * models.DT  # mA/cm2 on 1 uF/cm2 over a step [mV]

    def run(params: dict, states: dict, v: Any) -> Any:
        def step(carry: tuple, _: None) -> tuple:
            states, v = carry
            states = {**states, **channel.update_states(states, models.DT, v, params)}
            current, slope = jax.jvp(lambda at: channel.compute_current(states, at, params), (v,), (jnp.ones_like(v),))
            return (states, v - per_capacitance * current / (1.0 + per_capacitance * slope)), None

        return jax.lax.scan(step, (states, v), length=steps)[0][1]

    compiled = jax.jit(run).lower(params, states, v).compile()
    at_rest = np.asarray(compiled(params, states, v))
    if not np.allclose(at_rest, models.V_INIT, atol=0.5):
        raise RuntimeError(f"the membrane left its rest for {at_rest.min()} to {at_rest.max()} mV")
    facts = {"n_comp": int(np.prod(shape)), "steps": steps}
    return Ready(lambda: jax.block_until_ready(compiled(params, states, v)), facts)
