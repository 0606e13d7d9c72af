"""What is imported when: slow libraries wait until they are needed. What that saves: benchmarks/importing.py."""

import subprocess
import sys

SLOW = {"matplotlib", "networkx", "optax", "pandas", "scipy", "tqdm"}

RUN_A_NETWORK = """
import dendrax as jx
from dendrax.channels import HH
from dendrax.synapses import IonotropicSynapse

cell = jx.Cell(jx.Branch(jx.Compartment(), ncomp=2), parents=[-1, 0, 0])
net = jx.Network([cell, cell])
net.insert(HH())
net.cell(0).branch(1).set("radius", 0.5)
net.cell(0).add_to_group("first")
jx.connect(net[0, 0, 0], net[1, 2, 1], IonotropicSynapse())
net.first.make_trainable("HH_gNa", verbose=False)
net.IonotropicSynapse.edge(0).record("IonotropicSynapse_s", verbose=False)
net.cell([0, 1]).branch(0).loc(0.0).record("v", verbose=False)
net[0, 0, 0].stimulate(jx.step_current(0.0, 0.1, 0.1, 0.025, 0.1), verbose=False)
assert jx.integrate(net, net.get_parameters()).shape[0] == 3
"""


def loaded_by(program: str) -> set[str]:
    """Which of the slow libraries a program of its own has loaded when it ends."""
    program += "\nimport sys\nprint(*{name.partition('.')[0] for name in sys.modules})"
    child = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert child.returncode == 0, child.stderr
    return SLOW & set(child.stdout.split())


def test_importing_dendrax_loads_no_slow_library():
    assert loaded_by("import dendrax") == set()


def test_building_and_running_a_network_loads_no_slow_library():
    assert loaded_by(RUN_A_NETWORK) == set()


def test_a_table_loads_pandas_alone():
    assert loaded_by("import dendrax\ndendrax.Compartment().nodes") == {"pandas"}
