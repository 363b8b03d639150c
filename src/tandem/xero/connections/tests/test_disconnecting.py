"""Disconnect: what is done at Xero, what is proved of it, and what the receipt says when it cannot be."""

from collections.abc import Iterator

import httpx2
import pytest

from tandem.kernel.clock import FrozenClock
from tandem.kernel.errors import NotPermitted
from tandem.kernel.scoping import scope
from tandem.testing.cast import Cast, Player
from tandem.testing.xero import AMIR, BAKERY, BOOKS, ROSA, Connect, calls_in, connections_in
from tandem.xero.client import transport
from tandem.xero.connections.consent_outcome import ConsentResult
from tandem.xero.connections.disconnecting import ReceiptRecord, disconnect, get_receipt
from tandem.xero.connections.health import ConnectionState
from tandem.xero.connections.probes import probe_connection
from tandem.xero.connections.session import NotConnected, open_session
from tandem.xero.connections.state import read_health
from tandem.xero.governor.rules import Purpose
from tandem.xero.mapping.fields import SharedField
from tandem.xero.matching.matching import Side
from tandem.xero.models import Connection, Due, Grant
from tandem.xero.oauth.flow import ConsentPurpose
from tandem.xero.preferences.actions import (
    compare_with_snapshot,
    get_preferences,
    restore_snapshot,
    save_preferences,
)
from tandem.xero.sync.preferences import Authority, Preferences
from tandem_sandbox.testing import Sandbox

pytestmark = [pytest.mark.usefixtures("real_db"), pytest.mark.unmeasured]
CHOSEN = Preferences(
    authority=Authority.XERO,
    auto_import=True,
    auto_export=True,
    interval_minutes=60,
    standing={SharedField.MOBILE: Side.HR},
)


def said(receipt: ReceiptRecord) -> dict[str, str]:
    return {step.step.value: step.code or step.outcome.value for step in receipt.steps}


def has_no_tokens(player: Player) -> bool:
    with scope(player.account.account_id):
        return not Grant.objects.exclude(refresh_token=None, access_token=None, previous_refresh_token=None).exists()


def test_a_disconnect_is_proved_step_by_step(cast: Cast, sandbox: Sandbox, connected: Connect) -> None:
    connected(cast.alice)
    receipt = disconnect(cast.alice.actor)
    assert [step.step.value for step in receipt.steps] == [
        "snapshot",
        "delete",
        "read_back",
        "revoke",
        "prove_dead",
        "destroy",
    ]
    assert {step.outcome.value for step in receipt.steps} == {"done"}
    assert (receipt.is_finished, receipt.where_to_look, receipt.organisation_name) == (True, "", BAKERY)
    assert not connections_in(sandbox)
    assert sandbox.control("GET", "world/tokens") == []
    assert has_no_tokens(cast.alice)
    assert not Due.objects.exists()
    assert read_health(cast.alice.actor).state is ConnectionState.DISCONNECTED
    with pytest.raises(NotConnected):
        open_session(cast.alice.account.account_id, purpose=Purpose.READ)
    with pytest.raises(NotConnected):
        disconnect(cast.alice.actor)


def test_only_who_may_manage_the_integration_disconnects(cast: Cast, sandbox: Sandbox, connected: Connect) -> None:
    connected(cast.alice)
    with pytest.raises(NotPermitted):
        disconnect(cast.bob.actor)
    assert len(connections_in(sandbox)) == 1


def test_a_bookkeepers_other_account_does_not_notice(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.charlie, user=AMIR, organisations=[BOOKS])
    connected(cast.alice, user=AMIR)
    receipt = disconnect(cast.alice.actor)
    assert said(receipt)["revoke"] == said(receipt)["prove_dead"] == "relied_on"
    assert said(receipt)["delete"] == said(receipt)["read_back"] == "done"
    assert [row["user"] for row in connections_in(sandbox)] == [AMIR]
    assert not calls_in(sandbox, "/connect/revocation")
    assert has_no_tokens(cast.alice)
    frozen.advance(minutes=40)
    assert probe_connection(cast.charlie.account.account_id).state is ConnectionState.CONNECTED


