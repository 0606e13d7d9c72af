"""A checkpoint goes on with what it was written with, or says what differs; and writing one never ends a fit."""

import os
import pickle
import warnings

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import dendrax as jx
import dendrax.files
from dendrax.channels import Leak
from dendrax.errors import CheckpointError, CheckpointWarning, MemoryBudgetError, ModelTypeError, ModelValueError
from dendrax.optimize import (
    Experiment,
    GradientDescent,
    LeastSquares,
    Protocol,
    RunOptions,
    Step,
    fit,
    fit_global,
    fit_many,
    least_squares,
    search,
)
from dendrax.optimize import checkpoints as files
from dendrax.optimize.fingerprint import differing, fingerprint
from dendrax.optimize.transforms import SigmoidTransform

START = {"x": jnp.array([0.3, 0.6])}
DATA = np.linspace(-1.0, 1.0, 12)
OFFSET = 0.5


def loss_of(scale=1.0):
    """A loss that reads an argument, a variable of its surroundings and a global one."""
    return lambda params, batch: jnp.mean((params["x"][0] * batch + scale * params["x"][1] - OFFSET) ** 2)


def run(folder, loss=None, start=None, **options):
    settings = {
        "steps": 2, "data": DATA, "batch_size": 4, "key": 5, "transform": SigmoidTransform(-2.0, 2.0),
        "learning_rate": 0.1, "resume": True, "checkpoint": folder, "progress": False,
    }  # fmt: skip
    return fit(loss or loss_of(), START if start is None else start, **(settings | options))


def other_code(params, batch):
    return jnp.mean(jnp.abs(params["x"][0] * batch + params["x"][1] - OFFSET))


CHANGES = {
    "data": ({"data": DATA + 100.0}, "data=float64"),
    "one value of the data": ({"data": np.where(np.arange(12) == 7, 0.1, DATA)}, "data=float64"),
    "bounds": ({"transform": SigmoidTransform(-2.0, 3.0)}, r"transform\S*=.*4\.0.*transform\S*=.*5\.0"),
    "kind of bounds": ({"transform": None}, "transform"),
    "code of the loss": ({"loss": other_code}, "loss=function"),
    "what the loss closes over": ({"loss": loss_of(2.0)}, r"loss\.scale=1\.0.*loss\.scale=2\.0"),
    "learning rate": ({"learning_rate": 0.2}, r"0\.1.*0\.2"),
    "schedule": ({"learning_rate": optax.exponential_decay(0.1, 5, 0.5)}, "of another fit|optimizer"),
    "optimiser": ({"optimizer": "nadam"}, "optimizer"),
    "clipping": ({"clip": 1.0}, "of another fit|optimizer"),
    "start": ({"start": {"x": jnp.array([0.3, 0.7])}}, r"start\['x'\]=.*0\.6.*0\.7"),
    "key": ({"key": 6}, r"key=\[5\].*key=\[6\]"),
    "size of batches": ({"batch_size": 6}, "batch_size=4.*batch_size=6"),
}  # fmt: skip


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    folder = tmp_path_factory.mktemp("begun")
    run(folder)
    return folder


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", CHANGES)
def test_what_has_changed_is_named_and_refused(name, begun):
    options, said = CHANGES[name]
    before = contents(begun)
    with pytest.raises((ModelValueError, CheckpointError), match=said):
        run(begun, steps=4, callbacks=lambda _: pytest.fail("a step was made"), **options)
    after = contents(begun)
    assert {path: data for path, data in after.items() if path.name != files.LOCK} == {
        path: data for path, data in before.items() if path.name != files.LOCK
    }


def test_a_global_variable_of_the_loss(begun, monkeypatch):
    monkeypatch.setitem(globals(), "OFFSET", 0.6)
    with pytest.raises(ModelValueError, match=r"loss\.OFFSET=0\.5, .*loss\.OFFSET=0\.6"):
        run(begun, steps=4)


