"""A second person's grant: proved like the first, carries on when the first can not, and is given up without harm."""

from datetime import timedelta
from typing import Any

import pytest

from tandem.access.roles import Role
from tandem.flows.people import terminate
from tandem.kernel.clock import FrozenClock
from tandem.kernel.errors import Invalid, NotPermitted
from tandem.kernel.scoping import scope
from tandem.notices.models import Letter
from tandem.notices.selectors import list_open
from tandem.people.actions import hire_employee
from tandem.people.records import EmployeeDetails, EmployeeRecord, TerminationReason
from tandem.tenancy.actions import open_account
from tandem.testing.cast import Cast, Player, join
from tandem.testing.xero import (
    AMIR,
    BAKERY,
    BOOKS,
    NOOR,
    ROSA,
    SESSION_KEY,
    WENDY,
    Connect,
    at_xero,
    calls_in,
    connections_in,
)
from tandem.timeline.selectors import list_entries
from tandem.xero.client import identity, transport
from tandem.xero.connections.causes import Cause, Concern, StepCode
from tandem.xero.connections.consent import finish_consent, start_consent
from tandem.xero.connections.disconnecting import disconnect
from tandem.xero.connections.health import ConnectionState, Health, Light
from tandem.xero.connections.pages import get_connection_page
from tandem.xero.connections.probes import probe_connection
from tandem.xero.connections.session import open_session
from tandem.xero.connections.standby import last_takeover, put_off_standby, want_standby
from tandem.xero.connections.state import read_health
from tandem.xero.connections.takeover import retire_standby, swap, take_over
from tandem.xero.governor.rules import Purpose
from tandem.xero.models import Connection, Grant
from tandem.xero.oauth import vault
from tandem.xero.oauth.flow import ConsentPurpose
from tandem_sandbox.testing import Sandbox

pytestmark = [pytest.mark.usefixtures("real_db"), pytest.mark.unmeasured]
STANDBY, RECONNECT = ConsentPurpose.STANDBY, ConsentPurpose.RECONNECT
GONE = {"kind": "remove_user", "user": ROSA, "organisation": BAKERY}


@pytest.fixture
def two_keys(cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect) -> Player:
    """Alice's account: Rosa carries it, Amir stands by."""

    def stand_by() -> None:
        connected(cast.alice)
        assert connected(cast.alice, user=AMIR, purpose=STANDBY).is_success
        frozen.advance(minutes=15)

    connected.stand("two keys", stand_by)
    return cast.alice


def probe(player: Player) -> Health:
    return probe_connection(player.account.account_id)


def holders(player: Player) -> dict[str, str]:
    with scope(player.account.account_id):
        return dict(Grant.objects.exclude(role="quarantined").values_list("role", "holder_email"))


def letters(player: Player) -> list[Letter]:
    with scope(player.account.account_id):
        return list(Letter.objects.order_by("written_at"))


def hire_rosa(cast: Cast) -> EmployeeRecord:
    details = EmployeeDetails(first_name="Rosa", last_name="Byrne", work_email=ROSA)
    return hire_employee(cast.alice.actor, details=details)


@pytest.mark.parametrize(
    ("event", "cause", "left"),
    [
        (GONE, Cause.ACCESS_REMOVED, "standby"),
        ({**GONE, "kind": "drop_payroll_admin"}, Cause.PAYROLL_PERMISSION_LOST, "standby"),
        ({**GONE, "kind": "disconnect_app"}, Cause.DISCONNECTED_IN_XERO, "standby"),
    ],
)
def test_the_standby_carries_on_within_the_probe_that_finds_the_first_refused(
    two_keys: Player, sandbox: Sandbox, event: dict[str, Any], cause: Cause, left: str
) -> None:
    sandbox.control("POST", "events", event)
    health = probe(two_keys)
    assert health.is_green
    assert health.lights[Light.DATA].is_proved
    assert holders(two_keys) == {"primary": AMIR, left: ROSA}
    report = last_takeover(two_keys.actor)
    assert report is not None
    assert (report.because, report.from_name, report.to_name) == (cause.value, "Rosa Byrne", "Amir Lim")
    assert report.written_twice == 0
    assert health.concerns == (Concern.NO_STANDBY,)
    assert health.next_step.code is StepCode.ADD_STANDBY
    with scope(two_keys.account.account_id):
        assert Connection.objects.get().gap_since is None


