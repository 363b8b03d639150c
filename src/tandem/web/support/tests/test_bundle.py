"""The diagnostic bundle: enough to find a fault, and refused as soon as a canary sits anywhere in it."""

import json

import pytest

from tandem.kernel import clock
from tandem.kernel.scoping import scope
from tandem.testing.cast import Cast, text_of
from tandem.testing.xero import Connect
from tandem.timeline.actions import record
from tandem.timeline.events import Event
from tandem.timeline.models import Entry
from tandem.xero.models import Connection, Evidence, Grant, Run
from tandem_sandbox.testing import Sandbox

pytestmark = pytest.mark.unmeasured

CANARIES = ("Okafor", "123456782")


@pytest.fixture
def linked(cast: Cast, sandbox: Sandbox, connected: Connect) -> Cast:
    """The bakery, connected."""
    connected(cast.alice)
    return cast


def _of_support(cast: Cast) -> str:
    return f"/support/{cast.alice.account.account_id}/bundle/"


def _plant(cast: Cast, place: str, canary: str) -> None:
    account_id, now = cast.alice.account.account_id, clock.now()
    with scope(account_id):
        link = Connection.objects.get(account_id=account_id)
        if place == "evidence":
            Evidence.objects.filter(account_id=account_id).update(correlation_id=canary)
        elif place == "grant":
            Grant.objects.filter(account_id=account_id).update(died_of=canary, leftover="")
        elif place == "timeline":
            record(cast.alice.actor, Event.STATE_CHANGED, facts={"cause": canary})
        else:
            counts = {canary: 1} if place == "count" else {}
            stop_code = canary if place == "run" else ""
            Run.objects.create(
                account_id=account_id,
                connection=link,
                kind="import",
                reach="everything",
                trigger="person",
                status="failed",
                stop_code=stop_code,
                created_at=now,
                counts=counts,
            )


@pytest.mark.parametrize("place", ["evidence", "grant", "timeline", "run", "count"])
@pytest.mark.parametrize("canary", [CANARIES[0], CANARIES[1]])
def test_a_canary_anywhere_keeps_the_bundle_back(linked: Cast, place: str, canary: str) -> None:
    _plant(linked, place, canary)
    for player, address in ((linked.sam, _of_support(linked)), (linked.alice, linked.alice.url("xero/bundle/"))):
        response = player.client.post(address, follow=True)
        assert "The bundle was not handed out" in text_of(response)
    with scope(linked.alice.account.account_id):
        assert not Entry.objects.filter(event="support.bundle_taken").exists()


def test_support_and_administrators_get_it_and_the_timeline_says_so(linked: Cast) -> None:
    for player, address in ((linked.sam, _of_support(linked)), (linked.alice, linked.alice.url("xero/bundle/"))):
        response = player.client.post(address)
        assert response.headers["Content-Disposition"].startswith("attachment")
        bundle = json.loads(response.content)
        assert {"versions", "windows", "connection", "evidence", "runs", "due", "timeline"} <= set(bundle)
        assert any(line["correlation_id"] for line in bundle["evidence"])
        for word in ("Rosa", "Byrne", "Alice", "Okafor", "@", "Harbour"):
            assert word not in text_of(response)
    with scope(linked.alice.account.account_id):
        assert Entry.objects.filter(event="support.bundle_taken").count() == 2


def test_nobody_else_gets_it(linked: Cast) -> None:
    assert linked.bob.client.post(linked.alice.url("xero/bundle/")).status_code == 403
    for player in (linked.alice, linked.charlie):
        assert player.client.post(_of_support(linked)).status_code == 404