def test_when_it_ends_where_it_runs_and_what_looks_on_may_change(begun, tmp_path):
    assert run(begun, callbacks=[print], patience=50, tolerance=0.1, check=False, every=7, devices=2).resumed_at == 2
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert run(begun, loss_of(), jax.tree.map(np.asarray, START), data=jnp.asarray(DATA)).resumed_at == 2


def test_rounding_on_another_machine_is_said_and_goes_on(begun):
    with pytest.warns(CheckpointWarning, match="data differ .* rounding"):
        assert run(begun, data=DATA * (1 + 3e-15)).resumed_at == 2


def test_anyway_says_so_for_ever_and_looks_for_the_lowest_loss_anew(tmp_path):
    run(tmp_path)
    other = run(tmp_path, data=DATA + 100.0, steps=8, resume="anyway")
    assert other.resumed_at == 2
    assert len(other.changes) == 1
    assert other.changes[0].startswith("At step 2: went on with data=")
    assert other.lowest > other.loss[:2].max()  # of 100 times larger data; what was found before counts no more
    again = run(tmp_path, data=DATA + 100.0, steps=9)  # that is what it is of now
    assert (again.resumed_at, again.changes) == (8, other.changes)
    with pytest.raises(ModelTypeError, match="resume must be"):
        run(tmp_path, resume="always")


def test_searches_and_least_squares_too(tmp_path):
    target = np.array([1.0, 2.0])
    of = lambda target: lambda p: p["x"] - target  # noqa: E731
    squares = {"steps": 2, "checkpoint": tmp_path / "l", "resume": True, "progress": False}
    least_squares(of(target), START, **squares)
    with pytest.raises(ModelValueError, match=r"residuals\.target=float64\[2\] 1\.0, 2\.0, .* 1\.0, 3\.0"):
        least_squares(of(np.array([1.0, 3.0])), START, **squares)
    with pytest.raises(ModelValueError, match="rtol="):
        least_squares(of(target), START, rtol=1e-3, **squares)
    moved = least_squares(of(np.array([1.0, 3.0])), START, **(squares | {"resume": "anyway", "steps": 12}))
    np.testing.assert_allclose(moved.params["x"], [1.0, 3.0], atol=1e-6)
    assert moved.changes

    evolving = {"generations": 3, "method": "separable", "population": 6, "devices": 1, "progress": False}
    evolving |= {"checkpoint": tmp_path / "s", "resume": True}
    cost = lambda target: lambda p: jnp.sum((p["x"] - target) ** 2)  # noqa: E731
    first = search(cost(target), START, **evolving)
    with pytest.raises(ModelValueError, match=r"loss\.target="):
        search(cost(target + 100.0), START, **evolving)
    other = search(cost(target + 100.0), START, **(evolving | {"resume": "anyway", "generations": 4}))
    assert other.lowest == other.loss[3].min() > first.lowest


def test_checkpoints_of_older_versions_go_on_with_a_warning(tmp_path, monkeypatch):
    with monkeypatch.context() as patched:
        write = files.CheckpointFolder.write

        def as_before(self, step, checkpoint):
            rest = {key: checkpoint.rest[key] for key in ("position", "messages", "step", "seconds", "jax")}
            rest["settings"] = {"process": "Fit", "kind": "Rows", "rows": 12, "batch_size": 4, "key": [5]}
            return write(self, step, checkpoint._replace(rest=rest))

        patched.setattr(files.CheckpointFolder, "write", as_before)
        run(tmp_path)
    with pytest.warns(CheckpointWarning, match="older Dendrax"):
        assert run(tmp_path, steps=3).resumed_at == 2


SOURCE = """
import numpy as np
POWER = 2
def outer(a):
    def loss(p, *, q=3.0):
        for k in range(4):
            if k in {1, 2}:
                p = p + a[0] * k
        return [p ** POWER for _ in (1, 2)], q, lambda z: z - a[1]
    return loss
"""


