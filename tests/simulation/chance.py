"""Chance that repeats: one seed decides every choice, every id and every jitter of what is played."""

import os
import random
import uuid
from collections.abc import Iterator
from contextlib import contextmanager


class _Repeatable:
    """The operating system as `uuid` sees it: as it is, but for the bytes that ids are made of."""

    def __init__(self, seed: str) -> None:
        self._chance = random.Random(f"ids of {seed}")

    def urandom(self, size: int) -> bytes:
        """Return the next bytes."""
        return self._chance.randbytes(size)

    def __getattr__(self, name: str) -> object:
        return getattr(os, name)


@contextmanager
def repeatable(seed: str) -> Iterator[None]:
    """Draw the ids and the jitter of this process from a seed until the block ends. Keys and nonces stay as they are."""
    real, state = uuid.os, random.getstate()  # type: ignore[attr-defined]  # where uuid4 takes its bytes from
    uuid.os = _Repeatable(seed)  # type: ignore[attr-defined]
    random.seed(seed)
    try:
        yield
    finally:
        uuid.os = real  # type: ignore[attr-defined]
        random.setstate(state)
