"""Waiting for other programs of this machine. They live in real time, so a frozen clock has no say here."""

import time
from collections.abc import Callable


def wait_until(is_so: Callable[[], bool], *, seconds: float, between: float = 0.02) -> bool:
    """Return True as soon as `is_so`, or False when the time is over."""
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            return False
        time.sleep(between)
    return True