def compiled(source):
    names = {}
    exec(compile(source, f"file {len(source)}", "exec"), names)  # noqa: S102 - the source above
    return names["outer"]([1.0, {"b": np.arange(20.0)}])


def prints_of(loss):
    return fingerprint({"loss": loss})[0]


def test_comments_docstrings_and_lines_are_nothing():
    commented = SOURCE.replace("        for", '        """What it does."""\n\n        # a comment\n        for')
    commented = "\n\n\n" + commented.replace("def outer(a):", 'def outer(a):\n    """Outside."""')
    assert prints_of(compiled(SOURCE)) == prints_of(compiled(commented))


@pytest.mark.parametrize(
    ("old", "new"), [("{1, 2}", "{1, 3}"), ("a[1]", "a[0]"), ("q=3.0", "q=4.0"), ("POWER = 2", "POWER = 3"), ("+", "-")]
)
def test_every_constant_name_and_operation_counts(old, new):
    changed = prints_of(compiled(SOURCE.replace(old, new, 1)))
    names, rounded = differing(prints_of(compiled(SOURCE)), changed)
    assert names
    assert not rounded


def leaking(conductance):
    cell = jx.Cell()
    cell.insert(Leak())
    cell.set("Leak_gLeak", conductance)
    cell.make_trainable("Leak_eLeak", verbose=False)
    return cell


def test_models_and_experiments_are_looked_into():
    def of(conductance, amplitude=0.001):
        cell = leaking(conductance)
        soma = cell.branch(0).comp(0)
        protocol = Protocol("a", soma, Step(1.0, 2.0, amplitude), {"soma": soma}, 5.0)
        row = {"protocol": "a", "recording": "soma", "feature": "voltage_base", "mean": -70.0, "std": 1.0}
        return fingerprint({"loss": Experiment(cell, [protocol], [row], delta_t=0.1), "cell": cell, "view": soma})

    def reading(conductance):  # a model and an experiment as global variables, read by a jitted function
        names = {"jax": jax, "jx": jx, "cell": leaking(conductance)}
        exec("@jax.jit\ndef loss(p):\n    return jx.integrate(cell, p, t_max=1.0)", names)  # noqa: S102
        return fingerprint({"loss": names["loss"]})[0]

    assert reading(1e-4) == reading(1e-4)
    assert differing(reading(1e-4), reading(2e-4))[0] == ["loss.cell"]
    one, unseen = of(1e-4)
    assert not unseen
    assert of(1e-4)[0] == one
    assert {"cell", "view", "loss._module"} <= set(differing(one, of(2e-4)[0])[0])
    assert "loss._currents" in differing(one, of(1e-4, 0.002)[0])[0]


def test_a_model_is_the_same_after_someone_has_looked_at_it():
    cell = leaking(1e-4)
    before = fingerprint({"view": cell.branch(0), "cell": cell})[0]
    cell.compute_xyz()
    cell.branch(0).nodes  # noqa: B018 - to look is all
    assert fingerprint({"view": cell.branch(0), "cell": cell})[0] == before


def test_what_is_long_and_holds_itself_comes_to_an_end():
    def of(last):
        many = [*range(60), last]
        many.append(many)
        return fingerprint({"data": many})[0]

    assert list(of(1)) == ["data"]
    assert of(1) == of(1) != of(2)


def test_what_cannot_be_looked_into_is_named(tmp_path):
    rng = np.random.default_rng(0)
    print_of = lambda params, batch: loss_of()(params, batch) + 0 * rng.bit_generator.random_raw() % 1  # noqa: E731
    assert fingerprint({"loss": print_of})[1] == ["loss.rng"]
    run(tmp_path, print_of)
    with pytest.raises(ModelValueError, match=r"Not compared: loss\.rng"):
        run(tmp_path, print_of, key=1)


def becomes_a_file(folder):
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    folder.rmdir()
    folder.write_text("")


