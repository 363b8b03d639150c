"""Do many single reads, as many at once as Xero allows, and hand the results back in batches to one thread.

The threads only read; everything is stored by the caller's thread, in its order. With a width of one nothing is
threaded, which is what a repeatable simulation needs.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

from django.db import connections

T = TypeVar("T")
R = TypeVar("R")
BATCH = 25
#: A batch, were it an empty one, comes at least this often, so that the caller can hold on to its lease.
LONGEST_SILENCE_SECONDS = 10


class Fan(Generic[T, R]):
    """One round of reads. An error that `do` raises stops the round; what was not done stays in `left`."""

    def __init__(self, work: Sequence[T], do: Callable[[T], R]) -> None:
        self.left: deque[T] = deque(work)
        self.error: Exception | None = None
        self._is_stopped = False
        self._do = do
        self._lock = threading.Lock()
        self._done: SimpleQueue[tuple[T, R] | None] = SimpleQueue()

    def run(self, *, width: int) -> Iterator[list[tuple[T, R]]]:
        """Yield what is done, in batches, until nothing is left or an error stops the round."""
        width = min(width, len(self.left))
        if width <= 1:
            yield from self._run_here()
            return
        threads = [threading.Thread(target=self._run_thread, daemon=True) for _ in range(width)]
        for thread in threads:
            thread.start()
        try:
            yield from self._collect(width)
        finally:
            self._stop()
            for thread in threads:
                thread.join()

    def _run_here(self) -> Iterator[list[tuple[T, R]]]:
        batch: list[tuple[T, R]] = []
        while (item := self._next()) is not None:
            result = self._try(item)
            if result is not None:
                batch.append(result)
            if len(batch) >= BATCH:
                yield batch
                batch = []
        if batch:
            yield batch

    def _collect(self, threads: int) -> Iterator[list[tuple[T, R]]]:
        batch: list[tuple[T, R]] = []
        while threads:
            is_slow = False
            try:
                result = self._done.get(timeout=LONGEST_SILENCE_SECONDS)
            except Empty:
                is_slow = True
            else:
                threads -= result is None
                batch += [result] if result is not None else []
            if is_slow or len(batch) >= BATCH:
                yield batch
                batch = []
        if batch:
            yield batch

    def _run_thread(self) -> None:
        try:
            while (item := self._next()) is not None:
                result = self._try(item)
                if result is not None:
                    self._done.put(result)
        finally:
            self._done.put(None)
            connections.close_all()

    def _try(self, item: T) -> tuple[T, R] | None:
        try:
            return item, self._do(item)
        except Exception as error:  # noqa: BLE001  carried to the caller's thread and raised there
            with self._lock:
                self.left.appendleft(item)
                self.error = self.error or error
                self._is_stopped = True
            return None

    def _next(self) -> T | None:
        with self._lock:
            return self.left.popleft() if self.left and not self._is_stopped else None

    def _stop(self) -> None:
        with self._lock:
            self._is_stopped = True
