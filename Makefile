# Two commands do everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help setup demo test check docs unit whole bench wheel clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-7s %s\n", $$1, $$2}'

setup: $(READY) ## create .venv and install everything, pinned by constraints.txt

$(READY): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	# torch first and by its exact version: that is the build without CUDA
	$(BIN)/python -m pip install --quiet --constraint constraints.txt "$$(grep '^torch==' constraints.txt)"
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[all]' --group dev
	touch $@

demo: $(READY) ## run the main job on a real case and print what came out
	$(BIN)/debugdiff run cases/gru_sentiment --category shape --category dtype --category loss

test: $(READY) check docs unit ## set up, then all checks and tests

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(READY) ## build the documentation as a site into build/site/
	# warnings are errors; --fresh-env, because a page that is not read again does not warn again
	$(BIN)/sphinx-build --quiet --nitpicky --fail-on-warning --keep-going --fresh-env -c docs . build/site

unit: $(READY)
	# a test mostly waits for a program: two processes, the tests of a file in one of them
	$(BIN)/python -m pytest -n 2 --dist loadfile

whole: $(READY) ## all tests, with what `make test` tries only in part
	DEBUGDIFF_TESTS=all $(BIN)/python -m pytest -n 2 --dist loadfile

bench: $(READY) ## measure debugdiff's own speed, as ratios (several minutes)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --group bench
	$(BIN)/python benchmarks/bench.py

wheel: $(READY) ## build the wheel and the source distribution into dist/
	$(BIN)/python -m build

clean: ## remove .venv and everything that was built
	rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
