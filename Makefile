# The first target is the help text: `make` alone tells what there is.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
READY := .venv/.ready
WORKERS ?= 2
ROOMS := klantbus schemas streams projections alerts apps
COMPILED := PYTHONPATH=$(CURDIR)/build/compiled

.PHONY: help demo test check compiled lint types arrows slow soak mutants bench peers lock clean

help: ## this text
	@echo "klantbus: make a company keep its word"
	@echo
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): requirements.lock pyproject.toml
	@echo "building .venv (once; needs Python 3.11)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11) and "klantbus needs Python 3.11; say where it is: make PYTHON=/path/to/python3.11")'
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(READY) ## show what stands, on a made-up company
	@$(BIN)/klantbus demo

test: $(READY) ## the fast tests, under five minutes
	$(BIN)/pytest -m "not slow" -n $(WORKERS) --dist loadfile

check: export KLANTBUS_REQUIRE_KAFKA ?= 1
check: $(READY) lint types arrows compiled ## lint, types, arrows, contract, every test; also those on a real Kafka
	$(BIN)/klantbus schema check
	$(BIN)/pytest -m "not slow" -n $(WORKERS) --dist loadfile
	$(COMPILED) KLANTBUS_COMPILED=1 $(BIN)/pytest -m "not slow" -n $(WORKERS) --dist loadfile tests/domain tests/contracts tests/components/kafka tests/components/streams tests/components/projections/test_commands.py
	$(BIN)/pytest -m slow

compiled: build/compiled/.ready ## the same bus, its judge and codec compiled (needs a C compiler); PYTHONPATH=build/compiled uses it

build/compiled/.ready: $(READY) setup.py $(shell find $(ROOMS) -name "*.py" -o -name "*.[ch]")
	@command -v cc >/dev/null || { echo "compiling needs a C compiler, as in Debian's package build-essential"; exit 1; }
	@echo "compiling the judge (some two minutes)"
	@rm -rf build
	@KLANTBUS_COMPILE=1 $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --target build/compiled .
	@touch $@

lint: $(READY) ## ruff, format and rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(READY) ## mypy, strict
	$(BIN)/mypy

arrows: $(READY) ## import-linter: arrows only run down
	$(BIN)/lint-imports

soak: export KLANTBUS_CYCLES = 200
soak: export KLANTBUS_SEEDS = 1000
soak: $(READY) ## the kill and simulation cycles, ten times as many (hours)
	$(BIN)/pytest -m slow --timeout 14400

mutants: $(READY) ## plant bugs in the rules and see each one caught
	$(BIN)/python tests/mutants.py

bench: $(READY) compiled ## measure, beside peers in the same run; tables in bench/README.md
	@for script in bench/[a-z]*.py; do echo "## $$script"; $(COMPILED) $(BIN)/python $$script || exit 1; done

peers: .venv-peers/.ready ## what bench/streams_peers.py is measured beside, in a venv of its own

.venv-peers/.ready: bench/peers/requirements.lock
	@$(PYTHON) -m venv .venv-peers
	@.venv-peers/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

lock: ## renew requirements.lock from pyproject.toml (needs uv)
	uv pip compile --quiet --upgrade --group dev pyproject.toml --generate-hashes --no-header --no-emit-index-url --no-emit-find-links -o requirements.lock
	uv pip compile --quiet --upgrade --python-version 3.11 bench/peers/requirements.in --generate-hashes --no-header --no-emit-index-url --no-emit-find-links -o bench/peers/requirements.lock

clean: ## forget everything that was built or kept here
	rm -rf .venv .venv-peers .klantbus build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