def test_people_hear_once_that_the_standby_carries_and_that_a_new_one_is_needed(
    two_keys: Player, sandbox: Sandbox, connected: Connect
) -> None:
    sandbox.control("POST", "events", GONE)
    probe(two_keys)
    assert [notice.kind for notice in list_open(two_keys.actor)] == ["standby_needed"]
    letter = letters(two_keys)[-1]
    assert "nothing is written twice" in letter.body
    assert "12:15 on 23 Nov 2026" in letter.body
    for name in ("Rosa", "Amir"):
        assert name not in letter.subject + letter.body
    told = len(letters(two_keys))
    probe(two_keys)
    assert len(letters(two_keys)) == told
    events = [entry.event for entry in list_entries(two_keys.actor, limit=100)]
    assert events.count("grant.taken_over") == 1
    sandbox.control("POST", "events", {**GONE, "kind": "restore_payroll_admin", "user": WENDY})
    assert connected(two_keys, user=WENDY, purpose=STANDBY).is_success
    assert list_open(two_keys.actor) == []
    assert read_health(two_keys.actor).state is ConnectionState.CONNECTED


def test_a_sign_in_that_died_is_retired_and_what_it_left_is_named(two_keys: Player, frozen: FrozenClock) -> None:
    with scope(two_keys.account.account_id):
        rosa = Grant.objects.get(role="primary")
        token = vault.refresh_token_of(rosa)
    revoke = identity.revoke(token)
    transport.send(revoke, credentials=identity.app_credentials())
    frozen.advance(minutes=16)
    assert probe(two_keys).is_green
    assert holders(two_keys) == {"primary": AMIR, "retired": ROSA}
    (leftover,) = get_connection_page(two_keys.actor).leftovers
    assert leftover.code == "sign_in_dead"


def test_a_standby_is_proved_every_hour_though_calls_prove_the_first_all_the_time(
    two_keys: Player, frozen: FrozenClock, sandbox: Sandbox
) -> None:
    sandbox.control("POST", "events", {**GONE, "user": AMIR})
    for _ in range(5):
        frozen.advance(minutes=14)
        open_session(two_keys.account.account_id, purpose=Purpose.PERSON).list_employees()
        frozen.advance(minutes=1)
        health = probe(two_keys)
    assert health.concerns == (Concern.NO_STANDBY,)


def test_one_slip_of_xero_changes_no_roles(two_keys: Player, sandbox: Sandbox) -> None:
    sandbox.control(
        "POST", "faults", {"path": "/payroll.xro/1.0/employees*", "fault": "status", "status": 403, "count": 1}
    )
    probe(two_keys)
    assert holders(two_keys) == {"primary": ROSA, "standby": AMIR}
    assert probe(two_keys).state is ConnectionState.CONNECTED


def test_nobody_takes_over_where_both_are_refused_and_the_organisation_is_named(
    two_keys: Player, sandbox: Sandbox
) -> None:
    sandbox.control("POST", "events", {"kind": "end_trial", "organisation": BAKERY})
    health = probe(two_keys)
    assert (health.state, health.cause, health.certain) == (
        ConnectionState.BROKEN,
        Cause.ORGANISATION_UNAVAILABLE,
        False,
    )
    assert holders(two_keys) == {"primary": ROSA, "standby": AMIR}


def test_nobody_takes_over_while_xero_is_down(two_keys: Player, sandbox: Sandbox) -> None:
    sandbox.control("POST", "faults", {"path": "*", "fault": "status", "status": 503})
    assert probe(two_keys).state is ConnectionState.WAITING
    assert not take_over(two_keys.account.account_id)
    assert holders(two_keys) == {"primary": ROSA, "standby": AMIR}


def test_two_that_see_the_break_at_once_change_the_roles_once(two_keys: Player, sandbox: Sandbox) -> None:
    sandbox.control("POST", "events", GONE)
    probe(two_keys)
    assert not take_over(two_keys.account.account_id)
    assert holders(two_keys)["primary"] == AMIR
    with scope(two_keys.account.account_id):
        assert len(list_entries(two_keys.actor, limit=100, events={"grant.taken_over"})) == 1


def test_access_that_comes_back_makes_the_first_a_standby_again(
    two_keys: Player, frozen: FrozenClock, sandbox: Sandbox
) -> None:
    sandbox.control("POST", "events", GONE)
    probe(two_keys)
    sandbox.control("POST", "events", {"kind": "put_back"})
    frozen.advance(minutes=65)
    health = probe(two_keys)
    assert health.state is ConnectionState.CONNECTED
    assert health.concerns == ()


