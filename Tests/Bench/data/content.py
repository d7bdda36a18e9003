"""Content of disks, always the same for the same seed: 30 % zero, 40 % text, 30 % random."""
import os
import random

BLOCK = 4096
WORDS = 4000


class Content:
    def __init__(self, seed=4):
        self.random = random.Random(seed)
        letters = "etaoinshrdlucmfwypvbgkjqxz"
        words = ["".join(self.random.choices(letters, weights=range(26, 0, -1), k=self.random.randint(2, 11)))
                 for _ in range(WORDS)]
        # Common words come often, as in any language.
        weights = [1 / (place + 10) for place in range(WORDS)]
        self.text = " ".join(self.random.choices(words, weights=weights, k=1_500_000)).encode()

    def piece(self, length):
        kind = self.random.random()
        if kind < 0.3:
            return bytes(length)
        if kind < 0.7:
            start = self.random.randrange(len(self.text) - length)
            return self.text[start:start + length]
        return self.random.randbytes(length)

    def write(self, path, size):
        """Pieces of 64 KiB to 1 MiB, all of them written: there are no holes."""
        with open(path, "wb") as file:
            left = size
            while left:
                piece = self.piece(min(left, self.random.randrange(16, 257) * BLOCK))
                file.write(piece)
                left -= len(piece)
            file.flush()
            os.fsync(file.fileno())

    def changes(self, size, count):
        """Blocks in random order, each once, with new content."""
        for block in self.random.sample(range(size // BLOCK), count):
            yield block * BLOCK, self.piece(BLOCK)


def blank(path, size):
    """All zero, with all its space taken."""
    zeros = bytes(1 << 20)
    with open(path, "wb") as file:
        for _ in range(size >> 20):
            file.write(zeros)
        file.flush()
        os.fsync(file.fileno())
