# What a developer runs. `make` alone lists it.

SHELL := bash

# Pinned here and not in go.mod, so that users of the module never see it.
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2

FUZZTIME ?= 10s
RACE     ?=

# How many fault schedules the simulations of the engine play; LONG=1 plays
# twenty times as many, and compares a thousand cron lines with an oracle over ten years. A failure prints its seed, which
# `go test ./core/engine -run Simulation -rapid.seed=N` plays again.
LONG        ?=
SIMULATIONS ?= $(if $(LONG),10000,500)

# Every module of the repository: this one, and those that keep heavy
# dependencies away from users' builds.
MODULES := $(sort $(patsubst ./%,%,$(shell find . -name go.mod -not -path './.git/*' -exec dirname {} \;)))

# Homebrew keeps server binaries out of PATH; the tests look there and in Debian's folders.
BREW := $(subst $(eval ) ,:,$(wildcard /opt/homebrew/opt/postgresql*/bin /usr/local/opt/postgresql*/bin /home/linuxbrew/.linuxbrew/opt/postgresql*/bin))
export PATH := $(PATH)$(if $(BREW),:$(BREW))

.DEFAULT_GOAL := help
.PHONY: help check lint test test-pgbouncer chaos chaos-short mutants bench bench-compare bench-check bench-stores redis demo fuzz cover format postgres need-postgres

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

check: need-postgres ## everything a change must pass: lint, tests with the race detector, a clean tree; LONG=1: 10,000 simulations, ten years of cron
	@set -e; before=$$(git status --porcelain); \
	$(MAKE) --no-print-directory lint; \
	$(MAKE) --no-print-directory test RACE=1; \
	(cd bench && go test ./...); \
	after=$$(git status --porcelain); \
	if [ "$$before" != "$$after" ]; then \
		echo "make check changed the tree:"; diff <(echo "$$before") <(echo "$$after"); exit 1; \
	fi

lint: ## gofmt, go vet and staticcheck, in every module
	@set -e; unformatted=$$(gofmt -l .); \
	if [ -n "$$unformatted" ]; then echo "not formatted (make format):"; echo "$$unformatted"; exit 1; fi
	@set -e; for module in $(MODULES); do \
		echo "lint $$module"; \
		(cd "$$module" && go vet ./... && go run $(STATICCHECK) ./...); \
	done

test: need-postgres ## all tests of the library; RACE=1 adds the race detector and a random order
	go test $(if $(RACE),-race -shuffle=on -timeout 15m) ./...
	go test -run Simulation -timeout 30m ./core/engine -rapid.checks=$(SIMULATIONS)
	$(if $(LONG),go test -run Oracle -timeout 30m ./core/schedule -schedule.long)

# Without notifications hints of callers' transactions do not arrive, as documented.
test-pgbouncer: need-postgres ## the contract of a store through PgBouncer in transaction mode (root on Debian installs it)
	@command -v pgbouncer >/dev/null || ls /usr/sbin/pgbouncer >/dev/null 2>&1 || apt-get install -y -qq --no-install-recommends pgbouncer
	TASKTOWER_TEST_PGBOUNCER=1 go test ./adapters/postgres -count=1 -run BehindPgBouncer -skip 'BehindPgBouncer/without_notifications/Notify/tells_a_listener_of_a_committed_transaction'

chaos: need-postgres ## kills, freezes and cuts off real processes; fills the table of docs/reliability.md; ROWS= SEED=
	cd e2e && go run ./chaos -only '$(ROWS)' -seed $(or $(SEED),0) -results results/chaos.json -table ../docs/reliability.md

chaos-short: need-postgres ## the same for some seconds each; ROWS= SEED=
	cd e2e && go run ./chaos -short -only '$(ROWS)' -seed $(or $(SEED),0)

mutants: need-postgres ## takes safeguards out one by one and shows which test turns red
	cd e2e && go run ./mutants

bench: need-postgres ## throughput, cost and latency, idle and busy, beside a bare floor, in minutes
	cd bench && go run . -only enqueue,drain,latency -peers tasktower,floor,notify -drains 200000 -slots 1000 -rates 25,500

bench-compare: need-postgres redis ## everything, with the peers, into bench/results and docs/benchmarks.md: takes hours
	cd bench && { go run . -out results -docs ../docs/benchmarks.md $(BENCHFLAGS); code=$$?; go run . -check -record && exit $$code; }

bench-check: need-postgres ## fails when a ratio to the peers lost more than 15 % against the baseline
	cd bench && go run . -check $(BENCHFLAGS)

bench-stores: need-postgres ## micro-benchmarks of both stores
	go test -run '^$$' -bench . -benchmem ./adapters/...

demo: ## the guided tour
	go run ./cmd/demo

fuzz: ## each fuzz target for FUZZTIME (10s)
	@set -e; grep -rhoE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' . >/dev/null || { echo "no fuzz targets"; exit 0; }; \
	grep -roE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' . | sort | while IFS=: read -r file func; do \
		target=$${func#func }; echo "fuzz $$(dirname "$$file") $$target $(FUZZTIME)"; \
		(cd "$$(dirname "$$file")" && go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) . </dev/null); \
	done

cover: need-postgres ## test coverage by function, in cover.out
	go test -coverpkg=./... -coverprofile=cover.out ./...
	go tool cover -func=cover.out

format: ## gofmt everything
	gofmt -w .

need-postgres:
	@[ -n "$$TASKTOWER_TEST_DATABASE_URL" ] || command -v postgres >/dev/null || ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || { \
		echo "The tests need PostgreSQL 14 or newer, one of:"; \
		echo "  a server:            export TASKTOWER_TEST_DATABASE_URL=postgres://user:password@host/postgres"; \
		echo "                       (its role must be allowed to create databases)"; \
		echo "  its binaries, from which the tests start a throwaway server:"; \
		echo "    Debian, Ubuntu     sudo apt-get install postgresql   (as root: make postgres)"; \
		echo "    Fedora             sudo dnf install postgresql-server"; \
		echo "    macOS              brew install postgresql"; \
		exit 1; }

postgres: ## install the server binaries (root on Debian or Ubuntu)
	@if command -v postgres >/dev/null || ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1; then \
		echo "PostgreSQL server binaries are here already"; \
	elif [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then \
		$(MAKE) --no-print-directory need-postgres; \
	else \
		install() { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql; }; \
		install || { echo "trying once more in 10 s"; sleep 10; install; }; \
	fi

redis: ## install redis-server for bench-compare, if root may; without it asynq is left out
	@if command -v redis-server >/dev/null; then :; \
	elif [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then \
		echo "no redis-server (Debian: sudo apt-get install redis-server): asynq is left out"; \
	else \
		{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends redis-server; } || \
			echo "redis-server cannot be installed: asynq is left out"; \
	fi
