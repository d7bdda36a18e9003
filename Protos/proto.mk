# Code made from the .proto files. It is checked in: a plain build needs neither protoc nor the generator.

SWIFT ?= swift
# For the targets below, and for the tests that take protoc as the outside checker.
PACKAGES += protobuf-compiler protobuf-c-compiler libprotobuf-dev
PROTO_PLUGIN = $(shell $(SWIFT) build --package-path Protos/generator --show-bin-path)/protoc-gen-homeward
PROTO_OUTPUT = Sources/C/CMessages Sources/Wire/Messages/Generated Sources/Wire/API/Generated \
	Tests/Unit/MessagesTests/Generated

.PHONY: proto proto-check proto-plugin

proto-plugin:
	$(SWIFT) build --package-path Protos/generator --product protoc-gen-homeward

proto: proto-plugin ## Regenerate C structs, messages, stubs and test samples from the .proto files
	Protos/generate.sh . "$(PROTO_PLUGIN)"

proto-check: proto-plugin ## Fail if generated code is not what the .proto files give
	@out=$$(mktemp -d) && trap 'rm -rf "$$out"' EXIT && \
	Protos/generate.sh "$$out" "$(PROTO_PLUGIN)" && \
	for folder in $(PROTO_OUTPUT); do diff -r "$$out/$$folder" "$$folder" || exit 1; done && \
	echo "proto-check: generated code is up to date"
