"""What broke a fit: the first thing that was not finite, and where in which simulation that came from."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from dendrax.optimize import leaves
from dendrax.optimize.experiment import Experiment
from dendrax.optimize.side_by_side import Layout
from dendrax.optimize.step import Report, Rule, State


def what_broke(layout: Layout, rule: Rule, before: State, report: Report, step: int, number: int) -> str:
    """The first thing that was not finite, in a sentence.

    Args:
        layout: Of the starts.
        rule: What makes steps.
        before: The state before the step.
        report: Of the step.
        step: Which one it is.
        number: Of the start.
    """
    params = layout.one(before.params, number)
    values = layout.params_of_one(rule, before.params, number)
    loss = float(np.atleast_1d(report.loss)[number])
    names, arrays = leaves.names_of(params), jax.tree.leaves(params)
    where = f"at step {step}"
    text = f"The loss is {loss} {where}." if not np.isfinite(loss) else ""
    for what, found in (("gradient", report.bad_gradient), ("value after the step", report.bad_params)):
        places = np.atleast_2d(np.asarray(found))[number]
        bad = [
            leaves.entry_name(name, array, int(place))
            for name, array, place in zip(names, arrays, places, strict=True)
            if place >= 0
        ]
        if bad:
            text += f" The {what} is not finite {where} for {', '.join(bad[:5])}"
            text += f" and {len(bad) - 5} more arrays." if len(bad) > 5 else "."
            break
    shown = jax.tree.map(np.asarray, values)
    return (
        f"{text} The parameters there are {shown!r:.300}. Narrow their bounds, clip the gradient or make smaller steps."
    ).strip()


def where_it_broke(function: Any, params: Any, called: str) -> str:
    """Time, compartment and cause, where a function is known to be of simulations; otherwise how to learn them.

    This simulates: whoever asks does so at the end, so that what stays finite pays nothing for it.

    Args:
        function: The loss, or the residuals.
        params: With which they are not finite.
        called: What a user knows them by.
    """
    experiment = getattr(function, "__self__", function)  # of its own, or of a method of it
    if not isinstance(experiment, Experiment):
        return (
            f"`integrate(module, {called}, check=True)` says at what time, in which compartment and why a simulation "
            f"breaks with them."
        )
    return experiment.diagnose(params) or (
        "All simulations are finite with them: what is not is the derivative, or the distance from the targets."
    )
