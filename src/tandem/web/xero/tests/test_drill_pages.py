"""The pages of a drill, pressed without JavaScript: refused, cut off, then walked from the button to the receipt."""

import re
from dataclasses import replace

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tandem.kernel import clock
from tandem.kernel.clock import FrozenClock
from tandem.kernel.scoping import scope
from tandem.testing.cast import Cast, Player, text_of
from tandem.xero.models import Drill
from tandem_sandbox.testing import Sandbox

NEXT = "Next step"


@pytest.fixture
def alice(cast: Cast, frozen: FrozenClock, sandbox: Sandbox) -> Player:
    return cast.alice


def begin(player: Player, **typed: str) -> str:
    """Press the button; return where the drill is."""
    answer = player.client.post(player.url("xero/drills/"), typed)
    return str(answer.headers["location"])


def press(player: Player, path: str, **typed: str) -> str:
    """Press a button of a drill's page; return the page that follows."""
    return text_of(player.client.post(path, typed, follow=True))


def gone_on(player: Player, address: str) -> str:
    """Press Next step as often as it is there."""
    page = text_of(player.client.get(address))
    while NEXT in page:
        page = press(player, f"{address}advance/")
    return page


def test_without_a_simulator_the_page_says_how_to_start_one(alice: Player, settings: LazySettings) -> None:
    settings.TANDEM = replace(settings.TANDEM, sandbox_url="")
    page = text_of(alice.client.get(alice.url("xero/drills/")))
    assert "tandem-sandbox serve" in page
    assert "TANDEM_SANDBOX_URL" in page
    assert "Begin a drill</button>" not in page
    page = text_of(alice.client.post(alice.url("xero/drills/"), follow=True))
    assert "No simulator of Xero can be reached" in page


def test_an_interrupted_drill_says_so_and_offers_to_clean_up(alice: Player, frozen: FrozenClock) -> None:
    address = begin(alice)
    press(alice, f"{address}advance/")
    with scope(alice.account.account_id):
        Drill.objects.update(working_since=clock.now())
    assert "Wait a minute" in press(alice, f"{address}clean-up/")
    frozen.advance(minutes=2)
    page = text_of(alice.client.get(address))
    assert "This drill was interrupted" in page
    assert NEXT not in page
    assert "A drill is open" in text_of(alice.client.get(alice.url("xero/drills/")))
    page = press(alice, f"{address}clean-up/")
    assert "Removed, and proved gone" in page
    assert "Interrupted" in page


def test_a_drill_is_shown_step_by_step_and_reconnected_in_one_press(alice: Player) -> None:
    address = begin(alice)
    page = gone_on(alice, address)
    assert "The throw-away link is broken" in page
    assert "Most likely Robin Reed is no longer a payroll administrator. Seen" in page
    assert "at most 15 minutes later" in page
    assert "Only you got the letter, marked as a drill." in page
    assert re.search(r"<b>Alice Lang</b><small>Administrators, at once</small>", page)
    assert "after 24 hours if nobody is on it" in page
    page = press(alice, f"{address}advance/", pressed="yes")
    page = gone_on(alice, address)
    for said in ("Passed", "Removed, and proved gone", "Noticed after", "The real connection was not read or changed."):
        assert said in page
    listed = text_of(alice.client.get(alice.url("xero/drills/")))
    assert "The last drill was on" in listed
    assert "Alice Lang" in listed
    assert "passed." in text_of(alice.client.get(alice.url("xero/")))


def test_htmx_gets_the_drill_alone(alice: Player) -> None:
    address = begin(alice)
    part = text_of(alice.client.post(f"{address}advance/", headers={"hx-request": "true"}))
    assert part.lstrip().startswith('<div class="stack" id="drill">')
    assert "<html" not in part


def test_the_list_costs_the_same_for_one_drill_and_for_many(alice: Player) -> None:
    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert alice.client.get(alice.url("xero/drills/")).status_code == 200
        return len(asked)

    def ended(number: int) -> Drill:
        now = clock.now()
        return Drill(
            account_id=alice.account.account_id,
            scope_id=f"00000000-0000-0000-0000-{number:012}",
            by_user_id=alice.user.id,
            started_at=now,
            ended_at=now,
            outcome="passed",
        )

    with scope(alice.account.account_id):
        Drill.objects.bulk_create([ended(1)])
    cost()
    one = cost()
    with scope(alice.account.account_id):
        Drill.objects.bulk_create([ended(number) for number in range(2, 15)])
    assert cost() == one
