#!/usr/bin/env python3
"""Roots of digest trees, computed from the bytes of an image alone.

A leaf is the XXH3-128 of a block of 4 KiB (of 16 zero octets if the block is all zero), with the block's number as seed,
its high half first, both halves little-endian. A page is the node over 256 leaves, a group that over 256 pages, and the
root the SHA-256 of the tree's name, the disk's size (64 bits, little-endian) and all groups. A node is the SHA-256 of a
bit for each digest below it, set where that is other than zeros (32 octets, lowest bit first), and of those digests; zeros
where there are none. XXH3: the xxHash specification (github.com/Cyan4973/xxHash, doc/xxhash_spec.md), here for inputs of
more than 240 octets.

    digests.py IMAGE...       prints each root. Standard library only; about a millisecond for each block with content.
"""
import hashlib
import struct
import sys

BLOCK, PER_PAGE, PER_GROUP = 4096, 256, 256
NAME = b"homeward digest tree 2"
ZERO = bytes(BLOCK)
MASK = (1 << 64) - 1
P32 = (0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D)
P64 = (0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5)
SECRET = bytes.fromhex(
    "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671fcb79e64eccc0e578825ad07dccff7221b8084674f743248e"
    "e03590e6813a264c3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8a8fa763fe39c343ff9dcbbc7c70b4f1d"
    "8a51e04bcdb45931c89f7ec9d9787364eac5ac8334d3ebc3c581a0fffa1363eb170ddd51b7f0da49d316552629d4689e2b16be587d47a1fc"
    "8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e")


def words(octets, offset, count):
    return struct.unpack_from(f"<{count}Q", octets, offset)


def secret(seed):
    halves = words(SECRET, 0, 24)
    return struct.pack("<24Q", *((word + seed if place % 2 == 0 else word - seed) & MASK
                                 for place, word in enumerate(halves)))


def merged(lanes, keys, start):
    total = start
    for pair in range(4):
        product = (lanes[2 * pair] ^ keys[2 * pair]) * (lanes[2 * pair + 1] ^ keys[2 * pair + 1])
        total += (product & MASK) ^ (product >> 64)
    total &= MASK
    total ^= total >> 37
    total = total * 0x165667919E3779F9 & MASK
    return total ^ total >> 32


def xxh3_128(octets, seed):
    """(high, low) of more than 240 octets."""
    size = len(octets)
    if size <= 240:
        raise ValueError("shorter inputs are hashed in another way")
    own = secret(seed)
    lanes = [P32[2], P64[0], P64[1], P64[2], P64[3], P32[1], P64[4], P32[0]]

    def stripe(at, keys):
        for lane, (word, key) in enumerate(zip(words(octets, at, 8), keys)):
            key ^= word
            lanes[lane ^ 1] = (lanes[lane ^ 1] + word) & MASK
            lanes[lane] = (lanes[lane] + (key & 0xFFFFFFFF) * (key >> 32)) & MASK

    keys, last = [words(own, 8 * place, 8) for place in range(16)], words(own, 128, 8)
    blocks = (size - 1) // 1024
    for block in range(blocks):
        for place in range(16):
            stripe(block * 1024 + place * 64, keys[place])
        for lane in range(8):
            value = lanes[lane] ^ lanes[lane] >> 47 ^ last[lane]
            lanes[lane] = value * P32[0] & MASK
    for place in range((size - 1 - blocks * 1024) // 64):
        stripe(blocks * 1024 + place * 64, keys[place])
    stripe(size - 64, words(own, 121, 8))
    low = merged(lanes, words(own, 11, 8), size * P64[0] & MASK)
    high = merged(lanes, words(own, 117, 8), ~(size * P64[1]) & MASK)
    return high, low


def leaf(block, octets):
    if octets == ZERO[:len(octets)]:
        return bytes(16)
    return struct.pack("<2Q", *xxh3_128(octets, block))


def node(digests):
    places = [place for place, digest in enumerate(digests) if any(digest)]
    bits = sum(1 << place for place in places).to_bytes(32, "little")
    return hashlib.sha256(bits + b"".join(digests[place] for place in places)).digest() if places else bytes(32)


class Tree:
    """The root of an image, and of images after it that differ from it in some blocks."""

    def __init__(self):
        self.image, self.leaves = b"", []

    def root(self, image):
        """The root, and how many blocks are other than in the image before."""
        count, changed = (len(image) + BLOCK - 1) // BLOCK, 0
        if len(image) != len(self.image):
            self.image, self.leaves = b"", [None] * count
        for block in range(count):
            octets = image[block * BLOCK:(block + 1) * BLOCK]
            if self.leaves[block] is None or octets != self.image[block * BLOCK:(block + 1) * BLOCK]:
                self.leaves[block] = leaf(block, octets)
                changed += 1
        self.image = image
        level = self.leaves
        for width in (PER_PAGE, PER_GROUP):
            level = [node(level[at:at + width]) for at in range(0, len(level), width)]
        return hashlib.sha256(NAME + struct.pack("<q", len(image)) + b"".join(level)).digest(), changed


if __name__ == "__main__":
    for path in sys.argv[1:]:
        with open(path, "rb") as file:
            print(Tree().root(file.read())[0].hex(), path)