def test_a_connection_that_two_accounts_share_is_left(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.charlie, user=AMIR)
    frozen.advance(minutes=1)
    # Today a second account is refused; links from before that was so may still be shared.
    with scope(cast.charlie.account.account_id):
        Connection.objects.update(disconnected_at=frozen.now())
    assert connected(cast.alice, user=AMIR).is_success
    with scope(cast.charlie.account.account_id):
        Connection.objects.update(disconnected_at=None)
    receipt = disconnect(cast.alice.actor)
    assert said(receipt)["delete"] == said(receipt)["read_back"] == "used_elsewhere"
    frozen.advance(minutes=40)
    assert probe_connection(cast.charlie.account.account_id).state is ConnectionState.CONNECTED


def test_a_connection_left_behind_is_named_with_where_to_look(cast: Cast, sandbox: Sandbox, connected: Connect) -> None:
    connected(cast.alice)
    sandbox.control("POST", "faults", {"path": "/connections/*", "fault": "connection_left_behind"})
    receipt = disconnect(cast.alice.actor)
    assert said(receipt)["read_back"] == "left_behind"
    assert "Connected apps" in receipt.where_to_look


def test_a_dead_sign_in_proves_nothing_and_the_receipt_says_so(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.alice)
    frozen.advance(days=61)
    receipt = disconnect(cast.alice.actor)
    assert said(receipt) | {"snapshot": "", "destroy": ""} == {
        "snapshot": "",
        "delete": "sign_in_dead",
        "read_back": "sign_in_dead",
        "revoke": "sign_in_dead",
        "prove_dead": "sign_in_dead",
        "destroy": "",
    }
    assert "Manage app connections" in receipt.where_to_look
    assert len(connections_in(sandbox, user=ROSA)) == 1
    assert read_health(cast.alice.actor).state is ConnectionState.DISCONNECTED


def test_xero_away_leaves_a_receipt_that_claims_nothing(cast: Cast, sandbox: Sandbox, connected: Connect) -> None:
    connected(cast.alice)
    sandbox.control("POST", "faults", {"path": "*", "fault": "dropped"})
    receipt = disconnect(cast.alice.actor)
    assert {said(receipt)[step] for step in ("delete", "read_back", "revoke", "prove_dead")} == {"unproved"}
    assert receipt.where_to_look
    assert has_no_tokens(cast.alice)


class Crash(BaseException):
    """The process dies here."""


class CrashesAt(httpx2.BaseTransport):
    """Die before, or right after, one call."""

    def __init__(self, inner: httpx2.BaseTransport, *, at: int, after: bool) -> None:
        self._inner, self._left, self._after = inner, at, after

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        self._left -= 1
        if self._left == 0 and not self._after:
            raise Crash
        response = self._inner.handle_request(request)
        if self._left == 0:
            raise Crash
        return response


@pytest.fixture
def wire(sandbox: Sandbox) -> Iterator[httpx2.BaseTransport]:
    with httpx2.WSGITransport(app=sandbox.app) as inner:
        yield inner


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", [1, 2, 3, 4])
def test_a_crash_at_any_call_is_carried_on_to_the_same_end(
    cast: Cast,
    frozen: FrozenClock,
    sandbox: Sandbox,
    connected: Connect,
    wire: httpx2.BaseTransport,
    at: int,
    after: bool,
) -> None:
    connected(cast.alice)
    with transport.through(CrashesAt(wire, at=at, after=after)), pytest.raises(Crash):
        disconnect(cast.alice.actor)
    assert read_health(cast.alice.actor).state is ConnectionState.DISCONNECTED
    assert not get_receipt(cast.alice.actor).is_finished
    probe_connection(cast.alice.account.account_id)
    assert not get_receipt(cast.alice.actor).is_finished
    frozen.advance(minutes=3)
    probe_connection(cast.alice.account.account_id)
    receipt = get_receipt(cast.alice.actor)
    assert receipt.is_finished
    assert [step.step.value for step in receipt.steps].count("delete") == 1
    assert not connections_in(sandbox)
    assert has_no_tokens(cast.alice)