def test_a_standby_who_comes_long_after_the_break_takes_over_and_the_gap_waits_for_its_report(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.alice)
    frozen.advance(minutes=15)
    sandbox.control("POST", "events", GONE)
    probe(cast.alice)
    frozen.advance(hours=5)
    assert connected(cast.alice, user=AMIR, purpose=STANDBY).is_success
    assert probe(cast.alice).is_green
    assert holders(cast.alice)["primary"] == AMIR
    with scope(cast.alice.account.account_id):
        connection = Connection.objects.get()
    assert connection.gap_since is not None
    assert connection.gap_until is not None
    assert connection.gap_until - connection.gap_since > timedelta(hours=4)


def test_on_the_last_day_the_standby_carries_before_anything_breaks(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    rosa = hire_rosa(cast)
    connected(cast.alice)
    connected(cast.alice, user=AMIR, purpose=STANDBY)
    terminate(
        cast.bob.actor,
        employee_id=rosa.employee_id,
        termination_on=frozen.now().date() + timedelta(days=1),
        reason=TerminationReason.VOLUNTARY,
    )
    assert probe(cast.alice).concerns[0] is Concern.AUTHORISER_LEAVING
    frozen.advance(days=1)
    health = probe(cast.alice)
    assert health.is_green
    assert not health.blocks_writes
    assert holders(cast.alice) == {"primary": AMIR, "retired": ROSA}
    assert not connections_in(sandbox, user=ROSA, organisation=BAKERY)
    assert [notice.kind for notice in list_open(cast.alice.actor)] == ["standby_needed"]
    assert "Rosa" not in letters(cast.alice)[-1].body


def test_a_person_swaps_the_two_and_nothing_else_changes(two_keys: Player, sandbox: Sandbox) -> None:
    swap(two_keys.actor)
    assert holders(two_keys) == {"primary": AMIR, "standby": ROSA}
    assert len(connections_in(sandbox, organisation=BAKERY)) == 2
    assert probe(two_keys).state is ConnectionState.CONNECTED
    assert list_open(two_keys.actor) == []
    swap(two_keys.actor)
    assert holders(two_keys) == {"primary": ROSA, "standby": AMIR}


def test_a_standby_whom_xero_refuses_can_not_be_swapped_in(two_keys: Player, sandbox: Sandbox) -> None:
    sandbox.control("POST", "events", {**GONE, "user": AMIR})
    with pytest.raises(Invalid, match="does not give payroll to the standby"):
        swap(two_keys.actor)
    assert holders(two_keys) == {"primary": ROSA, "standby": AMIR}


def test_only_administrators_touch_the_keys(two_keys: Player, cast: Cast) -> None:
    for act in (swap, retire_standby, put_off_standby):
        with pytest.raises(NotPermitted):
            act(cast.bob.actor)
    with pytest.raises(NotPermitted):
        want_standby(cast.bob.actor, wanted=False)


def test_a_second_key_needs_the_same_rights_as_the_first(cast: Cast, sandbox: Sandbox, connected: Connect) -> None:
    connected(cast.alice)
    address = start_consent(cast.alice.actor, purpose=STANDBY, session_key=SESSION_KEY)
    params = at_xero(sandbox, address, user=AMIR)
    sandbox.control("POST", "events", {"kind": "drop_payroll_admin", "user": AMIR, "organisation": BAKERY})
    outcome = finish_consent(session_key=SESSION_KEY, user_id=cast.alice.user.id, params=params)
    assert outcome.code == "payroll_refused"
    assert holders(cast.alice) == {"primary": ROSA}
    assert connected(cast.alice, user=AMIR, organisations=[BOOKS], purpose=STANDBY).code == "wrong_organisation"
    assert holders(cast.alice) == {"primary": ROSA}


def test_a_standby_may_renew_the_consent_and_may_become_the_one_who_carries(
    two_keys: Player, sandbox: Sandbox, connected: Connect
) -> None:
    assert connected(two_keys, user=AMIR, purpose=STANDBY).is_success
    assert holders(two_keys)["standby"] == AMIR
    assert connected(two_keys, user=AMIR, purpose=RECONNECT).is_success
    with scope(two_keys.account.account_id):
        live = Grant.objects.filter(role__in=["primary", "standby"])
        assert list(live.values_list("role", "holder_email")) == [("primary", AMIR)]
    assert probe(two_keys).is_green


def test_a_standby_is_asked_for_from_the_second_day_and_not_now_is_heard(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.alice)
    assert probe_connection(cast.alice.account.account_id, anyway=True).concerns == ()
    frozen.advance(days=1)
    assert probe(cast.alice).concerns == (Concern.NO_STANDBY,)
    put_off_standby(cast.alice.actor)
    assert read_health(cast.alice.actor).state is ConnectionState.CONNECTED
    frozen.advance(days=31)
    assert probe(cast.alice).concerns == (Concern.NO_STANDBY,)
    want_standby(cast.alice.actor, wanted=False)
    assert read_health(cast.alice.actor).state is ConnectionState.CONNECTED
    want_standby(cast.alice.actor, wanted=True)
    assert read_health(cast.alice.actor).state is ConnectionState.ATTENTION


def test_a_standby_is_proved_every_hour_on_its_own_clock(
    two_keys: Player, frozen: FrozenClock, sandbox: Sandbox
) -> None:
    sandbox.control("DELETE", "log")
    for _ in range(8):
        probe(two_keys)
        frozen.advance(minutes=15)
    by_amir = [call for call in calls_in(sandbox, "/payroll.xro/*") if call["user"] == AMIR]
    assert 2 <= len(by_amir) <= 3


def test_giving_a_standby_up_ends_that_link_and_leaves_the_other_alone(
    two_keys: Player, frozen: FrozenClock, sandbox: Sandbox
) -> None:
    retire_standby(two_keys.actor)
    assert holders(two_keys) == {"primary": ROSA, "retired": AMIR}
    assert [row["user"] for row in connections_in(sandbox, organisation=BAKERY)] == [ROSA]
    assert len(calls_in(sandbox, "/connect/revocation")) == 1
    frozen.advance(minutes=31)
    assert probe(two_keys).state is ConnectionState.CONNECTED
    with pytest.raises(Invalid, match="no standby any more"):
        retire_standby(two_keys.actor)


def test_a_bookkeeper_of_three_accounts_is_revoked_only_when_the_last_lets_go(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect, third: Player
) -> None:
    connected(cast.alice)
    connected(cast.alice, user=AMIR, purpose=STANDBY)
    connected(cast.charlie, user=AMIR, organisations=[BOOKS])
    connected(third, user=AMIR, organisations=[third_organisation(sandbox)])
    retire_standby(cast.alice.actor)
    assert not connections_in(sandbox, user=AMIR, organisation=BAKERY)
    assert not calls_in(sandbox, "/connect/revocation")
    frozen.advance(minutes=31)
    for player in (cast.alice, cast.charlie, third):
        assert probe(player).state is ConnectionState.CONNECTED
    disconnect(cast.charlie.actor)
    assert not calls_in(sandbox, "/connect/revocation")
    assert probe_connection(third.account.account_id, anyway=True).state is ConnectionState.CONNECTED
    disconnect(third.actor)
    assert len(calls_in(sandbox, "/connect/revocation")) == 1
    assert not connections_in(sandbox, user=AMIR)
    assert probe_connection(cast.alice.account.account_id, anyway=True).state is ConnectionState.CONNECTED


def third_organisation(sandbox: Sandbox) -> str:
    rows = sandbox.control("GET", "world")["organisations"]
    return next(str(row["name"]) for row in rows if row["payroll"] == "ready" and row["name"] not in (BAKERY, BOOKS))


@pytest.fixture
def third(cast: Cast, sandbox: Sandbox) -> Player:
    """A third account, and a third organisation."""
    sandbox.control("POST", "reset", {"orgs": 5})
    account = open_account(slug="third-avenue", name="Third Avenue", brand_key="tandem", time_zone="Australia/Perth")
    return join(account, "Tess Adams", Role.ACCOUNT_ADMIN)


def test_somebody_without_any_right_in_xero_can_not_stand_by(cast: Cast, sandbox: Sandbox, connected: Connect) -> None:
    connected(cast.alice)
    address = start_consent(cast.alice.actor, purpose=STANDBY, session_key=SESSION_KEY)
    with pytest.raises(Exception, match="409"):
        at_xero(sandbox, address, user=NOOR)
    assert holders(cast.alice) == {"primary": ROSA}
