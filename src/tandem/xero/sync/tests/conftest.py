"""How the tests of the working half count questions and crash a worker."""

from collections.abc import Callable, Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tandem.xero.sync import journal
from tandem.xero.sync.tests.office import Crash


@pytest.fixture
def count_queries() -> Callable[[Callable[[], object]], int]:
    """Return how many questions a piece of code asks the database."""

    def count(do: Callable[[], object]) -> int:
        with CaptureQueriesContext(connection) as asked:
            do()
        return len(asked)

    return count


@pytest.fixture
def crash_at() -> Iterator[dict[str, int]]:
    """Crash the worker the nth time it comes to a boundary: crash_at["after call"] = 1."""
    wanted: dict[str, int] = {}

    def come_to(name: str) -> None:
        if name in wanted:
            wanted[name] -= 1
            if wanted[name] <= 0:
                del wanted[name]
                raise Crash(name)

    before = journal.at_boundary
    journal.at_boundary = come_to
    yield wanted
    journal.at_boundary = before
