# Our RPC against its peers, on this computer and in one run; what the figures mean is in Tests/Bench/README.md.
#   make bench-rpc                     all cells, three rounds of a second each
#   make bench-rpc BENCH='--only stream --rounds 5'
#   make bench-rpc PEERS=cpp           without grpc-swift-2, whose first build takes minutes
BENCH ?=
PEERS ?= cpp swift
BENCH_PACKAGES := g++ libgrpc++-dev protobuf-compiler-grpc nghttp2-client

.PHONY: bench-rpc
bench-rpc: setup ## Compare our RPC with gRPC C++ and grpc-swift-2 (BENCH, PEERS)
	@missing=(); for p in $(BENCH_PACKAGES); do \
	  dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing+=($$p); done; \
	if [ $${#missing[@]} -gt 0 ]; then echo "installing $${missing[*]}"; \
	  sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; $$sudo apt-get update -qq; \
	  DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -qq "$${missing[@]}" >/dev/null; fi
	$(SWIFT) build -c release --package-path Tests/Bench/rpc --product homeward-echo
	$(MAKE) -s -C Tests/Bench/rpc/cpp
	$(if $(filter swift,$(PEERS)),$(SWIFT) build -c release --package-path Tests/Bench/rpc/grpc-swift)
	python3 Tests/Bench/rpc/run.py $(BENCH)
