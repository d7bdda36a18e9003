#!/usr/bin/env python3
"""No secret of a lab is where people and programs read (invariant I16): passphrases, private keys of certificates and
the key that signs, looked for in all logs, acknowledgements, reports, and the stores with their events and errors.

Usage: no_secrets.py LAB_DIR. Exit: 0 none, 1 findings, 2 cannot judge (no secrets to look for, or nowhere to look).
"""
import pathlib
import sys

PLACES = ("*.log", "*.json", "*.jsonl", "*.sqlite", "*.sqlite-wal", "*.txt")
LONG = 16  # characters: what is shorter may stand somewhere by chance


def secrets(root):
    """Each with where it is kept."""
    for path in sorted(root.rglob("passphrase")):
        yield path, path.read_text().strip()
    for path in sorted(root.rglob("*key.pem")):
        text = path.read_text()
        if "PRIVATE KEY" not in text:
            continue
        # Its last lines are its own; the first of all keys of a kind are alike.
        lines = [line for line in text.splitlines() if line and not line.startswith("-")]
        yield path, lines[-2][-32:] if len(lines[-1]) < 32 and len(lines) > 1 else lines[-1][-32:]


def findings(root):
    wanted = [(path, text) for path, text in secrets(root) if len(text) >= LONG]
    if not wanted:
        raise LookupError(f"{root} has no passphrase or private key to look for")
    looked = 0
    for pattern in PLACES:
        for place in sorted(root.rglob(pattern)):
            if not place.is_file():
                continue
            looked += 1
            content = place.read_bytes()
            for path, text in wanted:
                if text.encode() in content:
                    yield f"{place.relative_to(root)} has what is kept in {path.relative_to(root)}"
    if looked == 0:
        raise LookupError(f"{root} has no logs or stores to look into")


def main():
    root = pathlib.Path(sys.argv[1])
    try:
        found = list(findings(root))
    except (IndexError, LookupError, OSError) as error:
        print(f"secrets: cannot judge: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    for line in found:
        print(line)
    print(f"secrets: {'none' if not found else len(found)} where they do not belong")
    raise SystemExit(1 if found else 0)


main()
