# Everything goes through these targets; `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help

BUILD_FLAGS := --explicit-target-dependency-import-check error
PROGRAM := .build/debug/tidemill

.PHONY: help
help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 18

.PHONY: deps
deps: ## install the missing Debian packages
	@.ci/packages build

.PHONY: build
build: deps ## build the program: .build/debug/tidemill
	@swift build $(BUILD_FLAGS)

.PHONY: run
run: build ## start the worker with the shipped scripts and feed it the example deliveries
	@.ci/first-minutes $(PROGRAM)

.PHONY: program
program: ## build the program as it is released: static Swift runtime, stripped: .build/dist/tidemill
	@.ci/packages build release
	@.ci/release program

PREFIX ?= /usr/local
DESTDIR ?=
# So that `make program` can be a user's and `sudo make install` root's.
.build/dist/tidemill:
	@$(MAKE) --no-print-directory program

.PHONY: install
install: .build/dist/tidemill ## lay it below PREFIX=/usr/local, with manual, completions and service (docs/install.md)
	@PREFIX="$(PREFIX)" DESTDIR="$(DESTDIR)" packaging/tree install $<

.PHONY: uninstall
uninstall: ## take it away again; configuration, store and spool stay
	@PREFIX="$(PREFIX)" DESTDIR="$(DESTDIR)" packaging/tree uninstall

.PHONY: release
release: program ## .build/dist/tidemill-VERSION-linux-ARCH.tar.gz with its checksum
	@.ci/release archive

.PHONY: deb
deb: program ## the Debian package, in .build/dist
	@.ci/packages package
	@.ci/release deb

.PHONY: test
test: ## build and run all tests
	@.ci/packages build test
	@.ci/test

.PHONY: format
format: ## format the sources in place
	@swift format --in-place --parallel --configuration .swift-format --recursive Package.swift Sources Tests

.PHONY: check
check: ## what CI runs: format, layers, references, tables, C under sanitizers, tests that are no tests, what is made from the source, the official SDKs, schemathesis, the pages in a browser, all tests, that the benchmarks compile
	@.ci/packages build test
	@.ci/check-format
	@.ci/check-layers
	@.ci/check-writers
	@.ci/check-references
	@.ci/tables --check
	@.ci/check-tests
	@.ci/check-texts
	@.ci/check-packaging
	@.ci/assets --check
	@.ci/fuzz replay
	@.ci/sdk
	@.ci/stigg
	@.ci/openapi --check
	@.ci/check-completions
	@.ci/reference --check
	@.ci/schemas
	@.ci/schemathesis
	@.ci/dashboard
	@.ci/test
	@TIDEMILL_BENCH=1 swift build $(BUILD_FLAGS)

.PHONY: test-dashboard
test-dashboard: ## the pages in a real browser: PICTURES=write makes the committed pictures anew
	@.ci/packages build
	@.ci/dashboard

.PHONY: check-all
check-all: check deb ## check, and that the package installs, works, upgrades and goes in a clean root (a release build: 20 minutes)
	@.ci/check-package

.PHONY: fuzz
fuzz: ## fuzz the C and C++ for a minute each: TIME=600 for longer, NAMES="decoder rules" for some
	@.ci/packages build
	@.ci/fuzz run $(NAMES)

.PHONY: bench
bench: ## build in release and race Redis and Tarantool on the same million events
	@.ci/packages build bench
	@.ci/bench

SURFACES ?= .build/bench/surfaces
.PHONY: bench-surfaces
bench-surfaces: ## build in release and measure the pages over 20 million events: EVENTS=1000000 CUSTOMERS=5000 for less
	@.ci/packages build
	@swift build $(BUILD_FLAGS) -c release --product tidemill
	@Benchmarks/surfaces .build/release/tidemill $(SURFACES)

MILLIONS ?= 20
.PHONY: bench-growth
bench-growth: ## build in release and measure each million of 20 as the store grows: MILLIONS=100 for more
	@.ci/packages build
	@swift build $(BUILD_FLAGS) -c release --product tidemill
	@.ci/bench-growth $(MILLIONS)

.PHONY: tables
tables: ## make docs/design/tables.md anew from the migrations
	@.ci/tables

.PHONY: reference
reference: build ## make docs/openapi.json, docs/reference, the editors' definitions and the schemas anew
	@.ci/openapi
	@.ci/reference
