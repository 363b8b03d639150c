"""Move to another organisation: two people, one proved consent, and everything of the old organisation kept aside."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from tandem.access.actions import set_access
from tandem.access.roles import Role
from tandem.access.selectors import list_members
from tandem.kernel.actor import Actor
from tandem.kernel.clock import FrozenClock
from tandem.kernel.errors import Invalid, NotFound, NotPermitted
from tandem.kernel.scoping import scope
from tandem.notices.selectors import list_letters, list_open
from tandem.testing.cast import Cast, Player, join
from tandem.testing.xero import AMIR, BAKERY, BOOKS, ROSA, SESSION_KEY, Connect, at_xero, calls_in, connections_in
from tandem.timeline.events import Event
from tandem.timeline.selectors import list_entries
from tandem.xero import facade
from tandem.xero.connections import readiness
from tandem.xero.connections.consent import finish_consent, start_consent
from tandem.xero.connections.consent_outcome import ConsentOutcome, ConsentResult
from tandem.xero.connections.moving import MoveRecord, close_expired
from tandem.xero.connections.readiness import Proof
from tandem.xero.connections.session import XeroSession
from tandem.xero.facade import ConnectionState, ConsentPurpose, MoveStanding
from tandem.xero.governor.rules import Purpose
from tandem.xero.models import Binding, Connection, Grant, XeroPerson
from tandem.xero.schedule.actions import run_due
from tandem.xero.sync.desk import Desk
from tandem.xero.sync.lease import Lease, LeaseLost
from tandem.xero.sync.tests.office import Office
from tandem_sandbox.testing import Sandbox

pytestmark = [pytest.mark.usefixtures("real_db"), pytest.mark.unmeasured]
MOVE, RECONNECT = ConsentPurpose.MOVE, ConsentPurpose.RECONNECT
WHY = "We sold the bakery"
WORKS = (ConnectionState.CONNECTED, ConnectionState.ATTENTION, ConnectionState.UNPROVEN)
Counted = Callable[[Callable[[], object]], int]


@pytest.fixture
def erin(cast: Cast) -> Player:
    """A second administrator."""
    return join(cast.alice.account, "Erin Walsh", Role.ACCOUNT_ADMIN)


def ask(player: Player, **changes: object) -> MoveRecord:
    asked = {"to_name": BOOKS, "confirmed": BAKERY, "reason": WHY, **changes}
    return facade.ask_to_move(player.actor, **asked)  # type: ignore[arg-type]  # by field


def approved(cast: Cast, erin: Player, **changes: object) -> None:
    ask(cast.alice, **changes)
    facade.approve_move(erin.actor)


def moved(cast: Cast, connected: Connect, *organisations: str) -> ConsentOutcome:
    return connected(cast.alice, user=AMIR, organisations=organisations or (BOOKS,), purpose=MOVE)


def in_use(player: Player) -> Connection:
    with scope(player.account.account_id):
        return Connection.objects.get()


def standing(player: Player) -> MoveStanding:
    move = facade.find_move(player.actor)
    assert move is not None
    return move.standing


def has_notice(player: Player) -> bool:
    return any(one.kind == "move_asked" for one in list_open(player.actor))


def state_of(player: Player) -> ConnectionState:
    return facade.connection_summary(player.actor).state


# --- asking and approving ---


def test_a_request_is_typed_whole_or_not_taken(cast: Cast, connected: Connect, erin: Player) -> None:
    del erin
    connected(cast.alice)
    wrong = (("confirmed", BOOKS), ("confirmed", ""), ("to_name", " "), ("to_name", "x" * 201), ("reason", "so"))
    for field, typed in wrong:
        with pytest.raises(Invalid) as refused:
            ask(cast.alice, **{field: typed})
        assert [problem.field for problem in refused.value.problems] == [field]
    assert facade.find_move(cast.alice.actor) is None


def test_one_person_alone_moves_nothing(cast: Cast, connected: Connect) -> None:
    with pytest.raises(Invalid, match="never connected"):
        ask(cast.alice)
    connected(cast.alice)
    with pytest.raises(Invalid, match="Nobody else is an administrator"):
        ask(cast.alice)
    erin = join(cast.alice.account, "Erin Walsh", Role.ACCOUNT_ADMIN)
    system = Actor.system(cast.alice.account.account_id, because="a test")
    with pytest.raises(NotPermitted):
        ask(cast.bob)
    with pytest.raises(Invalid, match="Only a person"):
        facade.ask_to_move(system, to_name=BOOKS, confirmed=BAKERY, reason=WHY)
    with pytest.raises(NotFound):
        ask(cast.alice, back_to=uuid4())
    with pytest.raises(Invalid, match="No move waits"):
        facade.approve_move(erin.actor)
    ask(cast.alice)
    with pytest.raises(Invalid, match="You asked for this move"):
        facade.approve_move(cast.alice.actor)
    with pytest.raises(Invalid, match="Only a person"):
        facade.approve_move(system)
    with pytest.raises(Invalid, match="asked for already"):
        ask(erin)
    with pytest.raises(NotPermitted):
        facade.approve_move(cast.bob.actor)
    assert standing(cast.alice) is MoveStanding.WAITING


def test_the_other_administrators_are_told_and_the_notice_goes_with_the_request(
    cast: Cast, frozen: FrozenClock, connected: Connect, erin: Player
) -> None:
    connected(cast.alice)
    ask(cast.alice)
    letters = [letter for letter in list_letters(erin.actor) if "a move to another Xero organisation" in letter.subject]
    assert [letter.to_address for letter in letters] == [erin.user.email]
    assert has_notice(erin)
    facade.refuse_move(erin.actor)
    assert (has_notice(erin), standing(cast.alice)) == (False, MoveStanding.REFUSED)
    frozen.advance(minutes=1)
    ask(cast.alice)
    facade.withdraw_move(erin.actor)
    assert (has_notice(erin), standing(cast.alice)) == (False, MoveStanding.WITHDRAWN)
    with pytest.raises(Invalid, match="No move is asked for"):
        facade.withdraw_move(cast.alice.actor)
    frozen.advance(minutes=1)
    ask(cast.alice)
    frozen.advance(days=3)
    with pytest.raises(Invalid, match="No move waits"):
        facade.approve_move(erin.actor)
    assert (has_notice(erin), standing(cast.alice)) == (True, MoveStanding.EXPIRED)
    ask(cast.alice)
    frozen.advance(days=4)
    assert close_expired(cast.alice.account.account_id)
    assert not close_expired(cast.alice.account.account_id)
    assert (has_notice(erin), standing(cast.alice)) == (False, MoveStanding.EXPIRED)


# --- nothing happens before it is approved, and nothing where it falls short ---


def test_without_an_approval_in_force_nobody_gets_to_xero_or_back(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect, erin: Player
) -> None:
    connected(cast.alice)
    approved(cast, erin)
    address = start_consent(cast.alice.actor, purpose=MOVE, session_key=SESSION_KEY)
    params = at_xero(sandbox, address, user=AMIR, organisations=[BOOKS])
    facade.withdraw_move(erin.actor)
    outcome = finish_consent(session_key=SESSION_KEY, user_id=cast.alice.user.id, params=params)
    assert outcome.code == "move_not_approved"
    for trouble in ("nothing asked", "not approved", "approval over", "approver gone"):
        if trouble == "not approved":
            ask(cast.alice)
        if trouble == "approval over":
            facade.approve_move(erin.actor)
            frozen.advance(days=1)
        if trouble == "approver gone":
            approved(cast, erin)
            member = next(one for one in list_members(cast.alice.actor) if one.user_id == erin.user.id)
            set_access(cast.alice.actor, membership_id=member.membership_id, is_active=False)
        with pytest.raises(Invalid, match="not approved"):
            start_consent(cast.alice.actor, purpose=MOVE, session_key=SESSION_KEY)
    assert in_use(cast.alice).tenant_name == BAKERY


def test_a_consent_that_falls_short_leaves_the_old_connection_as_it_was(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect, erin: Player
) -> None:
    connected(cast.alice)
    frozen.advance(minutes=1)
    approved(cast, erin, to_name="Somebody Else Pty Ltd")
    sandbox.control("DELETE", "log")
    for organisation in (BOOKS, BAKERY):
        outcome = moved(cast, connected, organisation)
        assert (outcome.result, outcome.code) == (ConsentResult.REFUSED, "wrong_move")
        assert "Somebody Else Pty Ltd" in outcome.message
        assert BOOKS not in outcome.message
    assert not calls_in(sandbox, "/payroll.xro/*")
    assert standing(cast.alice) is MoveStanding.APPROVED
    facade.withdraw_move(cast.alice.actor)
    approved(cast, erin)
    sandbox.control("POST", "faults", {"path": "/payroll.xro/1.0/Settings*", "fault": "dropped"})
    assert moved(cast, connected).code == "xero_away"
    sandbox.control("DELETE", "faults")
    address = start_consent(cast.alice.actor, purpose=MOVE, session_key=SESSION_KEY)
    params = at_xero(sandbox, address, user=AMIR, organisations=[BOOKS])
    sandbox.control("POST", "events", {"kind": "drop_payroll_admin", "user": AMIR, "organisation": BOOKS})
    refused = finish_consent(session_key=SESSION_KEY, user_id=cast.alice.user.id, params=params)
    assert refused.code == "payroll_refused"
    sandbox.control("POST", "events", {"kind": "restore_payroll_admin", "user": AMIR, "organisation": BOOKS})
    assert connected(cast.charlie, user=AMIR, organisations=[BOOKS]).is_success
    assert moved(cast, connected).code == "organisation_in_use"
    assert in_use(cast.alice).tenant_name == BAKERY
    assert facade.list_earlier(cast.alice.actor) == []
    assert facade.probe_now(cast.alice.actor).state in WORKS
    assert facade.probe_now(cast.charlie.actor).state in WORKS
    assert [row["user"] for row in connections_in(sandbox, organisation=BAKERY)] == [ROSA]


def test_a_consent_for_the_old_organisation_that_comes_back_late_changes_nothing(
    cast: Cast, sandbox: Sandbox, connected: Connect, erin: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two administrators at once: one moves between the other's proof and its last step."""
    connected(cast.alice)
    approved(cast, erin)
    address = start_consent(erin.actor, purpose=RECONNECT, session_key="another")
    params = at_xero(sandbox, address, user=AMIR)
    prove = readiness.prove

    def meanwhile(session: XeroSession) -> Proof:
        found = prove(session)
        monkeypatch.setattr(readiness, "prove", prove)
        assert moved(cast, connected).result is ConsentResult.MOVED
        return found

    monkeypatch.setattr(readiness, "prove", meanwhile)
    late = finish_consent(session_key="another", user_id=erin.user.id, params=params)
    assert late.code == "moved_meanwhile"
    assert in_use(cast.alice).tenant_name == BOOKS


