# make demo    draw the pictures, train a network on them, ask it about two it has not seen; ends with a report to open
# make test    the tests
# make soak    the trials of docs/RELIABILITY.md in their long form, some twenty minutes
# make lint    the linters and the types
# make bench   catnet against torch, scikit-learn and plain NumPy, into benchmarks/RESULTS.md; CASE=NAME for one case
# make data    only draw the pictures and the tables; what is there already stays as it is
# make clean   remove .venv, the caches and the benchmarks' data; data and runs stay
#
# Each is enough on a machine with Python 3.11 or newer. Another than python3: make demo PYTHON=python3.13

PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip --disable-pip-version-check install --quiet --editable

# Exact versions of what is installed and of what builds it (the second name is newer pip's).
# A relative path, because pip would take a space in it for the start of another.
export PIP_CONSTRAINT := constraints.txt
export PIP_BUILD_CONSTRAINT := constraints.txt

.PHONY: demo test soak lint bench data clean
.DELETE_ON_ERROR:

demo: data
	$(BIN)/catnet train configs/cat.yaml
	$(BIN)/catnet predict data/animals/test/cat/000.png data/animals/test/lion/000.png
	@echo "The run, with its model and report.html, a page to open in a browser, is the newest folder in runs/:"
	@ls -dt runs/cat-* | head -n 1

test: .venv/installed-dev
	$(BIN)/python -m pytest

soak: .venv/installed-dev
	CATNET_SOAK=1 $(BIN)/python -m pytest tests/reliability

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: .venv/installed-bench
	$(BIN)/python -m benchmarks.run $(if $(CASE),--case $(CASE))

data: .venv/installed
	$(BIN)/python data/draw.py

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
	rm -rf benchmarks/.work
	find benchmarks catnet data tests -name __pycache__ -type d -prune -exec rm -rf {} +

# the files that remember what is installed
.venv/installed: .venv/pyvenv.cfg pyproject.toml constraints.txt
	@echo "Installing catnet into .venv ..."
	@$(INSTALL) '.[report]'
	@touch $@

.venv/installed-dev: .venv/pyvenv.cfg pyproject.toml constraints.txt
	@echo "Installing catnet and its development tools into .venv ..."
	@$(INSTALL) '.[dev]'
	@touch .venv/installed $@

.venv/installed-bench: .venv/pyvenv.cfg pyproject.toml constraints.txt
	@echo "Installing catnet and what it is measured against into .venv ..."
	@$(INSTALL) '.[bench]'
	@touch .venv/installed $@

.venv/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "catnet needs Python 3.11 or newer, and $(PYTHON) is: $$($(PYTHON) --version 2>&1)"; \
	    echo "Name another: make PYTHON=python3.13"; exit 1; } >&2
	@$(PYTHON) -m venv --clear .venv || { rm -rf .venv; exit 1; }
