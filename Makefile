# The commands of the house. Debian 12 with `git make python3-venv` is enough; what else is missing is named,
# and installed when you are root. Second calls cost nothing: each stage leaves a stamp under .venv.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
DEMO_PORT ?= 8000
# Processes of the test runner, and extra words for pytest: make test ARGS="-k throttle -x"
JOBS ?= 2
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help demo install test test-deep lint format types imports check lock chromium foreign clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

demo: install ## the whole story on this machine; DEMO_PORT moves its four ports
	@$(BIN)/idp demo --port $(DEMO_PORT)

install: $(VENV)/.installed ## virtual environment with what the provider needs

test: $(VENV)/.dev chromium ## every test of a commit
	$(BIN)/pytest -n $(JOBS) --dist loadgroup -m "not deep" $(ARGS)

# pytest answers 5 when nothing carries the mark; that alone is not a failure.
test-deep: $(VENV)/.dev chromium foreign ## full counts, kills, many nodes, foreign clients
	$(BIN)/pytest -n $(JOBS) --dist loadgroup -m deep $(ARGS) || { code=$$?; test $$code -eq 5; }

lint: $(VENV)/.dev ## ruff, rules and format of imports
	$(BIN)/ruff check .

format: $(VENV)/.dev ## let ruff repair what it can
	$(BIN)/ruff check --fix .

types: $(VENV)/.dev ## mypy, strict
	$(BIN)/mypy

imports: $(VENV)/.dev ## the import table
	$(BIN)/lint-imports

check: lint types imports test ## before a commit

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed: apt-get install python3" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or later is needed; '$(PYTHON)' is older. Name another one: make PYTHON=..." >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends python3-venv; \
	  else echo "Virtual environments are missing: apt-get install python3-venv" >&2; exit 1; fi
	"$(PYTHON)" -m venv $(VENV)

# The hash list is the only source of versions, and the build of our own package uses what it brought.
$(VENV)/.installed: requirements/run.txt requirements/build.txt pyproject.toml | $(BIN)/python
	$(PIP) install --quiet --require-hashes --only-binary :all: -r requirements/run.txt -r requirements/build.txt
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.installed
	$(PIP) install --quiet --require-hashes --only-binary :all: -r requirements/dev.txt
	@touch $@

chromium:
	@command -v chromium >/dev/null || \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends chromium fonts-liberation; \
	  else echo "The browser tests need Chromium: apt-get install chromium fonts-liberation" >&2; exit 1; fi

# The foreign clients of docs/portals.md. Apache's programs alone: no service comes with them. Node.js may bring npm itself.
APACHE := /usr/lib/apache2/modules/mod_auth_openidc.so
NODE_PORTALS := $(patsubst %/package-lock.json,%,$(wildcard docs/portals/*/package-lock.json))

foreign:
	@missing=; command -v node >/dev/null || missing="nodejs"; \
	  command -v npm >/dev/null || missing="$$missing npm"; \
	  test -x /usr/sbin/apache2 && test -e $(APACHE) || missing="$$missing apache2-bin libapache2-mod-auth-openidc"; \
	  if [ -z "$$missing" ]; then exit 0; fi; \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $$missing; \
	  else echo "The tests of foreign clients need: apt-get install $$missing" >&2; exit 1; fi
	@$(MAKE) --no-print-directory $(NODE_PORTALS:%=%/node_modules/.package-lock.json)

docs/portals/%/node_modules/.package-lock.json: docs/portals/%/package-lock.json
	cd docs/portals/$* && npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

# Where versions are chosen. Needs uv; the files name no registry and no folder.
COMPILE = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --custom-compile-command "make lock"

lock: ## choose versions anew and write the hash lists
	@command -v uv >/dev/null || { echo "make lock needs uv (any recent one)" >&2; exit 1; }
	$(COMPILE) --upgrade pyproject.toml -o requirements/run.txt
	$(COMPILE) --upgrade requirements/build.in -c requirements/run.txt -o requirements/build.txt
	$(COMPILE) --upgrade pyproject.toml requirements/build.in --extra test --extra care \
	  -c requirements/run.txt -c requirements/build.txt -o requirements/dev.txt

clean: ## forget the environment and the tools' caches; data under var/ stays
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache docs/portals/*/node_modules