@pytest.mark.parametrize("user", [ROSA, AMIR])
@pytest.mark.parametrize("at", [1, 4])
def test_who_reconnects_after_a_crash_is_not_disconnected_by_what_was_left_to_do(
    cast: Cast,
    frozen: FrozenClock,
    sandbox: Sandbox,
    connected: Connect,
    wire: httpx2.BaseTransport,
    at: int,
    user: str,
) -> None:
    connected(cast.alice)
    with transport.through(CrashesAt(wire, at=at, after=False)), pytest.raises(Crash):
        disconnect(cast.alice.actor)
    assert connected(cast.alice, user=user, purpose=ConsentPurpose.RECONNECT).is_success
    frozen.advance(minutes=3)
    probe_connection(cast.alice.account.account_id)
    assert get_receipt(cast.alice.actor).is_finished
    assert read_health(cast.alice.actor).state is ConnectionState.CONNECTED
    assert len(connections_in(sandbox, user=user)) == 1
    assert {row.kind for row in Due.objects.all()} >= {"probe", "refresh"}
    frozen.advance(minutes=20)
    probe_connection(cast.alice.account.account_id)
    assert read_health(cast.alice.actor).state is ConnectionState.CONNECTED


def test_who_reconnects_after_a_crash_and_disconnects_again_is_disconnected(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect, wire: httpx2.BaseTransport
) -> None:
    connected(cast.alice)
    with transport.through(CrashesAt(wire, at=1, after=False)), pytest.raises(Crash):
        disconnect(cast.alice.actor)
    begun = get_receipt(cast.alice.actor)
    connected(cast.alice, purpose=ConsentPurpose.RECONNECT)
    frozen.advance(seconds=1)
    receipt = disconnect(cast.alice.actor)
    assert receipt.receipt_id != begun.receipt_id
    assert get_receipt(cast.alice.actor, receipt_id=begun.receipt_id).is_finished
    assert {step.outcome.value for step in receipt.steps} == {"done"}
    assert not connections_in(sandbox)
    assert has_no_tokens(cast.alice)
    assert not Due.objects.exists()


def test_a_second_press_after_a_crash_carries_the_same_receipt_on(
    cast: Cast, sandbox: Sandbox, connected: Connect, wire: httpx2.BaseTransport
) -> None:
    connected(cast.alice)
    with transport.through(CrashesAt(wire, at=1, after=True)), pytest.raises(Crash):
        disconnect(cast.alice.actor)
    begun = get_receipt(cast.alice.actor)
    receipt = disconnect(cast.alice.actor)
    assert (receipt.receipt_id, receipt.is_finished) == (begun.receipt_id, True)
    assert said(receipt)["delete"] == "gone"


def test_settings_stay_two_ticks_go_and_one_press_brings_them_back(
    cast: Cast, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.alice)
    save_preferences(cast.alice.actor, CHOSEN)
    disconnect(cast.alice.actor)
    kept = get_preferences(cast.alice.actor).preferences
    assert (kept.auto_import, kept.auto_export) == (False, False)
    assert (kept.authority, kept.interval_minutes) == (Authority.XERO, 60)
    assert connected(cast.alice, user=AMIR).result is ConsentResult.RECONNECTED
    differences = compare_with_snapshot(cast.alice.actor)
    assert [(item.field, item.then, item.now) for item in differences] == [
        ("auto_import", True, False),
        ("auto_export", True, False),
    ]
    restored = restore_snapshot(cast.alice.actor)
    assert restored.preferences == CHOSEN
    assert compare_with_snapshot(cast.alice.actor) == []
    assert restore_snapshot(cast.alice.actor).version == restored.version


def test_after_a_disconnect_another_organisation_may_be_connected_while_nobody_is_linked(
    cast: Cast, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.alice)
    disconnect(cast.alice.actor)
    outcome = connected(cast.alice, user=AMIR, organisations=[BOOKS])
    assert (outcome.is_success, outcome.organisation_name) == (True, BOOKS)
