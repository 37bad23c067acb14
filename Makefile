# The short commands of the README. Each is a line or two of shell that works without make as well.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.installed
SLURM := .venv-slurm/.installed
# Where the packages of the Python that is asked lie.
SITE := -c 'import sysconfig; print(sysconfig.get_path("purelib"))'

.PHONY: setup demo run report test fuzz slurm slurm-test benchmark lint lock

# A virtual environment with exactly the versions of the lock.
setup: $(READY)

$(READY): envs/requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Digit Ladder needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Name another one: make $(MAKECMDGOALS) PYTHON=python3.12")'
	@echo "Installing into .venv (about 6 GB, some minutes) ..."
	$(PYTHON) -m venv --clear .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r envs/requirements.lock
	@touch $(READY)

# .venv with SLURM's plugin on top, for profiles/slurm. Apart, as with the plugin every call of snakemake is slower.
slurm: $(SLURM)

$(SLURM): $(READY) envs/slurm.lock
	$(BIN)/python -m venv --clear --without-pip .venv-slurm
	$(BIN)/python $(SITE) > "$$(.venv-slurm/bin/python $(SITE))/base.pth"
	$(BIN)/pip --python .venv-slurm/bin/python install --quiet --disable-pip-version-check \
		--no-deps --require-hashes -r envs/slurm.lock
	@touch $(SLURM)

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

# The readers of images and archives on damaged ones. Another time: make fuzz MINUTES=60
fuzz: $(READY)
	PYTHONPATH=workflow $(BIN)/python tests/fuzz $(or $(MINUTES),10)

# Starts a real SLURM on this machine. Needs Debian's slurmctld, slurmd, munge and slurm-client.
slurm-test: $(SLURM)
	.venv-slurm/bin/python -m pytest -m slurm tests/slurm

# Time and memory, side by side with the chapter's notebook, into benchmarks/results.md. Some rows
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
	$(PYTHON) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["slurm"], sep="\n")' \
		| uv pip compile - --no-deps --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate --upgrade -o envs/slurm.lock
	$(PYTHON) envs/pin.py
