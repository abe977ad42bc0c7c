# The menu. `make` prints it; each line below that carries two hashes is a dish.

SHELL := /bin/bash
PYTHON := .venv/bin/python
FLASK := .venv/bin/flask --app run

.DEFAULT_GOAL := menu
.PHONY: menu setup setup-dev run demo test check fix audit bench crawl lock migration translations docs shell

menu:
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1|\2/' | \
		while IFS='|' read -r name words; do printf '  make %-13s %s\n' "$$name" "$$words"; done

setup: ## put everything in place, without starting anything
	@tools/setup.sh

setup-dev:
	@tools/setup.sh --dev

run: setup ## from a fresh checkout to a server on http://127.0.0.1:8080
	@$(FLASK) sync
	@exec $(PYTHON) run.py

demo: setup ## the same with a demonstration company
	@$(FLASK) sync
	@$(FLASK) demo
	@exec $(PYTHON) run.py

test: setup-dev ## the whole test suite, on SQLite and on PostgreSQL; ARGS="-k sheet" for some
	@tools/test.sh $(ARGS)

check: setup-dev ## all that CI asks: lint, floors, types, migrations, translations, tests
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/lint-imports --no-cache --no-logo
	.venv/bin/djlint app --quiet --lint
	.venv/bin/djlint app --quiet --check
	.venv/bin/mypy
	$(PYTHON) tools/translations.py --check
	tools/check_migrations.sh
	tools/test.sh

fix: setup-dev ## let the tools mend what they can
	.venv/bin/ruff check --fix
	.venv/bin/ruff format
	.venv/bin/djlint app --quiet --reformat

audit: setup-dev ## known holes in what is pinned
	tools/audit.sh

bench: setup-dev ## the benchmarks; figures are printed, never asserted
	$(PYTHON) -m bench $(ARGS)

crawl: setup-dev ## every role × register × verb × path
	$(PYTHON) -m pytest -m crawl -n auto $(ARGS)

lock: setup-dev ## pin the packages anew from requirements*.in and package.json
	.venv/bin/pip-compile --quiet --upgrade --strip-extras --no-header --no-emit-index-url --no-emit-find-links \
		--no-emit-trusted-host --output-file requirements.txt requirements.in
	.venv/bin/pip-compile --quiet --upgrade --strip-extras --no-header --no-emit-index-url --no-emit-find-links \
		--no-emit-trusted-host --output-file requirements-dev.txt requirements-dev.in
	npm update --package-lock-only

migration: setup-dev ## write a migration: make migration m="open the tender register"
	@test -n "$(m)" || { echo 'Say what happens to the office: make migration m="open the tender register"'; exit 1; }
	$(FLASK) db migrate -m "$(m)"
	@.venv/bin/ruff check --quiet --fix migrations && .venv/bin/ruff format --quiet migrations

translations: setup-dev ## merge and compile the texts; print what is missing as entries to fill in
	@$(PYTHON) tools/translations.py --missing

docs: setup ## docs/registers.md from the registers themselves
	@$(FLASK) registers --json | $(PYTHON) tools/registers_page.py > docs/registers.md

shell: setup ## a Python shell with the application
	@$(FLASK) shell
