# Every target sets up what it needs in .venv; a machine with Python 3.11 or newer, make and a package index is enough.

PYTHON ?= $(firstword $(foreach name,python3 python python3.14 python3.13 python3.12 python3.11,\
	$(shell $(name) -c 'import sys; sys.version_info >= (3, 11) and print("$(name)")' 2>/dev/null)))
BIN := .venv/bin
READY := .venv/.ready

.DEFAULT_GOAL := help
.PHONY: help demo test lint docs bench validate clean

help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(READY)  ## Compare repeaters, trusted nodes and bare fibre between Delft and Eindhoven; writes out/compare.png and .json
	$(BIN)/qnet compare

test: $(READY)  ## Run the tests (under 5 minutes)
	$(BIN)/python -m pytest -n logical

lint: $(READY)  ## Check style, format and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

docs: $(READY)  ## Build the documentation into docs/_build/html; a warning is an error
	$(BIN)/sphinx-build -W --keep-going -q docs docs/_build/html

bench: $(READY)  ## Measure chains, the service, quantum operations and keys against bare SimPy timeouts; what importing costs
	$(BIN)/python benchmarks/chain.py
	$(BIN)/python benchmarks/network.py
	$(BIN)/python benchmarks/quantum.py
	$(BIN)/python benchmarks/keys.py
	$(BIN)/python benchmarks/imports.py

validate: $(READY)  ## Run the long statistical cases and write docs/validation.md
	$(BIN)/python tests/validate.py

clean:  ## Remove what the other targets made, except .venv
	rm -rf out dist build docs/_build docs/reference .pytest_cache .mypy_cache .ruff_cache .hypothesis .benchmarks
	find qnet protocols tests benchmarks docs -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "qnet needs Python 3.11 or newer; if it has an unusual name: make PYTHON=..."; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet -c constraints.txt -e ".[dev]"
	@touch $@
