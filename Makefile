# The two words a new user needs: `make demo` and `make test`. Both set everything up by themselves.
SHELL := /bin/bash
.ONESHELL:
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
JOBS ?= auto
SARIF_SCHEMA := @microsoft/jest-sarif@1.0.0-beta.0

.PHONY: help demo test check fmt golden docs bench bench-large measure base-rates picture lock optional clean

help: ## what each word does
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(READY): requirements/dev.lock requirements/uv.lock.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "unrig needs Python 3.11 or newer; $$($(PYTHON) --version) is what $(PYTHON) runs. Name another: make PYTHON=python3.12 demo" >&2; exit 2; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Python's venv module is missing. Install it, then run make again:  sudo apt-get install -y python3-venv" >&2; exit 2; }
	@echo "setting up $(VENV) (once) ..." >&2
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.lock.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/dev.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	touch $@

demo: $(READY) ## rig a real signed release, inertly; vet it, and the drill's rigged MSI; run the whole loop on the small drill
	@$(BIN)/python -m benchmarks.demo

test: $(READY) ## the whole suite; no network but loopback
	$(BIN)/python -m pytest -n $(JOBS)

check: $(READY) ## lint, types, import contracts, docs, layout
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python docs/generate.py --check
	$(BIN)/python tools/layout.py --check

fmt: $(READY) ## format and apply safe fixes
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

golden: $(READY) ## what each verb prints over a drill, anew; the review is the diff
	UNRIG_GOLDEN=rewrite $(BIN)/python -m pytest -n 0 tests/golden

docs: $(READY) ## regenerate docs/reference and docs/schema
	$(BIN)/python docs/generate.py

bench: $(READY) ## speed, printed; never a test
	$(BIN)/python -m benchmarks.speed
	$(BIN)/python -m benchmarks.telemetry
	$(BIN)/python -m benchmarks.beaconing
	$(BIN)/python -m benchmarks.hunting

bench-large: $(READY) ## the same of 10 M events and 100 M connections; half an hour, 8 GB of disk
	$(BIN)/python -m benchmarks.hunting --devices 2000
	$(BIN)/python -m benchmarks.beaconing --rows 100000000

measure: $(READY) ## base rates over real release pairs (needs the network); what analytics say where nothing happened
	$(BIN)/python -m benchmarks.base_rates
	$(BIN)/python -m benchmarks.analytics --write

base-rates: $(READY) ## how often real releases change, for the weights of drift; needs the network
	$(BIN)/python -m benchmarks.base_rates_table

picture: $(READY) ## docs/verdict.svg anew
	$(BIN)/python -m benchmarks.picture

lock: $(READY) ## resolve the dependencies anew; no index address is written
	$(BIN)/uv pip compile requirements/uv.in --upgrade --generate-hashes --universal --no-header --python-version 3.11 --output-file requirements/uv.lock.txt --quiet
	$(BIN)/uv pip compile pyproject.toml --upgrade --extra hunt --extra web --extra check --group dev --generate-hashes --universal --no-header --python-version 3.11 --output-file requirements/dev.lock --quiet
	$(BIN)/uv pip compile pyproject.toml --upgrade --extra hunt --extra postgres --extra clickhouse --extra spark --constraint requirements/dev.lock --generate-hashes --universal --no-header --no-annotate --python-version 3.11 --output-file requirements/engines.lock --quiet

optional: $(READY) ## Debian programs that some tests compare with, databases to hunt in, a browser, the schema of SARIF; needs root
	apt-get update -qq
	apt-get install -y -qq msitools nsis osslsigncode wixl chromium cabextract cpio dpkg-dev gcab genisoimage innoextract libarchive-tools rpm squashfs-tools xorriso
	# the tests start a server of their own; Debian's package would start one that stays
	mkdir -p /etc/postgresql-common
	test -e /etc/postgresql-common/createcluster.conf || echo "create_main_cluster = false" > /etc/postgresql-common/createcluster.conf
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq -o Dpkg::Options::=--force-confold postgresql
	command -v jarsigner >/dev/null || apt-get install -y -qq openjdk-17-jdk-headless
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/engines.lock
	command -v npm >/dev/null || apt-get install -y -qq npm # Debian's conflicts with a newer Node.js that brings its own
	mkdir -p .optional
	cd .optional
	npm pack --silent $(SARIF_SCHEMA) | xargs tar --extract --gzip --strip-components=3 package/lib/schemas/sarif-2.1.0-rtm.5.json --file

clean: ## remove what the words above made
	rm -rf $(VENV) .demo .optional build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