@pytest.mark.parametrize("kind", ["fit", "fit_many", "search", "least_squares"])
def test_a_folder_that_becomes_a_file_ends_nothing(kind, tmp_path, monkeypatch):
    folder = tmp_path / "checkpoints"
    write, written = files.CheckpointFolder.write, []

    def once(self, *given):
        if len(written) == 1:
            becomes_a_file(folder)
        written.append(1)
        return write(self, *given)

    monkeypatch.setattr(files.CheckpointFolder, "write", once)
    cost = lambda p: jnp.sum((p["x"] - 1.0) ** 2)  # noqa: E731
    calls = {
        "fit": lambda **o: fit(cost, START, steps=4, **o),
        "fit_many": lambda **o: fit_many(cost, {"x": jnp.ones((2, 2))}, steps=4, devices=1, **o).fits[1],
        "search": lambda **o: search(cost, START, generations=4, method="separable", devices=1, **o),
        "least_squares": lambda **o: least_squares(lambda p: p["x"] ** 2, START, steps=4, **o),
    }
    through = calls[kind](progress=False)
    with pytest.warns(CheckpointWarning) as said:
        result = calls[kind](progress=False, checkpoint=folder, every=1)
    np.testing.assert_array_equal(result.loss, through.loss)
    assert len(written) == 5  # after each step, and once more at the end
    texts = [str(one.message) for one in said]
    assert len(texts) == 2
    assert "step 2 cannot be written" in texts[0]
    assert "nothing since step 1 is in" in texts[1]


def test_a_full_disk_is_tried_again(tmp_path, monkeypatch):
    write, calls = files.write_file, []

    def full(verb, path, pieces):
        calls.append(path)
        if 4 <= len(calls) <= 5:
            raise OSError(28, "No space left on device")
        write(verb, path, pieces)

    monkeypatch.setattr(files, "write_file", full)
    with pytest.warns(CheckpointWarning, match="No space left") as said:
        ended = run(tmp_path, steps=4, every=1)
    assert len(said) == 1
    assert ended.checkpoint == tmp_path / "step-000000004"
    assert run(tmp_path, steps=4).resumed_at == 4


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CheckpointError, match="cannot be written to"):
        run(tmp_path / "file" / "below")


def test_two_fits_do_not_share_a_folder(tmp_path):
    def second(progress):
        if progress.step == 1:
            with pytest.raises(CheckpointError, match=rf"Another fit .*process {os.getpid()} on"):
                run(tmp_path)

    run(tmp_path, callbacks=[second])
    (tmp_path / files.LOCK).write_text("process 4194305 on a machine that is gone")  # whoever was killed holds nothing
    assert run(tmp_path, steps=3).resumed_at == 2


def test_a_forked_process_that_lives_on_holds_no_folder(tmp_path, monkeypatch):
    locked, inherited = dendrax.files.locked, []
    monkeypatch.setattr(dendrax.files, "locked", lambda handle: inherited.append(os.dup(handle)) or locked(handle))
    for _ in range(2):
        with files.CheckpointFolder(tmp_path).held():
            pass
    for handle in inherited:
        os.close(handle)


def test_data_of_any_size_and_kind_are_compared():
    """Beyond a block of sums, with numbers that are not finite, and of types that NumPy alone does not know."""
    big = np.random.default_rng(0).normal(size=200_000)
    swapped, holed = np.roll(big, 65536), np.where(np.arange(big.size) == 150_000, np.nan, big)
    one = fingerprint({"data": big})[0]
    for other in (swapped, holed, np.where(np.arange(big.size) == 150_000, 9.0, big), big.astype(np.float32), big[1:]):
        assert differing(one, fingerprint({"data": other})[0]) == (["data"], [])
    assert differing(one, fingerprint({"data": big * (1 + 1e-15)})[0]) == ([], ["data"])
    small = [jnp.ones(3, jnp.bfloat16), np.zeros((0, 2)), np.array(True), np.array(["a"]), jax.random.key(1)]
    other = [jnp.full(3, 2, jnp.bfloat16), np.zeros((0, 3)), np.array(False), np.array(["b"]), jax.random.key(2)]
    names, _ = differing(fingerprint({"x": small})[0], fingerprint({"x": other})[0])
    assert names == [f"x[{number}]" for number in range(5)]


