"""Reconnect: the same organisation and the same rights first; then the old grant is taken down, and nobody else notices."""

from datetime import timedelta

import pytest

from tandem.kernel.clock import FrozenClock
from tandem.kernel.scoping import scope
from tandem.testing.cast import Cast, Player
from tandem.testing.xero import AMIR, BAKERY, BOOKS, ROSA, SESSION_KEY, Connect, at_xero, calls_in, connections_in
from tandem.xero.connections.consent import finish_consent, start_consent
from tandem.xero.connections.consent_outcome import ConsentResult
from tandem.xero.connections.health import ConnectionState
from tandem.xero.connections.pages import get_connection_page
from tandem.xero.connections.probes import probe_connection
from tandem.xero.connections.state import read_health
from tandem.xero.models import Connection, Grant
from tandem.xero.oauth.flow import ConsentPurpose
from tandem_sandbox.testing import Sandbox

pytestmark = [pytest.mark.usefixtures("real_db"), pytest.mark.unmeasured]
RECONNECT = ConsentPurpose.RECONNECT


def retired_of(player: Player) -> list[Grant]:
    with scope(player.account.account_id):
        return list(Grant.objects.filter(role="retired"))


def primary_of(player: Player) -> Grant:
    with scope(player.account.account_id):
        return Grant.objects.get(role="primary")


def test_the_same_person_reconnects_and_the_connection_at_xero_stays(
    cast: Cast, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.alice)
    before = connections_in(sandbox, user=ROSA)
    assert connected(cast.alice, purpose=RECONNECT).result is ConsentResult.RECONNECTED
    assert [row["id"] for row in connections_in(sandbox, user=ROSA)] == [row["id"] for row in before]
    assert not [call for call in calls_in(sandbox, "/connections*") if call["method"] == "DELETE"]
    (old,) = retired_of(cast.alice)
    assert (old.refresh_token, old.access_token, old.leftover) == (None, None, "")
    assert probe_connection(cast.alice.account.account_id, anyway=True).state is ConnectionState.CONNECTED


@pytest.mark.parametrize("switch", ["keep", "kill"])
def test_the_same_person_reconnects_whatever_xero_does_to_the_earlier_sign_in(
    cast: Cast, sandbox: Sandbox, connected: Connect, switch: str
) -> None:
    sandbox.control("PATCH", "switches", {"new_consent_earlier_tokens": switch})
    connected(cast.alice)
    assert connected(cast.alice, purpose=RECONNECT).is_success
    assert read_health(cast.alice.actor).state is ConnectionState.CONNECTED


def test_another_person_takes_over_and_the_first_ones_connection_is_removed(
    cast: Cast, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.alice)
    assert connected(cast.alice, user=AMIR, purpose=RECONNECT).is_success
    assert not connections_in(sandbox, user=ROSA)
    assert len(connections_in(sandbox, user=AMIR, organisation=BAKERY)) == 1
    assert primary_of(cast.alice).holder_email == AMIR
    assert len(calls_in(sandbox, "/connect/revocation")) == 1
    assert get_connection_page(cast.alice.actor).leftovers == ()


def test_a_person_who_lost_access_is_replaced_and_the_gap_is_dated(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.alice)
    frozen.advance(minutes=20)
    sandbox.control("POST", "events", {"kind": "remove_user", "user": ROSA, "organisation": BAKERY})
    assert probe_connection(cast.alice.account.account_id).state is ConnectionState.BROKEN
    broken_at = frozen.now()
    frozen.advance(hours=5)
    assert connected(cast.alice, user=AMIR, purpose=RECONNECT).is_success
    assert read_health(cast.alice.actor).state is ConnectionState.CONNECTED
    with scope(cast.alice.account.account_id):
        connection = Connection.objects.get()
        assert connection.gap_since is not None
        assert connection.gap_until is not None
        assert abs(connection.gap_since - broken_at) < timedelta(seconds=1)
        assert abs(connection.gap_until - frozen.now()) < timedelta(seconds=1)
        assert connection.broken_at is None


def test_a_dead_sign_in_is_replaced_and_what_it_left_in_xero_is_named(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.alice)
    frozen.advance(days=61)
    assert probe_connection(cast.alice.account.account_id).state is ConnectionState.BROKEN
    assert connected(cast.alice, user=AMIR, purpose=RECONNECT).is_success
    (leftover,) = get_connection_page(cast.alice.actor).leftovers
    assert (leftover.name, leftover.code) == ("Rosa Byrne", "sign_in_dead")
    assert len(connections_in(sandbox, user=ROSA)) == 1


def test_a_connection_that_xero_keeps_listing_is_named(cast: Cast, sandbox: Sandbox, connected: Connect) -> None:
    connected(cast.alice)
    sandbox.control("POST", "faults", {"path": "/connections/*", "fault": "connection_left_behind"})
    assert connected(cast.alice, user=AMIR, purpose=RECONNECT).is_success
    (leftover,) = get_connection_page(cast.alice.actor).leftovers
    assert leftover.code == "left_behind"


def test_a_retirement_without_an_answer_is_finished_by_the_next_probe(
    cast: Cast, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.alice)
    sandbox.control("POST", "faults", {"path": "/connections/*", "fault": "dropped", "count": 1})
    assert connected(cast.alice, user=AMIR, purpose=RECONNECT).is_success
    assert len(connections_in(sandbox, user=ROSA)) == 1
    probe_connection(cast.alice.account.account_id)
    assert not connections_in(sandbox, user=ROSA)
    (old,) = retired_of(cast.alice)
    assert old.refresh_token is None
    assert old.retired_at is not None


