"""The story of the product from first to last, by the labels that a person reads.

It is walked where it is hardest: on a stock PostgreSQL server, with two web and two worker processes sharing it, so that
every request may meet another process. Of the demo that a stranger starts, the other files of this folder look at every page.
"""

from collections.abc import Callable, Iterator

import pytest
from tests.browser.conftest import Demo, Visitor
from tests.browser.fleet import shared_house, stock_programs
from tests.browser.walk import Walk

pytestmark = [pytest.mark.browser, pytest.mark.unmeasured]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The house in place of the demo: every fixture and step of the walk is the same."""
    programs = stock_programs()
    if programs is None:
        pytest.skip(
            "No PostgreSQL server of this machine's own packages: on Debian, as root, apt-get install postgresql."
        )
    folder = tmp_path_factory.mktemp("house")
    for parent in (folder, *folder.parents[:3]):
        parent.chmod(parent.stat().st_mode | 0o055)  # the server runs as nobody and must reach its data
    with shared_house(programs, folder / "shared") as (base_url, xero_url):
        yield Demo(base_url, xero_url)


def test_the_story_can_be_walked_from_first_to_last(arrive: Callable[[], Visitor]) -> None:
    walk = Walk(alice=arrive(), sam=arrive())
    walk.from_first_to_last()
    assert walk.alice.complaints == []
    assert walk.sam.complaints == []