def test_least_squares_of_too_many_parameters_are_refused_at_once():
    many = {"x": jnp.ones(300_000)}  # 0.72 TB
    with pytest.raises(MemoryBudgetError, match="least_squares: the slopes of 300000 residuals by 300000 parameters"):
        least_squares(lambda p: p["x"] - 2.0, many, progress=False)


@pytest.mark.slow
def test_strict_promotion_and_single_precision():
    """No step mixes types, and parameters keep theirs whatever JAX takes for granted."""
    start = {"x": np.array([0.3, 0.6], np.float32)}
    loss = lambda p, batch: jnp.mean((p["x"][0] * batch + p["x"][1]) ** 2)  # noqa: E731
    data = DATA.astype(np.float32)
    options = {"steps": 3, "data": data, "batch_size": 4, "patience": 9, "clip": 1.0, "progress": False}
    with jax.numpy_dtype_promotion("strict"):
        for transform in (None, SigmoidTransform(jnp.float32(-2.0), jnp.float32(2.0))):
            fitted = fit(loss, start, optimizer=optax.sgd(np.float32(0.1)), transform=transform, **options)
            assert fitted.params["x"].dtype == np.float32
        fit(loss, jax.tree.map(jnp.float32, start), normalize="parameter", **options)
        fit_many(loss, {"x": np.ones((2, 2), np.float32)}, **options)
        search(lambda p: jnp.sum(p["x"]), start, generations=2, method="separable", progress=False)
        squares = least_squares(lambda p: p["x"] - jnp.float32(1.0), start, steps=3, progress=False)
        assert squares.params["x"].dtype == np.float32


def again_of(value):
    return pickle.loads(pickle.dumps(value))  # noqa: S301 - our own bytes


def test_every_result_crosses_processes():
    cost = lambda p: jnp.sum((p["x"] - 1.0) ** 2)  # noqa: E731
    seen = []
    options = {"progress": False, "devices": 1, "steps": 2}
    results = [
        fit_global(cost, START, generations=2, method="separable", refine=2, **options),
        fit_many(cost, {"x": jnp.ones((2, 2))}, callbacks=seen.append, **options),
        least_squares(lambda p: p["x"], START, steps=2, progress=False),
        seen[0],
        RunOptions(steps=3),
        GradientDescent("adam", clip=1.0),
        LeastSquares(),
    ]
    for one in results:
        assert type(again_of(one)) is type(one)
    assert again_of(seen[0]).params["x"].shape == (2, 2)


def test_a_solver_as_an_object_is_the_same_as_its_keywords():
    cost = lambda p: jnp.sum((p["x"] - 1.0) ** 2)  # noqa: E731
    by_name = fit(cost, START, steps=3, optimizer="sgd", learning_rate=0.1, clip=1.0, progress=False)
    run = RunOptions(steps=3, progress=False)
    for solver in (GradientDescent("sgd", 0.1, clip=1.0), optax.chain(optax.clip_by_global_norm(1.0), optax.sgd(0.1))):
        np.testing.assert_array_equal(fit(cost, START, solver, run=run).loss, by_name.loss)
    squares = fit(lambda p: p["x"] - 1.0, START, LeastSquares(), run=run)
    np.testing.assert_array_equal(
        squares.loss, least_squares(lambda p: p["x"] - 1.0, START, steps=3, progress=False).loss
    )
    with pytest.raises(ModelTypeError, match=r"clip belong to the solver.*GradientDescent\(clip=...\)"):
        fit(cost, START, GradientDescent(), steps=1, clip=1.0)
    with pytest.raises(ModelValueError, match="data has no meaning"):
        fit(cost, START, LeastSquares(), steps=1, data=DATA)
    with pytest.raises(ModelValueError, match="memory has no meaning"):
        fit(cost, START, steps=1, memory="2 GB")