def test_lesser_rights_do_not_replace_a_grant_that_works(cast: Cast, sandbox: Sandbox, connected: Connect) -> None:
    connected(cast.alice)
    before = primary_of(cast.alice).grant_id
    address = start_consent(cast.alice.actor, purpose=RECONNECT, session_key=SESSION_KEY)
    params = at_xero(sandbox, address, user=AMIR)
    sandbox.control("POST", "events", {"kind": "drop_payroll_admin", "user": AMIR, "organisation": BAKERY})
    outcome = finish_consent(session_key=SESSION_KEY, user_id=cast.alice.user.id, params=params)
    assert outcome.code == "payroll_refused"
    assert primary_of(cast.alice).grant_id == before
    assert probe_connection(cast.alice.account.account_id, anyway=True).state is ConnectionState.CONNECTED
    assert not connections_in(sandbox, user=AMIR)


def test_a_wrong_organisation_made_by_this_consent_is_removed_again(
    cast: Cast, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.alice)
    outcome = connected(cast.alice, user=AMIR, organisations=[BOOKS], purpose=RECONNECT)
    assert (outcome.result, outcome.code) == (ConsentResult.REFUSED, "wrong_organisation")
    assert BAKERY in outcome.message
    assert not connections_in(sandbox, organisation=BOOKS)
    assert primary_of(cast.alice).holder_email == ROSA
    assert probe_connection(cast.alice.account.account_id, anyway=True).state is ConnectionState.CONNECTED


def test_a_wrong_organisation_that_serves_another_account_is_left_alone(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.charlie, user=AMIR, organisations=[BOOKS])
    connected(cast.alice)
    (theirs,) = connections_in(sandbox, organisation=BOOKS)
    frozen.advance(minutes=1)
    sandbox.control("DELETE", "log")
    outcome = connected(cast.alice, user=AMIR, organisations=[BOOKS], purpose=RECONNECT)
    assert outcome.code == "wrong_organisation"
    assert "Nothing was removed in Xero" in outcome.message
    assert BOOKS not in outcome.message
    assert not [call for call in calls_in(sandbox) if call["method"] == "DELETE" or "payroll" in call["path"]]
    assert [row["id"] for row in connections_in(sandbox, organisation=BOOKS)] == [theirs["id"]]
    frozen.advance(minutes=30)
    for player in (cast.charlie, cast.alice):
        assert probe_connection(player.account.account_id).state is ConnectionState.CONNECTED


def test_a_wrong_organisation_that_was_connected_before_is_left_though_nobody_here_uses_it(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.alice)
    elsewhere = start_consent(cast.charlie.actor, purpose=ConsentPurpose.CONNECT, session_key="closed half-way")
    at_xero(sandbox, elsewhere, user=AMIR, organisations=[BOOKS])
    frozen.advance(hours=1)
    outcome = connected(cast.alice, user=AMIR, organisations=[BOOKS], purpose=RECONNECT)
    assert outcome.code == "wrong_organisation"
    assert len(connections_in(sandbox, organisation=BOOKS)) == 1


def test_a_bookkeeper_who_is_replaced_in_one_account_goes_on_serving_another(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.charlie, user=AMIR, organisations=[BOOKS])
    connected(cast.alice, user=AMIR)
    assert connected(cast.alice, user=ROSA, purpose=RECONNECT).is_success
    assert [row["user"] for row in connections_in(sandbox, organisation=BAKERY)] == [ROSA]
    frozen.advance(minutes=45)
    assert probe_connection(cast.charlie.account.account_id).state is ConnectionState.CONNECTED


def test_two_administrators_at_once_leave_one_grant_that_works(
    cast: Cast, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.alice)
    addresses = [start_consent(cast.alice.actor, purpose=RECONNECT, session_key=key) for key in ("one", "two")]
    answers = [at_xero(sandbox, address, user=user) for address, user in zip(addresses, (ROSA, AMIR), strict=True)]
    for key, params in zip(("one", "two"), answers, strict=True):
        assert finish_consent(session_key=key, user_id=cast.alice.user.id, params=params).is_success
    assert primary_of(cast.alice).holder_email == AMIR
    assert all(grant.refresh_token is None for grant in retired_of(cast.alice))
    assert probe_connection(cast.alice.account.account_id, anyway=True).state is ConnectionState.CONNECTED


def test_a_standby_is_stored_beside_the_primary_and_must_be_somebody_else(
    cast: Cast, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.alice)
    same = connected(cast.alice, purpose=ConsentPurpose.STANDBY)
    assert same.code == "standby_same_person"
    assert len(connections_in(sandbox, user=ROSA)) == 1
    assert connected(cast.alice, user=AMIR, purpose=ConsentPurpose.STANDBY).result is ConsentResult.STANDBY
    page = get_connection_page(cast.alice.actor)
    assert page.primary is not None
    assert page.standby is not None
    assert (page.primary.email, page.standby.email) == (ROSA, AMIR)
    assert probe_connection(cast.alice.account.account_id, anyway=True).state is ConnectionState.CONNECTED


def test_several_wrong_organisations_are_refused_together_and_no_list_of_them_is_shown(
    cast: Cast, sandbox: Sandbox, connected: Connect
) -> None:
    sandbox.control("POST", "reset", {"orgs": 5})
    rows = sandbox.control("GET", "world")["organisations"]
    third = next(row["name"] for row in rows if row["payroll"] == "ready" and row["name"] not in (BAKERY, BOOKS))
    connected(cast.alice)
    before = primary_of(cast.alice).grant_id
    outcome = connected(cast.alice, user=AMIR, organisations=[BOOKS, third], purpose=RECONNECT)
    assert (outcome.code, outcome.flow_id) == ("wrong_organisation", None)
    assert BOOKS not in outcome.message
    assert primary_of(cast.alice).grant_id == before
    assert not connections_in(sandbox, user=AMIR)
