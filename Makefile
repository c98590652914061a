# Every target sets itself up: .venv is made once, and filled again only when what it is filled from changes.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: demo test slow torture bench check format clean

demo: $(VENV)/.core
	$(BIN)/taskgraft compare --data shapes --recipe quick --seeds 2 --out demo

# As many at once as there are cores, up to four; a file's tests stay together, for what they share is made once.
test: $(VENV)/.needs
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile

slow: $(VENV)/.dev
	$(BIN)/python -m pytest -m slow

torture: $(VENV)/.dev
	$(BIN)/python -m pytest -s -m torture tests

bench: $(VENV)/.core
	$(BIN)/python -m benchmarks

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/codespell *.md docs src tests benchmarks tools
	$(BIN)/python tools/check_words.py

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) demo

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit("taskgraft needs Python 3.11 to 3.13, but %s is %d.%d; name another: make PYTHON=python3.11" % (sys.executable, *sys.version_info[:2]) if not (3, 11) <= sys.version_info[:2] < (3, 14) else 0)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.core: $(BIN)/python pyproject.toml constraints.txt
	$(INSTALL) --editable .
	touch $@

$(VENV)/.dev: $(BIN)/python pyproject.toml constraints.txt
	$(INSTALL) --editable '.[dev]'
	# By itself: the tests use timm without torchvision (docs/decisions/0018).
	$(INSTALL) --no-deps timm
	touch $@ $(VENV)/.core

# A browser and a data set for some tests; without them these tests skip and say so.
$(VENV)/.needs: $(VENV)/.dev tests/install_needs.py tests/needs.py
	$(BIN)/python tests/install_needs.py
	touch $@
