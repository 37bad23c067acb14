# The short commands of the README. Each is a line or two of shell that works without make as well.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.installed

.PHONY: setup demo run report test benchmark lint lock

# A virtual environment with exactly the versions of the lock.
setup: $(READY)

$(READY): envs/requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Digit Ladder needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Name another one: make $(MAKECMDGOALS) PYTHON=python3.12")'
	@echo "Installing into .venv (about 6 GB, some minutes) ..."
	$(PYTHON) -m venv --clear .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r envs/requirements.lock
	@touch $(READY)

# The whole ladder on the digits that come with scikit-learn: nothing is downloaded.
demo: $(READY)
	$(BIN)/snakemake --cores all --config dataset=digits
	@echo "The report is at $(CURDIR)/results/digits/report.html"

# The default study, on MNIST_SAMPLE.
run: $(READY)
	$(BIN)/snakemake --cores 4 --resources gpu=1

# The report alone, from the tables and figures of the last run.
report: $(READY)
	$(BIN)/snakemake --cores all report

test: $(READY)
	$(BIN)/pytest

# Time and memory, side by side with the chapter's notebook, into benchmarks/results.md; an hour on two cores. Some rows
# only, or another number of measurements: make benchmark ROWS="tensorize epochs" PAIRS=5
benchmark: $(READY)
	PYTHONPATH=workflow $(BIN)/python -m benchmarks $(ROWS) $(if $(PAIRS),--pairs $(PAIRS))

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/snakemake --lint

# New versions of everything within the ranges of pyproject.toml, for the lock and envs/*.yaml. Needs uv.
lock:
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-strip-extras --upgrade -o envs/requirements.lock
	$(PYTHON) envs/pin.py
