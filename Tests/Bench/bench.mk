# Ours against its peers, on this computer and in one run; what the figures mean is in Tests/Bench/README.md.
#   make bench-rpc                     all cells, three rounds of a second each
#   make bench-rpc BENCH='--only stream --rounds 5'
#   make bench-rpc PEERS=cpp           without grpc-swift-2, whose first build takes minutes
#   make bench-data                    replication and guest writes against nbdcopy, qemu-img, qemu-nbd, rsync, zstd
#   make bench-data BENCH='--only copy,delta --rounds 5'
#   make bench-failback                seconds and blocks of each leg, for a small and a large disk; cancel; full certificate
#   make bench-vault                   one vault with 1,000 items and 50 jobs at once, its components answering at once
#   make bench-group                   common cuts of a replication group under load, one member stopped meanwhile
BENCH ?=
PEERS ?= cpp swift
BENCH_PACKAGES := g++ libgrpc++-dev protobuf-compiler-grpc nghttp2-client
BENCH_DATA_PACKAGES := nbdkit libnbd-bin qemu-utils fio rsync zstd iproute2 strace
BENCH_DATA_PROGRAMS := mobility-agent process-server master-target
install = @missing=(); for p in $(1); do \
	  dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing+=($$p); done; \
	if [ $${\#missing[@]} -gt 0 ]; then echo "installing $${missing[*]}"; \
	  sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; $$sudo apt-get update -qq; \
	  DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -qq "$${missing[@]}" >/dev/null; fi

.PHONY: bench-rpc bench-data bench-failback bench-vault bench-group
bench-rpc: setup ## Compare our RPC with gRPC C++ and grpc-swift-2 (BENCH, PEERS)
	$(call install,$(BENCH_PACKAGES))
	$(SWIFT) build -c release --package-path Tests/Bench/rpc --product homeward-echo
	$(MAKE) -s -C Tests/Bench/rpc/cpp
	$(if $(filter swift,$(PEERS)),$(SWIFT) build -c release --package-path Tests/Bench/rpc/grpc-swift)
	python3 Tests/Bench/rpc/run.py $(BENCH)

bench-data: setup ## Compare replication with nbdcopy, qemu-img, rsync and zstd, guest writes with qemu-nbd (BENCH)
	$(call install,$(BENCH_DATA_PACKAGES))
	for program in $(BENCH_DATA_PROGRAMS); do $(SWIFT) build -c release --product $$program; done
	python3 Tests/Bench/data/run.py "$$($(SWIFT) build -c release --show-bin-path)" $(BENCH)

bench-failback: setup ## Measure machines that go out and home: seconds, blocks, cancel, full certificate (BENCH)
	$(call install,fio)
	$(SWIFT) build -c release
	python3 Tests/Bench/failback/run.py "$$($(SWIFT) build -c release --show-bin-path)" $(BENCH)

bench-vault: setup ## Measure what a vault costs by itself: queries, overhead per step, start-up (BENCH)
	for program in vault-orchestrator vault-bench; do $(SWIFT) build -c release --product $$program; done
	python3 Tests/Bench/vault/run.py "$$($(SWIFT) build -c release --show-bin-path)" $(BENCH)

bench-group: setup ## Measure how long common cuts of a group hold writes; a stopped member holds nobody (BENCH)
	for program in $(BENCH_DATA_PROGRAMS); do $(SWIFT) build -c release --product $$program; done
	python3 Tests/Bench/group/run.py "$$($(SWIFT) build -c release --show-bin-path)" $(BENCH)
