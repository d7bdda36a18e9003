#!/usr/bin/env bash
# An authority and a certificate for each id, as Homeward's components have them: the URI homeward://home/ID and the id
# as a DNS name.
#
#   certificates.sh DIRECTORY ID...
set -euo pipefail
directory=$1
shift
mkdir -p "$directory"
cd "$directory"
openssl ecparam -name prime256v1 -genkey -noout -out authority.key
openssl req -x509 -new -key authority.key -subj "/CN=interop authority" -days 2 -out authority.pem \
  -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign 2>/dev/null
for id in "$@"; do
  openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out "$id.key"
  openssl req -new -key "$id.key" -subj "/CN=$id" -out "$id.csr" 2>/dev/null
  printf 'subjectAltName=URI:homeward://home/%s,DNS:%s\nextendedKeyUsage=serverAuth,clientAuth\n' "$id" "$id" \
    > "$id.ext"
  printf 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n' >> "$id.ext"
  openssl x509 -req -in "$id.csr" -CA authority.pem -CAkey authority.key -CAcreateserial -days 2 -extfile "$id.ext" \
    -out "$id.pem" 2>/dev/null
done
