"""The programs of the README run and give what the README says."""

import re
from pathlib import Path

import jax
import numpy as np

README = Path(__file__).resolve().parents[2] / "README.md"


def test_the_programs_of_the_readme():
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(), flags=re.DOTALL)
    assert len(blocks) == 2
    names = {}
    for block in blocks:
        exec(compile(block, "README.md", "exec"), names)  # noqa: S102
    assert names["v"].shape == (1, 2002)
    assert names["v"].max() > 0
    slopes = np.concatenate(jax.tree.leaves(names["gradient"]))
    assert slopes.shape == (2,)
    assert np.all(np.isfinite(slopes))
    assert np.all(slopes != 0)


def test_the_program_of_the_first_page():
    page = README.parent / "docs" / "index.md"
    (program,) = re.findall(r"```python\n(.*?)```", page.read_text(), flags=re.DOTALL)
    names = {}
    exec(compile(program, "index.md", "exec"), names)  # noqa: S102
    assert names["v"].shape == (1, 2002)
    (v,) = names["v"]
    assert np.sum((v[:-1] < 0.0) & (v[1:] >= 0.0)) == 4  # spikes, as the page says and shows
    assert np.all(np.isfinite(np.concatenate(jax.tree.leaves(names["gradient"]))))
