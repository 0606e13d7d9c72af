"""What is imported when, and by whom: slow libraries wait until they are needed, and no import leads back.

What waiting saves: benchmarks/importing.py.
"""

import ast
import subprocess
import sys
from pathlib import Path

import dendrax

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


SOURCE = Path(dendrax.__file__).parent


def imports_of(files: dict[str, Path]) -> dict[str, set[str]]:
    """Which modules of `files` each of them imports: anywhere in the file, in functions and for types too."""
    graph = {}
    for name, file in files.items():
        package = name if file.name == "__init__.py" else name.rpartition(".")[0]
        found = set()
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {one.name for one in node.names}
            elif isinstance(node, ast.ImportFrom):
                above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
                base = ".".join([*above, *filter(None, [node.module])])
                found |= {full if (full := f"{base}.{one.name}") in files else base for one in node.names}
        graph[name] = (found & files.keys()) - {name}
    return graph


def cycles_of(graph: dict[str, set[str]]) -> list[list[str]]:
    """The strongly connected components of more than one module: whoever reaches another, and is reached by it."""
    reached = {}
    for start in graph:
        seen, ahead = set(), [start]
        while ahead:
            new = graph[ahead.pop()] - seen
            seen |= new
            ahead += new
        reached[start] = seen
    circles = {tuple(sorted(b for b in reached[a] if a in reached[b])) for a in graph if a in reached[a]}
    return [list(one) for one in sorted(circles)]


def test_no_module_imports_itself_by_way_of_others():
    files = {
        ".".join(file.relative_to(SOURCE.parent).with_suffix("").parts).removesuffix(".__init__"): file
        for file in SOURCE.rglob("*.py")
    }
    assert len(files) > 200
    assert cycles_of(imports_of(files)) == []


def test_cycles_for_types_and_within_functions_are_found(tmp_path):
    texts = {
        "p": "from p.a import f",
        "p.a": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from p.b import C",
        "p.b": "def g():\n    from . import c",
        "p.c": "import p.a",
        "p.d": "from p import c",
    }
    files = {name: tmp_path / f"{name}.py" for name in texts}
    files["p"] = tmp_path / "__init__.py"
    for name, text in texts.items():
        files[name].write_text(text)
    assert cycles_of(imports_of(files)) == [["p.a", "p.b", "p.c"]]