# --- the move ---


def test_the_move_keeps_the_old_organisation_whole_and_nothing_meant_for_it_goes_elsewhere(
    at_work: Office, cast: Cast, sandbox: Sandbox, connected: Connect, erin: Player, count_queries: Counted
) -> None:
    assert connected(cast.alice, user=AMIR, purpose=ConsentPurpose.STANDBY).is_success
    link = facade.make_guest_link(cast.alice.actor, purpose=ConsentPurpose.STANDBY, made_for="The bookkeeper")
    at_work.hire()
    preview = at_work.preview()
    facade.approve_run(cast.alice.actor, preview.summary.run_id)
    old, questions = in_use(cast.alice), count_queries(lambda: facade.list_earlier(cast.alice.actor))
    approved(cast, erin)
    at_work.forget_calls()
    outcome = moved(cast, connected)
    assert (outcome.result, outcome.organisation_name) == (ConsentResult.MOVED, BOOKS)
    run_due()
    assert not at_work.calls("POST") + at_work.calls("PUT")
    assert at_work.page(preview.summary.run_id).summary.status is facade.RunStatus.CANCELLED
    with pytest.raises(LeaseLost):
        _desk(cast, old, preview.summary.run_id).open_session(Purpose.WRITE)
    assert not connections_in(sandbox, organisation=BAKERY)
    page = facade.get_connection_page(cast.alice.actor)
    assert page.summary.organisation_name == BOOKS
    assert page.primary is not None
    assert (page.primary.email, page.standby) == (AMIR, None)
    (shown,) = [one for one in facade.list_guest_links(cast.alice.actor) if one.link_id == link.record.link_id]
    assert shown.standing is facade.GuestStanding.MOVED
    with scope(cast.alice.account.account_id):
        assert Binding.objects.filter(connection_id=old.connection_id).count() == 6
        assert XeroPerson.objects.filter(connection_id=old.connection_id).count() == 6
        assert not Grant.objects.filter(connection_id=old.connection_id).exclude(refresh_token=None).exists()
    assert facade.sync_summary(cast.alice.actor).linked_people == len(facade.list_matches(cast.alice.actor)) == 0
    assert count_queries(lambda: facade.list_earlier(cast.alice.actor)) == questions
    (earlier,) = facade.list_earlier(cast.alice.actor)
    assert (earlier.name, earlier.linked_people, earlier.people_in_xero) == (BAKERY, 6, 6)
    assert standing(cast.alice) is MoveStanding.DONE
    events = {entry.event for entry in list_entries(cast.alice.actor, limit=30)}
    assert {Event.MOVE_ASKED.value, Event.MOVE_APPROVED.value, Event.MOVED.value} <= events
    fleet = facade.get_fleet(cast.sam.user.id, facade.Question(states=facade.ORDER))
    assert sorted(row.name for row in fleet.rows) == ["Harbour Lane Bakery", "Second Street Books"]
    assert sum(line.accounts for line in fleet.tally.lines) == 2


