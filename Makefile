# The short commands of the documentation. Each is a line or two of shell that works without make as well.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.installed
WORKERS ?= 2
PYTEST := $(BIN)/pytest --numprocesses $(WORKERS)
VALIDATOR := .venv-validator/.installed
# Arguments with which a Python prints the folder of its packages.
SITE := -c 'import sysconfig; print(sysconfig.get_path("purelib"))'
# Prints the requirements of one of pyproject.toml's extras, a line each.
EXTRA := $(PYTHON) -c 'import sys, tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"][sys.argv[1]], sep="\n")'

.PHONY: setup demo run resume report verify crate test test-all fault-test fuzz mutants validator docs slurm kubernetes slurm-test benchmark lint lock

# A virtual environment with exactly the versions of the lock.
setup: $(READY)

$(READY): envs/requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Digit Ladder needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Name another one: make $(MAKECMDGOALS) PYTHON=python3.12")'
	@echo "Installing into .venv (about 6 GB, some minutes) ..."
	$(PYTHON) -m venv --clear .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r envs/requirements.lock
	@touch $(READY)

# .venv with the plugins of profiles/slurm or profiles/kubernetes on top. The plugins are apart, since they slow down every
# call of snakemake.
slurm kubernetes: %: .venv-%/.installed

.venv-%/.installed: envs/%.lock $(READY)
	$(BIN)/python -m venv --clear --without-pip .venv-$*
	$(BIN)/python $(SITE) > "$$(.venv-$*/bin/python $(SITE))/base.pth"
	$(BIN)/pip --python .venv-$*/bin/python install --quiet --disable-pip-version-check \
		--no-deps --require-hashes -r envs/$*.lock
	@touch $@

# The whole ladder on the digits that come with scikit-learn: nothing is downloaded.
demo: $(READY)
	$(BIN)/snakemake --cores all --config dataset=digits
	@echo "The report is at $(CURDIR)/results/digits/report.html"

# The default study, on MNIST_SAMPLE.
run: $(READY)
	$(BIN)/snakemake --cores 4 --resources gpu=1

# Goes on with the run that was started last, however it ended, with its arguments; ARGS="--cores 8" adds to them.
resume: $(READY)
	PYTHONPATH=workflow $(BIN)/python -m ladder.runtime.session $(ARGS)

# The report alone, from the tables and figures of the last run.
report: $(READY)
	$(BIN)/snakemake --cores all report

# Runs the study again in a fresh folder and compares all promised files. Give the settings that the study was run with:
# make verify ARGS="--config dataset=mnist_tiny"
# With --conclusions it runs nothing, and compares the verdicts with those of a study made elsewhere:
# make verify ARGS="--conclusions elsewhere/summary.json"
verify: $(READY)
	PYTHONPATH=workflow $(BIN)/python -m ladder.provenance.verify $(ARGS)

# Packs the study of config.yaml's dataset with all that a stranger needs to repeat it: results/<dataset>/<dataset>-crate.zip.
# Another study, or with names: make crate DATASET=digits AUTHOR="Ann Author" PUBLISHER="Her Institute" LICENSE=CC-BY-4.0
crate: $(READY)
	PYTHONPATH=workflow $(BIN)/python -m ladder.provenance.crate $(DATASET) $(if $(AUTHOR),--author "$(AUTHOR)") \
		$(if $(PUBLISHER),--publisher "$(PUBLISHER)") $(if $(LICENSE),--license "$(LICENSE)")

# The tests in as many processes as WORKERS says; all tests that share a study run in one process. `make test` leaves out
# tests that take long: faults, the same bytes in many circumstances, the studies of all examples in docs/, long tables.
test: $(READY)
	$(PYTEST) -m "not slow and not slurm and not faults"

# All tests but slurm-test and the hundred kills of fault-test, as continuous integration runs them.
test-all: $(READY)
	$(PYTEST)

# Kills a small study at a hundred random moments: a job, snakemake, or all processes. `make test-all` does so at five.
fault-test: $(READY)
	$(BIN)/pytest -m faults tests/faults

# roc-validator, with which the tests check crates. It is apart, since it wants other versions than the lock.
validator: $(VALIDATOR)

$(VALIDATOR): envs/validator.lock
	$(PYTHON) -m venv --clear .venv-validator
	.venv-validator/bin/pip install --quiet --disable-pip-version-check --require-hashes -r envs/validator.lock
	@touch $(VALIDATOR)

# The pages of docs/ as site/index.html; a broken link fails the build.
docs: .venv-docs/.installed
	NO_MKDOCS_2_WARNING=1 .venv-docs/bin/mkdocs build --strict

.venv-docs/.installed: envs/docs.lock
	$(PYTHON) -m venv --clear .venv-docs
	.venv-docs/bin/pip install --quiet --disable-pip-version-check --require-hashes -r envs/docs.lock
	@touch $@

# Has the readers of images and archives read damaged files, for ten minutes. For longer: make fuzz MINUTES=60
fuzz: $(READY)
	PYTHONPATH=workflow $(BIN)/python tests/fuzz $(or $(MINUTES),10)

# Changes the library in small ways, one at a time, and lists the changes that no test notices: in evaluation and
# statistics, for at most 30 minutes. Other modules, or longer: make mutants MODULES="formats/states images/zip" MINUTES=60
mutants: .venv-mutants/.installed
	.venv-mutants/bin/python tests/mutants $(if $(MINUTES),--minutes $(MINUTES)) $(MODULES)

# Starts a real SLURM on this machine. Needs Debian's slurmctld, slurmd, munge and slurm-client.
slurm-test: .venv-slurm/.installed
	.venv-slurm/bin/python -m pytest -m slurm tests/slurm

# Measures time and memory, side by side with the chapter's notebook, into benchmarks/results.md. Some rows
# only, or another number of pairs: make benchmark ROWS="tensorize epochs" PAIRS=5
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
	$(EXTRA) slurm | uv pip compile - --no-deps --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate --upgrade -o envs/slurm.lock
	cp envs/requirements.lock envs/kubernetes.lock # uv keeps these versions wherever it can
	$(EXTRA) kubernetes | uv pip compile - --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate -o envs/kubernetes.lock
	uv pip compile --group validator --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate --upgrade -o envs/validator.lock
	uv pip compile --group docs --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate --upgrade -o envs/docs.lock
	cp envs/requirements.lock envs/mutants.lock
	uv pip compile --group mutants --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate -o envs/mutants.lock
	$(PYTHON) envs/pin.py
