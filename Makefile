# Everything generated lies under .local, so that checkouts do not meet.
LOCAL := .local
VENV := $(LOCAL)/venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PYTHON ?= $(shell for each in python3 python3.13 python3.12 python3.11; do \
	$$each -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null && { echo $$each; break; }; done)
LOCKS := requirements.txt requirements-dev.txt
export PYTHONPATH := plugins:.
export PYTHONDONTWRITEBYTECODE := 1
.DEFAULT_GOAL := help
.PHONY: help demo smoke airflow doctor sandbox test stories torture bench screenshots lint format lock clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

demo: $(READY) ## sandbox and Airflow, sample files run, results on screen; serves until Ctrl-C
	@$(BIN)/python -m include.sandbox.demo

smoke: $(READY) ## what the demo does, checked, then ended
	@$(BIN)/python -m include.sandbox.demo --check

airflow: ARGS ?= version
airflow: $(READY) ## any Airflow command: make airflow ARGS="dags test sync_users"
	@lines="$$($(BIN)/python -m include.sandbox.environment $(value ARGS))" && eval "$$lines" && exec $(BIN)/airflow $(value ARGS)

doctor: $(READY) ## what this site, or a running sandbox, still lacks: ARGS="--commands users --json"
	@lines="$$($(BIN)/python -m include.sandbox.environment doctor)" && eval "$$lines" && \
		exec $(BIN)/python -m sync_operators.doctor $(value ARGS)

sandbox: $(READY) ## stand-in Moodle and drop; one line of JSON says where
	@exec $(BIN)/python -m include.sandbox --where $(LOCAL)/sandbox.json

# What waits for a whole Airflow runs beside the rest, which leaves it the processor, and is told after it.
test: lint ## everything that must pass
	@{ $(BIN)/python -m pytest -m "airflow and not torture"; airflow=$$?; \
		$(BIN)/python -m pytest -m "browser and not torture"; exit $$((airflow || $$?)); } > $(LOCAL)/whole.log 2>&1 & whole=$$!; \
		nice -n 10 $(BIN)/python -m pytest -m "not (airflow or browser or story or torture)" -q -n 4 --dist loadfile; rest=$$?; \
		wait $$whole; whole=$$?; cat $(LOCAL)/whole.log; exit $$((whole || rest))

stories: $(READY) ## stories of several minutes on a whole Airflow: a week, four kills, the tutorial
	@$(BIN)/python -m pytest -m story

# Playwright keeps an event loop running in its process, where no other test could start one.
torture: $(READY) ## the full kill and fault sweeps
	@$(BIN)/python -m pytest -m "torture and browser" --timeout 3600 $(SWEEP); browser=$$?; \
		$(BIN)/python -m pytest -m "torture and not browser" -n 4 --timeout 3600 $(SWEEP) && exit $$browser

bench: $(READY) ## performance figures, into benchmarks/RESULTS.md
	@$(BIN)/python -m benchmarks

screenshots: $(READY) ## pictures of every page into .local/screenshots, those of README and manual into docs/images
	@$(BIN)/python -m tests.browser.screenshots

lint: $(READY) ## style, types, imports, dependencies, migrations
	@$(BIN)/ruff check && $(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/deptry .
	@$(BIN)/python -m docs.generate --check

format: $(READY) ## put the code into shape
	@$(BIN)/ruff format && $(BIN)/ruff check --fix

lock: $(READY) ## resolve the requirements anew, with hashes, for Python 3.11 to 3.13
	@for name in requirements requirements-dev requirements-postgres; do \
		$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
			--no-emit-index-url --upgrade $$name.in -o $$name.txt || exit 1; done

clean: ## remove everything generated
	@rm -rf $(LOCAL) .pytest_cache .ruff_cache .mypy_cache .hypothesis .import_linter_cache

$(READY): $(LOCKS)
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed: make PYTHON=/path/to/python"; exit 1; }
	@mkdir -p $(LOCAL)
	@if command -v uv >/dev/null 2>&1; then \
		uv venv -q --allow-existing --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" $(VENV) && \
		uv pip install -q --python $(BIN)/python --require-hashes $(LOCKS:%=-r %); \
	else \
		$(PYTHON) -m venv $(VENV) && $(BIN)/pip install -q --disable-pip-version-check --require-hashes $(LOCKS:%=-r %); \
	fi
	@touch $@
