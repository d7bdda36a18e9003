#!/bin/sh
# Generates everything that is made from the .proto files below the folder OUT (the repository's root for `make proto`).
# Usage: generate.sh OUT PLUGIN, from the repository's root. Needs protoc and protoc-c (Debian: protobuf-compiler,
# protobuf-c-compiler) and Google's own .proto files (libprotobuf-dev).
set -eu
out=$1
plugin=$2
google=${PROTOBUF_INCLUDE:-/usr/include}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

all=$(cd Protos && find . -name '*.proto' -not -path './generator/*' | sed 's|^\./||' | LC_ALL=C sort)
# A second version of a protocol, the same on the wire as the first: only described, not generated.
ours=$(echo "$all" | grep -v '^grpc/reflection/v1alpha/')
theirs=$(cd Protos && grep -ho 'import "google/protobuf/[a-z_]*\.proto"' $ours | cut -d'"' -f2 | LC_ALL=C sort -u)

new=$work/new
mkdir -p "$new/Sources/C/CMessages/include" "$new/Sources/C/CMessages/src"

protoc -I Protos -I "$google" --plugin=protoc-gen-homeward="$plugin" --homeward_out="$new" $ours $theirs

# The C side. protoc-c writes sources beside headers; SwiftPM wants the headers, and the module map, apart.
protoc -I Protos -I "$google" --include_imports --descriptor_set_out="$work/all.pb" $ours $theirs
"$plugin" c-descriptors < "$work/all.pb" > "$work/c.pb"
mkdir "$work/c"
protoc-c --descriptor_set_in="$work/c.pb" --c_out="$work/c" $ours $theirs
(cd "$work/c" && find . -name '*.pb-c.h' | sed 's|^\./||' | LC_ALL=C sort) > "$work/headers"
{
    echo "// Generated from the .proto files by Protos/generate.sh. Do not edit."
    echo "module CMessages {"
    sed 's|.*|  header "&"|' "$work/headers"
    echo '  link "protobuf-c"'
    echo "  export *"
    echo "}"
} > "$new/Sources/C/CMessages/include/module.modulemap"
# What reflection serves: without comments, the imported files first.
protoc -I Protos -I "$google" --include_imports --descriptor_set_out="$work/reflected.pb" $all $theirs
"$plugin" reflected < "$work/reflected.pb" > "$new/Sources/Wire/API/Generated/FileDescriptors.swift"

while read -r header; do
    stem=${header%.h}
    mkdir -p "$new/Sources/C/CMessages/include/$(dirname "$stem")" "$new/Sources/C/CMessages/src/$(dirname "$stem")"
    cp "$work/c/$stem.h" "$new/Sources/C/CMessages/include/$stem.h"
    cp "$work/c/$stem.c" "$new/Sources/C/CMessages/src/$stem.c"
done < "$work/headers"

# Only now that all went well, the old output goes.
for folder in Sources/C/CMessages Sources/Wire/Messages/Generated Sources/Wire/API/Generated \
    Tests/Unit/MessagesTests/Generated; do
    rm -rf "${out:?}/$folder"
    mkdir -p "$out/$(dirname "$folder")"
    mv "$new/$folder" "$out/$folder"
done
