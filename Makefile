# Python 3.11 or later, make and the package registries are all that this counts on.
.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-print-directory
# Hundreds of short-lived commands run the same modules: compiled once, each starts in half the time.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
BIN := venv/bin
# Much of a test is waiting for a server: one worker more than there are cores.
WORKERS ?= 3

help: ## What there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

# The same folder that `pulumi install` makes, so that Pulumi's CLI and we run one environment.
venv/.installed: requirements.txt requirements-build.txt pyproject.toml
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed: make PYTHON=/path/to/python" >&2; exit 1; }
	@test -x $(BIN)/python || "$(PYTHON)" -m venv venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt -r requirements-build.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

venv/.installed-dev: venv/.installed requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

up: venv/.installed ## Set everything up and deploy phase 1 on the embedded PostgreSQL
	@$(BIN)/rollout up --stack dev --yes

down: ## Stop the embedded PostgreSQL; its data stays in .rollout
	@test ! -x $(BIN)/rollout || $(BIN)/rollout db stop

test: venv/.installed-dev ## The tests, with small sizes (under 15 minutes on two cores)
	$(BIN)/python -m pytest -n $(WORKERS) -m "not full"

test-all: venv/.installed-dev ## The full round
	$(BIN)/python -m pytest -n $(WORKERS)

check: venv/.installed-dev ## ruff with every rule, the format, mypy strict, generated files, our own rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m infra.ddl.rollback --check
	$(BIN)/python -m infra.report.reference --check
	$(BIN)/rollout ci github --check
	$(BIN)/rollout lint --all

reliability: venv/.installed-dev ## Inject every fault, the long round included, and write docs/reliability.md from the run
	$(BIN)/python -m pytest -n $(WORKERS) tests/faults --reliability docs/reliability.md

crash-points: venv/.installed-dev ## Kill a deploy and a removal before every single statement, those that only read included
	$(BIN)/python -m pytest -n $(WORKERS) tests/faults/test_crash_points.py -k every_statement --every-statement

bench: venv/.installed-dev ## Every benchmark beside its peer or floor, in under 20 minutes; writes docs/benchmarks.md
	$(BIN)/python -m bench

bench-quick: venv/.installed-dev ## Most of it with small sizes, in under 3 minutes; writes nothing
	$(BIN)/python -m bench --quick

# Each is optional: what cannot be got is shown as not there. Atlas's command can be built from its repository alone.
PEERS := $(CURDIR)/bench/.peers
bench-peers: ## The tools that deploying is measured against, in bench/.peers: alembic, pg-schema-diff, atlas; sqitch is Debian's
	@test -x $(PEERS)/bin/python || "$(PYTHON)" -m venv $(PEERS)
	-$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r bench/requirements.txt
	-GOBIN="$(PEERS)/bin" go install github.com/stripe/pg-schema-diff/cmd/pg-schema-diff@v1.0.7
	-rm -rf "$(PEERS)/atlas" && git clone --quiet --depth 1 --branch v1.2.3 https://github.com/ariga/atlas "$(PEERS)/atlas" \
	  && cd "$(PEERS)/atlas/cmd/atlas" && go build -o "$(PEERS)/bin/atlas" -ldflags "-X ariga.io/atlas/cmd/atlas/internal/cmdapi.version=v1.2.3" . \
	  && rm -rf "$(PEERS)/atlas"
	-apt-get install -y -qq --no-install-recommends sqitch libdbd-pg-perl

generate: venv/.installed ## Write the generated SQL and docs anew
	$(BIN)/python -m infra.ddl.rollback
	$(BIN)/python -m infra.report.reference
	$(BIN)/python -m infra.cli.reference
	$(BIN)/rollout ci github --force

lock: venv/.installed-dev ## Pin every dependency with its hashes
	$(BIN)/pip-compile --quiet --upgrade $(LOCK) --output-file requirements.txt pyproject.toml
	$(BIN)/pip-compile --quiet --upgrade $(LOCK) --output-file requirements-build.txt requirements-build.in
	$(BIN)/pip-compile --quiet --upgrade $(LOCK) --extra dev --constraint requirements.txt --output-file requirements-dev.txt pyproject.toml
	$(BIN)/pip-compile --quiet --upgrade $(LOCK) --no-header --no-annotate --output-file policy/requirements.txt \
	  --constraint <(sed -nE 's/^((pglast|pulumi|pydantic|pyyaml|grpcio)==\S+).*/\1/p' requirements.txt) policy/requirements.in
LOCK := --generate-hashes --strip-extras --allow-unsafe --no-emit-index-url --no-emit-trusted-host --no-emit-find-links

deps: ## Debian's packages that some tests use: PostgreSQL 15, PgBouncer, strace, Chromium
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql-15 pgbouncer strace chromium

policy: policy/venv/.installed ## The environment of the policy pack, which cannot share the project's
policy/venv/.installed: policy/requirements.txt
	@test -x policy/venv/bin/python || "$(PYTHON)" -m venv policy/venv
	policy/venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r policy/requirements.txt
	@touch $@

# What the pack counts on of the project, and no more: a folder that can be published and needs no checkout.
PACK ?= dist/policy
policy-pack: ## The policy pack as a folder by itself, for `pulumi policy publish`
	rm -rf "$(PACK)"
	mkdir -p "$(PACK)/infra"
	cp policy/PulumiPolicy.yaml policy/__main__.py policy/requirements.txt policy/README.md "$(PACK)"
	cp -r infra/__init__.py infra/errors.py infra/identifiers.py infra/models infra/checks "$(PACK)/infra"
	find "$(PACK)" -name __pycache__ -prune -exec rm -r {} +

actionlint: venv/.installed-dev ## Build actionlint with Go, for the tests of the pipelines; they look with other tools too
	GOBIN="$(CURDIR)/$(BIN)" go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12

clean: ## Remove what was built, the embedded PostgreSQL's data apart
	rm -rf venv policy/venv .mypy_cache .pytest_cache .ruff_cache .hypothesis *.egg-info

.PHONY: help up down test test-all check reliability crash-points bench-peers bench bench-quick generate lock deps policy policy-pack actionlint clean
