# make demo    the command of the README, on the built-in cell    (ARGS="--swc FILE --out DIR --seconds N")
# make test    format, lint, types, layers, site, and the tests of every day: under ten minutes on two cores
# make test-all    the tests that are marked slow: tutorials, sweeps, fuzzers, further cases of a property    (ARGS="-k rallpack" selects)
# make native  the C++ kernels, where there is a compiler; part of demo and test
# make PYTHON=python3.12 test    the same under another Python, in an environment of its own
# make validate    what docs/validation.md says, measured anew: half an hour    (NEURON=1 installs NEURON, to run beside us)
# make docs    the documentation as a site, build/site/index.html; runs the tutorials
# make site    the same without running them, as a test; part of test
# make bench   Dendrax and its peers in turn, on one core; writes BENCHMARKS.md    (ONLY=l5pc selects, and only prints)
# make bench-quick    the same table from a trimmed set, in under five minutes

PYTHON ?= python3
ARGS ?=
WORKERS ?= 2

ifeq ($(origin PYTHON),file)
VENV := .venv
else
VENV := .venv-$(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])')
endif
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile
BENCH := .venv-bench
SOURCES := $(shell find src native -type f -not -name '*.pyc' -not -path '*/_native/*')
CMAKE := $(or $(shell command -v cmake),$(BIN)/cmake)

.PHONY: demo native test test-all checks format lint types layers site unit validate docs install bench bench-quick clean

demo: native
	$(BIN)/dendrax demo $(ARGS)

# Each check keeps one core busy; the tests come afterwards and keep all of them busy.
test: $(STAMP)
	@$(MAKE) --no-print-directory --jobs $(WORKERS) --output-sync=target checks
	@$(MAKE) --no-print-directory unit

checks: lint types layers site native

install: $(STAMP)

# A folder made by another Python is made anew; otherwise pip brings it up to date. It builds nothing here (`native` does),
# and so needs no environment with a jaxlib of its own for that.
$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Dendrax needs Python 3.11 or later; try: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@test "$$($(BIN)/python -V 2>/dev/null)" = "$$($(PYTHON) -V)" || $(PYTHON) -m venv --clear $(VENV)
	$(INSTALL) scikit-build-core
	$(INSTALL) --no-build-isolation --editable '.[dev]' --config-settings wheel.cmake=false
	@touch $@

# Not by pip, which would build in a new place each time: only what has changed is compiled. What does not compile is an
# error, no compiler is none: the package is pure JAX then.
native: $(STAMP) $(filter $(BIN)/cmake,$(CMAKE))
	@if set -- $${CXX:-c++} && command -v "$$1" >/dev/null; then \
		$(CMAKE) -S native -B build/native -DPython_EXECUTABLE="$(CURDIR)/$(BIN)/python" >/dev/null && \
		MAKEFLAGS= MAKELEVEL= $(CMAKE) --build build/native --parallel $(WORKERS); \
	else \
		echo "No C++ compiler ($$1): without native kernels, in pure JAX." >&2; \
	fi

$(BIN)/cmake: $(STAMP)
	$(INSTALL) cmake

lint: $(STAMP)
	$(BIN)/ruff format --check src tests docs/site
	$(BIN)/ruff check src tests docs/site

types: $(STAMP)
	$(BIN)/basedpyright --pythonpath $(BIN)/python

layers: $(STAMP)
	$(BIN)/lint-imports --no-cache

# Each worker takes neighbouring tests, which share what they compile, until there are none left and it takes some of the
# others': `worksteal`.
PYTEST := $(BIN)/pytest -n $(WORKERS) --dist worksteal

unit: native
	$(PYTEST)

# The marks of pyproject.toml give way to those here.
test-all: native
	$(PYTEST) -m "slow and not gpu and not peers" $(ARGS)

# Also what `make test` leaves out. All is measured anew, or with a selection (ARGS="-k rallpack") that alone.
validate: native $(if $(NEURON),$(BIN)/nrniv)
	$(if $(ARGS),,rm -f docs/validation.json)
	DENDRAX_FUZZ=20 $(PYTEST) -m "not gpu" --write-figures docs/validation.md $(ARGS) \
		tests/physics tests/property tests/contracts/test_jaxley_mech.py

$(BIN)/nrniv: $(STAMP)
	$(INSTALL) --no-build-isolation --editable '.[dev,neuron]' --config-settings wheel.cmake=false

docs: native
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build

# A name, link or anchor that leads nowhere, and a public name that is on no page of the API, are errors.
site: $(STAMP)
	NO_MKDOCS_2_WARNING=1 RUN_TUTORIALS=false $(BIN)/mkdocs build --site-dir build/site-without-runs

format: $(STAMP)
	$(BIN)/ruff check --fix src tests docs/site
	$(BIN)/ruff format src tests docs/site

# The peers live in an environment of their own, where this checkout is installed as a user would have it.
bench: $(BENCH)/.installed
	$(BENCH)/bin/python -m benchmarks $(if $(ONLY),--only $(ONLY),--write) $(ARGS)

bench-quick: $(BENCH)/.installed
	$(BENCH)/bin/python -m benchmarks --quick $(if $(ONLY),--only $(ONLY)) $(ARGS)

$(BENCH)/.peers: benchmarks/requirements.txt
	test -x $(BENCH)/bin/python || $(PYTHON) -m venv $(BENCH)
	$(BENCH)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

$(BENCH)/.installed: $(BENCH)/.peers pyproject.toml $(SOURCES)
	$(BENCH)/bin/python -m pip install --quiet --disable-pip-version-check .
	@touch $@

clean:
	rm -rf .venv .venv-* build dist src/dendrax/_native .pytest_cache .ruff_cache .hypothesis .import_linter_cache