def _desk(cast: Cast, connection: Connection, run_id: UUID) -> Desk:
    chosen = facade.get_preferences(cast.alice.actor)
    return Desk(
        lease=Lease(cast.alice.account.account_id, run_id, "an old holder"),
        connection_id=connection.connection_id,
        kind=facade.RunKind.BOTH,
        reach=facade.Reach.AUTHORITY,
        trigger=facade.Trigger.PERSON,
        employee_id=None,
        time_zone="Australia/Melbourne",
        preferences=chosen.preferences,
        preferences_version=chosen.version,
        carrier=None,
    )


def test_the_first_import_is_a_preview_and_moving_back_brings_links_mirror_and_cursors_back(
    at_work: Office, cast: Cast, connected: Connect, erin: Player
) -> None:
    at_work.choose(auto_import=True, auto_export=True)
    old = in_use(cast.alice)
    approved(cast, erin)
    moved(cast, connected)
    assert not facade.get_preferences(cast.alice.actor).preferences.auto_import
    assert {one.field for one in facade.compare_with_snapshot(cast.alice.actor)} == {"auto_import", "auto_export"}
    facade.restore_snapshot(cast.alice.actor)
    at_work.forget_calls()
    at_work.clock.advance(hours=4)
    run_due()
    assert state_of(cast.alice) in WORKS
    report = facade.get_gap_report(cast.alice.actor)
    assert report is not None
    assert report.can_approve
    assert not at_work.calls("POST")
    assert facade.sync_summary(cast.alice.actor).linked_people == 0
    at_work.approve(report)
    assert not facade.sync_summary(cast.alice.actor).gap_is_open
    approved(cast, erin, to_name="", confirmed=BOOKS, back_to=old.connection_id)
    assert moved(cast, connected, BAKERY).result is ConsentResult.MOVED
    back = in_use(cast.alice)
    assert (back.connection_id, back.imported_until) == (old.connection_id, old.imported_until)
    assert back.gap_since is not None
    assert back.gap_until is not None
    assert back.gap_until - back.gap_since >= timedelta(hours=4)
    assert facade.sync_summary(cast.alice.actor).linked_people == 6
    assert [one.name for one in facade.list_earlier(cast.alice.actor)] == [BOOKS]
    assert facade.probe_now(cast.alice.actor).state in WORKS


def test_a_broken_or_disconnected_connection_can_be_moved_too(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect, erin: Player
) -> None:
    connected(cast.alice)
    sandbox.control("POST", "events", {"kind": "remove_user", "user": ROSA, "organisation": BAKERY})
    frozen.advance(minutes=20)
    assert facade.probe_now(cast.alice.actor).state is ConnectionState.BROKEN
    approved(cast, erin)
    assert moved(cast, connected).result is ConsentResult.MOVED
    assert facade.probe_now(cast.alice.actor).state in WORKS
    assert not [one for one in list_open(cast.alice.actor) if one.kind == "connection_broken"]
    facade.disconnect(cast.alice.actor)
    wrong = connected(cast.alice, user=AMIR, organisations=[BAKERY])
    assert wrong.code == "wrong_organisation"
    approved(cast, erin, to_name=BAKERY, confirmed=BOOKS)
    assert moved(cast, connected, BAKERY).result is ConsentResult.MOVED
    assert in_use(cast.alice).tenant_name == BAKERY
