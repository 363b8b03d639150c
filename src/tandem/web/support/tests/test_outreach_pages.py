"""Support writes: seen before it is sent, once for each press, never twice in a day unasked, and what came of it."""

import re
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tandem.access.models import Membership
from tandem.kernel.clock import FrozenClock
from tandem.kernel.scoping import scope
from tandem.notices.models import Letter
from tandem.testing.cast import Cast, text_of
from tandem.testing.xero import AMIR, BAKERY, BOOKS, ROSA, Connect
from tandem.timeline.models import Entry
from tandem.xero.connections.probes import probe_connection
from tandem.xero.models import Outreach
from tandem_sandbox.testing import Sandbox

NEW = "/support/letters/new/"


@pytest.fixture
def broken(cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect) -> Cast:
    """Both accounts, each after its authoriser lost access in Xero."""
    for player, user, name in ((cast.alice, ROSA, BAKERY), (cast.charlie, AMIR, BOOKS)):
        connected(player, user=user, organisations=[name])
        sandbox.control("POST", "events", {"kind": "remove_user", "user": user, "organisation": name})
        probe_connection(player.account.account_id, anyway=True)
    return cast


def _ids(cast: Cast) -> list[UUID]:
    return [cast.alice.account.account_id, cast.charlie.account.account_id]


def _letters(account_id: UUID) -> list[Letter]:
    with scope(account_id):
        return list(Letter.objects.filter(account_id=account_id, subject__endswith="how to reconnect Xero"))


def _send(cast: Cast, *accounts: UUID, batch: UUID | None = None, again: str = "") -> str:
    sent = {"batch": str(batch or uuid4()), "account": [str(one) for one in accounts], "again": again}
    return text_of(cast.sam.client.post(NEW, sent, follow=True))


def _end_access(cast: Cast) -> None:
    account_id = cast.charlie.account.account_id
    with scope(account_id):
        Membership.objects.filter(account_id=account_id).update(is_active=False)


def test_nobody_but_support_writes(broken: Cast) -> None:
    for player in (broken.alice, broken.charlie):
        sent = {"batch": str(uuid4()), "account": [str(_ids(broken)[0])]}
        assert player.client.post(NEW, sent).status_code == 404
    assert _letters(_ids(broken)[0]) == []


@pytest.mark.parametrize("sent", [{}, {"batch": "x"}, {"account": "x"}, {"batch": str(uuid4()), "account": "x"}])
def test_a_sending_without_accounts_or_number_is_refused(cast: Cast, sent: dict[str, str]) -> None:
    assert cast.sam.client.post(NEW, sent).status_code == 404


def test_accounts_that_do_not_exist_are_left_out(broken: Cast) -> None:
    text = text_of(broken.sam.client.get(f"{NEW}?account={uuid4()}&account=x"))
    assert "No account was chosen" in text
    assert "1 letter to 1 account" in _send(broken, uuid4(), _ids(broken)[0])


def test_looking_sends_nothing_and_shows_letters_accounts_and_text(broken: Cast) -> None:
    text = text_of(broken.sam.client.get(f"{NEW}?all=1&state=broken&cause=access_removed"))
    assert "2 letters to 2 accounts" in text
    assert "how to reconnect Xero" in text
    assert "/a/harbour-lane/xero/reconnect/" in text
    for name in ("Rosa", "Byrne", "Alice", "Amir"):
        assert name not in text
    assert _letters(_ids(broken)[0]) == []


def test_a_second_press_of_the_same_button_sends_nothing_more(broken: Cast) -> None:
    batch = uuid4()
    first, second = (_send(broken, *_ids(broken), batch=batch, again="on") for _ in range(2))
    assert "2 letters to 2 accounts" in first
    assert "2 letters to 2 accounts" in second
    assert [len(_letters(one)) for one in _ids(broken)] == [1, 1]


def test_within_a_day_nobody_is_written_to_again_unless_asked_for(broken: Cast, frozen: FrozenClock) -> None:
    bakery = _ids(broken)[0]
    _send(broken, bakery)
    frozen.advance(hours=23)
    assert "Written to in the last 24 hours." in text_of(broken.sam.client.get(f"{NEW}?account={bakery}"))
    assert "0 letters to 0 accounts" in _send(broken, bakery)
    assert "1 letter to 1 account" in _send(broken, bakery, again="on")
    frozen.advance(hours=25)
    _send(broken, bakery)
    assert len(_letters(bakery)) == 3


def test_an_account_without_anybody_who_stays_is_named_before_and_after(broken: Cast) -> None:
    _end_access(broken)
    why = "No administrator who stays"
    text = text_of(broken.sam.client.get(f"{NEW}?account={_ids(broken)[0]}&account={_ids(broken)[1]}"))
    assert "1 letter to 1 account" in text
    assert why in text
    assert why in _send(broken, *_ids(broken))


def test_an_account_that_needs_nobody_is_not_written_to(cast: Cast) -> None:
    assert "Needs nobody any more." in _send(cast, _ids(cast)[0])
    assert _letters(_ids(cast)[0]) == []


def test_a_sending_stands_on_the_timeline_and_in_the_accounts_own_rows(broken: Cast) -> None:
    bakery = _ids(broken)[0]
    _send(broken, bakery)
    with scope(bakery):
        assert Outreach.objects.get().by_user_id == broken.sam.user.id
        entry = Entry.objects.get(event="support.way_out_sent")
    assert entry.facts == {"letters": 1, "cause": "access_removed"}
    text = text_of(broken.sam.client.get(f"/support/{bakery}/"))
    assert "Still needs somebody" in text
    assert "sent the way out" in text


def test_what_came_of_it_says_who_recovered_and_after_how_long(
    broken: Cast, frozen: FrozenClock, sandbox: Sandbox
) -> None:
    _send(broken, *_ids(broken))
    frozen.advance(hours=5)
    sandbox.control("POST", "events", {"kind": "put_back", "user": ROSA, "organisation": BAKERY})
    probe_connection(_ids(broken)[0], anyway=True)
    text = text_of(broken.sam.client.get("/support/letters/"))
    assert "Recovered after 5 hours" in text
    assert "Still needs somebody" in text
    frozen.advance(days=31)
    assert "Nobody was written to" in text_of(broken.sam.client.get("/support/letters/"))


def test_what_came_of_it_asks_one_question_however_many_letters(broken: Cast) -> None:
    with CaptureQueriesContext(connection) as short:
        broken.sam.client.get("/support/letters/")
    _send(broken, *_ids(broken))
    with CaptureQueriesContext(connection) as long:
        broken.sam.client.get("/support/letters/")
    assert len(long) == len(short)


def test_the_room_offers_to_write_to_all_of_one_cause(broken: Cast) -> None:
    text = text_of(broken.sam.client.get("/support/?state=broken&cause=access_removed"))
    link = re.search(r'href="([^"]+all=1[^"]+)"', text)
    assert link is not None
    assert "Write to all 2" in text
    assert "2 letters to 2 accounts" in text_of(broken.sam.client.get(link[1].replace("&amp;", "&")))
