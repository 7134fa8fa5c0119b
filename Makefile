# make demo    draw the pictures, have a configuration written for them, train a network, ask it about two pictures it
#              has not seen, and say which answer is right and which is wrong; ends with a report to open, and with a
#              page that answers offline
# make test    the tests
# make soak    the trials of docs/RELIABILITY.md in their long form, well over half an hour
# make lint    the linters and the types
# make coverage      the tests, and how much of catnet they run; the floor is in pyproject.toml
# make test-package  build the wheel and the sdist, install each elsewhere, and run the main job there
# make test-lowest   the quick tests with the lowest versions that pyproject.toml allows
# make test-all      the tests under each Python from 3.11 to 3.14 that is on the machine
# make bench   catnet against torch, scikit-learn and plain NumPy, into benchmarks/RESULTS.md; CASE=NAME for one case
# make data    only draw the pictures and the tables; what is there already stays as it is
# make clean   remove the environments, dist, the caches and the benchmarks' data; data and runs stay
#
# Each is enough on a machine with Python 3.11 or newer. Another than python3: make demo PYTHON=python3.13

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip --disable-pip-version-check install --quiet --editable

# Exact versions of what is installed and of what builds it (the second name is newer pip's).
# A relative path, because pip would take a space in it for the start of another.
export PIP_CONSTRAINT := constraints.txt
export PIP_BUILD_CONSTRAINT := constraints.txt

# the tests on all cores (tests/conftest.py says how many at once); `make coverage` adds its own option
PYTEST = $(BIN)/python -m pytest --numprocesses auto --dist worksteal
SLOW := tests/reliability tests/test_benchmarks.py tests/test_draw.py tests/test_documents.py \
    tests/test_exercises.py tests/test_real_data.py

.PHONY: demo test test-package test-lowest test-all coverage soak lint bench data clean
.DELETE_ON_ERROR:

demo: data
	@mkdir -p runs
	$(BIN)/catnet init data/animals --output runs/animals.yaml --force
	$(BIN)/catnet train runs/animals.yaml
	@echo "Which animal is it? Two pictures of cats that it has not seen:"
	@answers=$$($(BIN)/catnet predict data/animals/test/cat/001.png data/animals/test/cat/036.png) && \
	    echo "$$answers" | sed -e '/: cat /s/$$/ (right: it is a cat)/' -e '/: cat /!s/$$/ (wrong: it is a cat)/'
	@echo "The run, with its model and report.html, a page to open in a browser, is the newest folder in runs/:"
	@ls -dt runs/animals-* | head -n 1
	@echo "A page that answers offline, to open in a browser or to give to somebody:"
	@$(BIN)/catnet export --format page

test: $(VENV)/installed-dev
	$(PYTEST) -W error $(OPTIONS)

coverage:
	$(MAKE) test OPTIONS=--cov

test-package: $(VENV)/installed-dev
	rm -rf build dist
	$(BIN)/python -m build --outdir dist . > $(VENV)/build.log 2>&1 || { cat $(VENV)/build.log; exit 1; }
	$(BIN)/python .ci/try_package.py dist

test-lowest: .venv-lowest/installed-lowest
	$(PYTEST:$(BIN)/%=.venv-lowest/bin/%) $(SLOW:%=--ignore=%)

# Each Python has an environment of its own: .venv-3.12 for 3.12.
test-all:
	@for version in 3.11 3.12 3.13 3.14; do \
	    if python$$version --version > /dev/null 2>&1; then \
	        $(MAKE) test PYTHON=python$$version VENV=.venv-$$version || exit 1; \
	    else echo "python$$version: not on this machine, skipped"; fi; \
	done

soak: $(VENV)/installed-dev
	CATNET_SOAK=1 $(BIN)/python -m pytest -W error tests/reliability tests/cluster

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/installed-bench
	$(BIN)/python -m benchmarks.run $(if $(CASE),--case $(CASE))

data: $(VENV)/installed
	$(BIN)/python data/draw.py

clean:
	rm -rf .venv .venv-* .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage *.egg-info build dist
	rm -rf benchmarks/.work
	find benchmarks catnet data tests -name __pycache__ -type d -prune -exec rm -rf {} +

# the files that remember what is installed
$(VENV)/installed: $(VENV)/pyvenv.cfg pyproject.toml constraints.txt
	@echo "Installing catnet into $(VENV) ..."
	@$(INSTALL) '.[report]'
	@touch $@

$(VENV)/installed-dev: $(VENV)/pyvenv.cfg pyproject.toml constraints.txt
	@echo "Installing catnet and its development tools into $(VENV) ..."
	@$(INSTALL) '.[dev,heif]'
	@touch $(VENV)/installed $@

$(VENV)/installed-bench: $(VENV)/pyvenv.cfg pyproject.toml constraints.txt
	@echo "Installing catnet and what it is measured against into $(VENV) ..."
	@$(INSTALL) '.[bench]'
	@touch $(VENV)/installed $@

.venv-lowest/installed-lowest: .ci/lowest.py pyproject.toml constraints.txt
	@$(MAKE) --no-print-directory VENV=.venv-lowest .venv-lowest/pyvenv.cfg
	@echo "Installing catnet with the lowest versions that it allows into .venv-lowest ..."
	@.venv-lowest/bin/python .ci/lowest.py > .venv-lowest/constraints.txt
	@PIP_CONSTRAINT=.venv-lowest/constraints.txt PIP_BUILD_CONSTRAINT=.venv-lowest/constraints.txt \
	    $(INSTALL:$(VENV)/%=.venv-lowest/%) '.[dev]'
	@touch $@

$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "catnet needs Python 3.11 or newer, and $(PYTHON) is: $$($(PYTHON) --version 2>&1)"; \
	    echo "Name another: make PYTHON=python3.13"; exit 1; } >&2
	@$(PYTHON) -m venv --clear $(VENV) || { rm -rf $(VENV); exit 1; }
