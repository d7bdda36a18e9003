# Fuzzing of what strangers send: libFuzzer with coverage and the address sanitizer. Tests/Fuzz/README.md tells the rest.
#   make fuzz                          every target for a minute
#   make fuzz FUZZ=server SECONDS=3600
#   make fuzz-keep [FUZZ=server]       what was found beyond the kept corpus, as few inputs as reach it
#   make fuzz-one FUZZ=server INPUT=Tests/Fuzz/.work/server/crash-…
FUZZ ?= server client framing headers compression messages
SECONDS ?= 60
INPUT ?=

.PHONY: fuzz fuzz-build fuzz-keep fuzz-one

fuzz-build: setup
	$(SWIFT) build -c release --package-path Tests/Fuzz --product homeward-fuzz -Xswiftc -enable-testing \
	  --sanitize fuzzer -Xswiftc -sanitize=fuzzer,address

fuzz: fuzz-build ## Fuzz what strangers send (FUZZ=target, SECONDS each)
	Tests/Fuzz/fuzz.sh run "$(SECONDS)" $(FUZZ)

fuzz-keep: fuzz-build ## Keep the inputs by which the last `make fuzz` got further
	Tests/Fuzz/fuzz.sh keep $(FUZZ)

fuzz-one: fuzz-build
	Tests/Fuzz/fuzz.sh one "$(FUZZ)" "$(INPUT)"
