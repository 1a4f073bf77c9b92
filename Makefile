# `make` lists the targets. Everything stays in this folder, except pip's and uv's caches.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:
.NOTPARALLEL:  # two targets at once would run into each other's results
MAKEFLAGS += --no-print-directory

# relative to this folder, so that its own name may hold anything
PY := .venv/bin/python
CACHE := $(CURDIR)/.cache
# a notebook for each kind of evidence that needs no network
CHECKED := lagp_fig1_synthesis latp_fig2_nyquist literature

# With it set, every kernel compiles every import anew; the others reach for other libraries.
unexport PYTHONDONTWRITEBYTECODE PYTHONPATH PYTHONHOME PYTHONSTARTUP VIRTUAL_ENV CONDA_PREFIX
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export PYTHONNOUSERSITE := 1
# small matrices: more threads only wait for each other, and the order of a sum depends on them
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1
export MKL_NUM_THREADS := 1
export VECLIB_MAXIMUM_THREADS := 1
# newer vector units add in another order: every x86-64 computes like one with AVX2
ifeq ($(shell uname -m),x86_64)
export OPENBLAS_CORETYPE := Haswell
export NPY_DISABLE_CPU_FEATURES := X86_V4 AVX512_ICL AVX512_SPR
export NUMBA_CPU_NAME := haswell
export NUMBA_CPU_FEATURES := +avx2,+bmi,+bmi2,+f16c,+fma,+lzcnt,+movbe,+popcnt,+sse4.2
endif
export DVC_NO_ANALYTICS := 1
export DVC_SITE_CACHE_DIR := $(CACHE)/dvc
export DVC_GLOBAL_CONFIG_DIR := $(CACHE)/dvc-config
export JUPYTER_PREFER_ENV_PATH := 1
export IPYTHONDIR := $(CACHE)/ipython
export MPLCONFIGDIR := $(CACHE)/matplotlib
export JUPYTER_CONFIG_DIR := $(CACHE)/jupyter-config
export JUPYTER_DATA_DIR := $(CACHE)/jupyter-data
export JUPYTER_RUNTIME_DIR := $(CACHE)/jupyter
export UV_PYTHON_INSTALL_DIR := $(CACHE)/python

.PHONY: help setup reproduce update status check validate test browser lab study bench fuzz chaos figures crate publish report lint format lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-11s %s\n", $$1, $$2 }' Makefile

setup: ## make .venv from requirements.lock (the other targets do it themselves)
	@PYTHON="$(PYTHON)" tools/setup.sh

reproduce: setup ## run the whole chain again and compare with the committed numbers
	@$(PY) -m compendium.normalize
	@rm -rf .cache/before && mkdir -p .cache/before/data
	@if [ -d results ]; then cp -R results .cache/before/; fi
	@if [ -d data/simulated ]; then cp -R data/simulated .cache/before/data/; fi
	@$(PY) -m tools.chain --force
	@$(PY) -m compendium.compare --committed --without-git .cache/before --html .cache/compare.html

update: setup ## run what is out of date
	@$(PY) -m compendium.normalize
	@$(PY) -m tools.chain

status: setup ## say what is out of date, run nothing
	@$(PY) -m compendium.normalize
	@$(PY) -m dvc status

check: setup ## three notebooks and the ledger again, against what is committed (seconds)
	@rm -rf .cache/check && mkdir -p .cache/check
	@printf '%s\n' $(CHECKED) | xargs -P 2 -I {} $(PY) -m compendium.run {} --out-dir .cache/check/{}
	@for name in $(CHECKED); do $(PY) -m compendium.compare results/$$name .cache/check/$$name; done
	@$(PY) -m compendium.ledger build --out .cache/check/ledger.csv
	@$(PY) -m compendium.compare results/ledger.csv .cache/check/ledger.csv
	@echo "checked: a notebook each of what is derived, simulated and literature ($(CHECKED)), and"
	@echo "every row of the ledger, made again from the committed data. \`make reproduce\` also makes the"
	@echo "simulated data, their analysis and the other notebooks again; \`make validate\` runs the code"
	@echo "on measurements by others."

validate: setup ## the validation notebook, on real measurements by others (cache or network)
	@$(PY) -m compendium.run validation

test: setup ## every test
	@$(PY) -m pytest -q -n 2 --dist worksteal

browser: setup ## notebooks, site and upload button in Chromium (screenshots in .cache/browser)
	@$(PY) -m pytest -q -m browser tests/browser

lab: setup ## JupyterLab, on the index where there is one
	@$(PY) -m jupyterlab --ServerApp.root_dir=. $(LAB_FLAGS) $(wildcard notebooks/index.ipynb)

study: setup ## the long coverage studies, and docs/trust.md from them
	@$(PY) -m benchmarks.study
	@$(PY) -m benchmarks.global_minima
	@$(PY) -m tools.trust

bench: setup ## how fast it is
	@$(PY) -m benchmarks.run

fuzz: setup ## 20,000 damaged instrument files through every reader
	@$(PY) -m benchmarks.fuzz

chaos: setup ## kill the whole chain 20 times at random moments, in a clone
	@$(PY) -m benchmarks.chaos

report: setup ## the static site of figures, notebooks, ledger and library (build/report/html)
	@$(PY) -m tools.report

figures: setup ## every figure at print size and what is wrong with it (.cache/figures/index.html)
	@$(PY) -m tools.figures

crate: setup ## RO-Crate metadata of the compendium (ro-crate-metadata.json), for an archive
	@$(PY) -m tools.crate

publish: setup ## Binder badge and links into README, index and CITATION.cff (URL=https://github.com/OWNER/REPO)
	@$(PY) -m tools.publish --url "$(URL)"

lint: setup ## style, canonical notebooks, dvc.yaml
	@$(PY) -m ruff check
	@$(PY) -m ruff format --check
	@$(PY) -m compendium.normalize --check
	@$(PY) -m tools.dependencies

format: setup ## write the code in that style
	@$(PY) -m ruff check --fix
	@$(PY) -m ruff format
	@$(PY) -m compendium.normalize
	@$(PY) -m tools.architecture

lock: setup ## pin what pyproject.toml asks for, write environment.yml (LOCK_FLAGS=--upgrade for newer)
	@$(PY) -m uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --all-extras $(LOCK_FLAGS) \
		--no-header pyproject.toml -o requirements.lock
	@$(PY) -m tools.environment

clean: ## back to a fresh clone, but for results
	@rm -rf .venv .cache .pytest_cache .ruff_cache .hypothesis .dvc/tmp .dvc/cache {results,data/simulated}/.*.{new,old}
	@find lib tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
