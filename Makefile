# Everything a newcomer needs: `make lab` shows it, `make test` proves it. Both install what they need.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PACKAGES := libnghttp2-dev libprotobuf-c-dev libzstd-dev zlib1g-dev libxxhash-dev libsqlite3-dev libssl-dev pkg-config e2fsprogs python3 openssl
# Other implementations, for the tests only.
TEST_PACKAGES := iproute2 libnbd-bin qemu-utils fio python3-grpcio python3-venv nghttp2-client nghttp2-server
SWIFT ?= swift
# Without what only debuggers and editors read, which costs a fifth of the compiler's time; tests are found without an
# index by Tests/XCTMain.swift. `make build BUILD_OPTIONS=` for a debugger: everything is then built anew.
export BUILD_OPTIONS ?= --disable-index-store -debug-info-format none
BUILD := $(SWIFT) build $(BUILD_OPTIONS)
# `swift test --filter` lists XCTest tests first, of which there are none.
UNIT = "$$($(SWIFT) build --show-bin-path)/homewardPackageTests.xctest" --testing-library swift-testing
LAB_DIR ?= lab
H2SPEC ?= $(shell command -v h2spec)

.PHONY: help setup build test unit pages interop interop-boot interop-python h2spec hostile-rpc soak-rpc check

help: ## What there is to make
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## (.*)/  \1\t\2/' | expand -t 22

setup: ## Install the Debian packages that the build and the tests need
	@missing=(); for p in $(PACKAGES) $(TEST_PACKAGES); do \
	  dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing+=($$p); done; \
	if [ $${#missing[@]} -gt 0 ]; then echo "installing $${missing[*]}"; \
	  sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; $$sudo apt-get update -qq; \
	  DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -qq "$${missing[@]}" >/dev/null; fi

build: setup ## Build every program, for debugging
	$(BUILD)

interop-python:
	@Tests/Interop/interop.sh --prepare || [ $$? = 77 ]

test: setup interop-python ## Everything that CI runs (20 minutes at most on 2 cores, first build included)
	@Tests/run

FILTER ?= .
unit: setup ## Tests of the package alone; FILTER=CrashTests: those of that name
	$(BUILD) --build-tests
	$(UNIT) --filter '$(FILTER)'

pages: setup ## Write the pages of the documentation that are made from the code
	$(BUILD) --build-tests
	HOMEWARD_WRITE_PAGES=1 $(UNIT) --filter StateMachinePageTests

interop: setup interop-python ## NBD and gRPC against the tools and libraries of others, plain and over mutual TLS
	$(BUILD)
	set -e; bin=$$($(SWIFT) build --show-bin-path); Tests/Interop/nbd-smoke.sh "$$bin/nbd-file"; \
	Tests/Interop/nbd-tls.sh "$$bin/nbd-file"; python3 Tests/Interop/nbd_agent.py "$$bin"; \
	Tests/Interop/rpc-tls.sh "$$bin/rpc-echo"; python3 Tests/Interop/http2_conformance.py "$$bin/rpc-echo"; \
	Tests/Interop/http2-tools.sh "$$bin/rpc-echo"; python3 Tests/Interop/hostile.py "$$bin/rpc-echo"; \
	python3 Tests/Interop/drain.py "$$bin"; python3 Tests/Interop/soak.py "$$bin/rpc-echo" 4 3000; \
	Tests/Interop/rpc-smoke.sh "$$bin/rpc-echo"; Tests/Interop/interop.sh "$$bin/rpc-interop"

# QEMU is 60 MB with what it needs: not for every `make test`.
interop-boot: setup ## QEMU: boots from a running agent's exports; a virtual machine fails over and comes home
	@command -v qemu-system-x86_64 >/dev/null || { sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	  $$sudo apt-get update -qq; DEBIAN_FRONTEND=noninteractive \
	  $$sudo apt-get install -y -qq --no-install-recommends qemu-system-x86 binutils >/dev/null; }
	$(BUILD)
	set -e; bin=$$($(SWIFT) build --show-bin-path); python3 Tests/Interop/nbd_agent.py "$$bin" --boot; \
	python3 Tests/Integration/virtual_machine.py "$$bin"

# Debian has no package of it.
h2spec: setup ## h2spec, the public HTTP/2 conformance suite, against our server beside nghttpd (H2SPEC=/path/to/h2spec)
	@[ -n "$(H2SPEC)" ] && [ -x "$(H2SPEC)" ] || { echo "no h2spec at \"$(H2SPEC)\": take the binary of a release of" \
	  "github.com/summerwind/h2spec, or build it with Go (make build there), and say make h2spec H2SPEC=/path/to/h2spec."; \
	  echo "make test runs our own cases of RFC 9113 and RFC 7541 without it."; exit 1; } >&2
	$(BUILD) --product rpc-echo
	H2SPEC="$(H2SPEC)" python3 Tests/Interop/http2_conformance.py "$$($(SWIFT) build --show-bin-path)/rpc-echo"

hostile-rpc: setup ## Each attack of hostile.py for longer than in `make interop`
	$(BUILD) --product rpc-echo
	python3 Tests/Interop/hostile.py "$$($(SWIFT) build --show-bin-path)/rpc-echo" --long

soak-rpc: setup ## 128 calls in flight for a minute, then 100,000 with random cancels: nothing grows, nothing is left
	$(BUILD) --product rpc-echo
	python3 Tests/Interop/soak.py "$$($(SWIFT) build --show-bin-path)/rpc-echo"

check: setup ## Warnings as errors, generated code up to date
	$(BUILD) -Xswiftc -warnings-as-errors
	$(MAKE) proto-check

include Protos/proto.mk deploy/lab.mk deploy/compose.mk Tests/Simulation/sim.mk Tests/Bench/bench.mk Tests/Fuzz/fuzz.mk
