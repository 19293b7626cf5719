# What a person and the continuous integration type. Every target but env and format leaves the sources as they are.
PYTHON ?= python3
BIN := .venv/bin
DEMO := examples/solar-absorbers
# Two at a time; a file's tests stay in one process, since they share servers and clusters. One numeric thread each:
# with as many as there are cores they wait for one another, and the tests of models take nearly twice as long.
PYTEST := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --durations 15

.PHONY: env demo lint types mypy pyright test test-models test-use test-faults test-cluster test-examples test-all all format release-check audit clean

env: .venv/.built

.venv/.built: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed: make PYTHON=python3.11 env")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --constraint constraints.txt --editable '.[dev]'
	$(BIN)/python -m compileall -qq -j 0 .venv/lib || true  # pip does it on one core; some packages hold files of other Pythons
	$(BIN)/python -m matsluice.tasks.features.compiled
	touch .venv/.built

demo: env
	$(BIN)/matsluice run $(DEMO)/campaign.toml
	@echo "MLflow and Prefect pages: $(BIN)/matsluice ui $(DEMO)/campaign.toml"

lint: env
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

# Each uses one core.
types: env
	$(MAKE) --jobs=2 --output-sync=target mypy pyright

mypy pyright: env
	$(BIN)/$@

# Fast: everything but estimators, kills and restarts of whole runs, clusters, and what is seen and used of a campaign.
test: env
	$(PYTEST) -m "not models and not faults and not cluster and not examples and not use"

# What learns: every estimator by every contract, formulas found again, campaigns of crystals, classes and searches.
test-models: env
	$(PYTEST) -m "models and not faults and not cluster and not examples and not use"

# Runs that are interrupted, killed and taken up again. They wait for a third of their time, hence three at once.
test-faults: env
	$(PYTEST) -n 3 -m "faults and not use"

# What is seen of a campaign, and what comes after it: pages, logs, hindsight, models as files and behind HTTP, champions.
test-use: env
	$(PYTEST) -m "use and not examples"

# Slurm, servers on PostgreSQL, several hosts, schedules by a real clock, clusters of different size. As root on Debian
# it installs what is missing; elsewhere the tests that lack something are skipped with the reason. They wait more than
# they compute, hence three at a time.
test-cluster: env
	infra/testbed/install.sh
	$(PYTEST) -n 3 -m "cluster and not use"

# Examples on public data, which is not part of the project: skipped, saying so, where it is not there.
test-examples: env
	$(PYTEST) -m "examples and not use"

# All of them, the longest first, as one session: no process waits at the end of a part for the others.
test-all: env
	infra/testbed/install.sh
	$(PYTEST)

all: lint types test-all

format: env
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

# Source distribution and wheel, built as they would be released, and looked at.
release-check: env
	$(BIN)/python -m pytest tests/architecture

# Known vulnerabilities of the pinned versions, from the database that pip-audit asks, and everybody's licence.
audit: env
	$(PYTHON) -m venv .venv-audit
	.venv-audit/bin/python -m pip install --quiet --disable-pip-version-check pip-audit
	.venv-audit/bin/pip-audit --strict --no-deps --disable-pip --progress-spinner off -r constraints.txt \
	    || { echo "audit: versions named above are vulnerable, or the database was not reached and nothing was audited"; exit 1; }
	$(BIN)/matsluice licences

clean:
	rm -rf .venv .venv-audit build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
