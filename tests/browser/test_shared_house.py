"""The same story on a stock PostgreSQL server, with two web and two worker processes sharing it: the way to many machines."""

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


def test_the_story_holds_when_every_request_may_meet_another_process(arrive: Callable[[], Visitor]) -> None:
    walk = Walk(alice=arrive(), sam=arrive())
    walk.from_first_to_last()
    assert walk.alice.complaints == []
    assert walk.sam.complaints == []
