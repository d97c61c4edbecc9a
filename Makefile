# Two commands do everything: `make run` (set up, then the default configuration) and `make test`.
PYTHON ?= python3
VENV ?= .venv
CORES ?= all
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# There while packages are installed: pip takes a package for whole of which a killed set-up left a part.
UNFINISHED := $(VENV)/.unfinished
# A killed run leaves a lock; it is removed unless that run, or another one, is still at work here.
SNAKEMAKE := $(BIN)/aenmf unlock && $(BIN)/aenmf run --cores $(CORES)

.PHONY: run article test docs picture fuzz tried mutants types setup format paper reproduce regression slurm reference clean help

help:  ## what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

run: $(READY)  ## set up, then run the default configuration (Scenario 8 without and with noise, no download)
	$(SNAKEMAKE)

paper: $(READY)  ## the whole paper; needs the GEL data (downloaded, or DATA_DIR=…)
	$(SNAKEMAKE) --configfile config/paper.yaml $(if $(DATA_DIR),--config data_dir=$(DATA_DIR))

reproduce: paper  ## the whole paper as above, then compare every table with results/reference
	$(BIN)/aenmf compare results/paper

regression: $(READY)  ## re-run a small fixed part and compare it with results/reference
	$(SNAKEMAKE) --configfile config/regression.yaml
	$(BIN)/aenmf compare --part results/regression

reference: $(READY)  ## keep the small outputs of results/paper as results/reference (after make paper)
	$(BIN)/aenmf keep results/paper

article: $(READY)  ## the replication as a PDF from results/reference, or from a run: RUN=results/paper
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r envs/article.txt -c envs/lock.txt
	$(BIN)/aenmf article $(RUN)

test: $(READY)  ## set up, then lint, check the types and test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow/rules
	$(BIN)/snakemake --lint
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder

picture: $(READY)  ## take the picture of the report's first screen: RUN=results/paper
	$(BIN)/python docs/picture.py $(or $(RUN),results/paper)

docs: $(READY)  ## build the documentation as a searchable site, build/site
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r envs/docs.txt -c envs/lock.txt
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

fuzz: $(READY)  ## damage thousands of inputs at random and see how they end (a quarter of an hour)
	$(BIN)/python tests/fuzz $(FUZZ)

tried: $(READY)  ## kill set-ups, run twice at once, without git and so on, and see how it ends (an hour, as root)
	$(BIN)/python tests/tried $(TRIED)

mutants: $(READY)  ## put small mistakes into the code and see which of them no test notices (half an hour)
	$(BIN)/python tests/mutants $(MUTANTS)

types: $(READY)  ## check the types of the package
	$(BIN)/mypy

slurm: $(READY)  ## try the cluster profile on a Slurm of this machine alone (needs slurm-wlm and munge)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r envs/cluster.txt -c envs/lock.txt
	$(BIN)/python tests/support/slurm/same_tables.py

format: $(READY)  ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/snakefmt Snakefile workflow/rules

setup: $(READY)  ## only create the environment

$(READY): envs/lock.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "error: $(PYTHON) is older than 3.11. Install Python 3.11 or newer, or name one: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@echo "setting up $(VENV), once: installing the packages of envs/lock.txt"
	@$(PYTHON) -m venv $(if $(wildcard $(UNFINISHED)),--clear) $(VENV)
	@touch $(UNFINISHED)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r envs/lock.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(BIN)/aenmf precompile
	@rm $(UNFINISHED) && touch $(READY)

clean:  ## remove what runs wrote (the committed reference stays)
	find results -mindepth 1 -maxdepth 1 ! -name reference -exec rm -r {} +
	rm -rf .snakemake
