# Two commands do everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test lint bench lock sbom audit clean

# The environment is rebuilt when the hashed lock or the project's metadata changes.
$(VENV)/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("wildtrade needs Python 3.11 or newer, this is " + sys.version.split()[0] + ": make PYTHON=python3.12 ...") if sys.version_info < (3, 11) else None'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the locked environment into $(VENV) (once, about a minute)..."
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

demo: $(VENV)/installed
	@$(BIN)/wildtrade demo $(ARGS)

test: $(VENV)/installed
	@$(BIN)/python -m pytest -n 2 --dist loadgroup $(ARGS)

lint: $(VENV)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q tests/docs

bench: $(VENV)/installed
	$(BIN)/python -m benchmarks $(ARGS)

lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --all-extras pyproject.toml -o requirements.lock

# What the program is made of (CycloneDX), without a network.
sbom: $(VENV)/installed
	$(BIN)/python .ci/sbom.py > sbom.json

# Known vulnerabilities of what is locked; needs uv and the network. Without them, look up what sbom.json lists.
audit: sbom
	uv tool run pip-audit==2.10.1 -r requirements.lock --disable-pip --require-hashes

clean:
	rm -rf $(VENV) demo-data
