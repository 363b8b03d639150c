"""A break climbs the ladder of people: who is told, who is passed over, who holds it still, and what a letter says."""

from datetime import date, time, timedelta

import pytest

from tandem.access.actions import ensure_user, grant_access
from tandem.access.models import Membership
from tandem.access.roles import Role
from tandem.kernel.clock import FrozenClock
from tandem.kernel.errors import NotFound, NotPermitted
from tandem.kernel.scoping import scope
from tandem.notices import mail
from tandem.notices.actions import acknowledge, release
from tandem.notices.choices import save_choices
from tandem.notices.models import Letter, Notice
from tandem.notices.records import ChoicesRecord, NoticeRecord
from tandem.notices.rules import Urgency
from tandem.notices.selectors import count_open, list_closed, list_open, list_tellings
from tandem.notices.tests.conftest import PostOffice, office
from tandem.people.actions import hire_employee, terminate_employee
from tandem.people.records import EmployeeDetails, TerminationReason
from tandem.testing.cast import Cast, Player
from tandem.testing.xero import AMIR, BAKERY, ROSA, Connect
from tandem.xero.connections.probes import probe_connection
from tandem.xero.models import Connection
from tandem.xero.oauth.flow import ConsentPurpose
from tandem.xero.schedule import actions
from tandem_sandbox.testing import Sandbox

pytestmark = [pytest.mark.usefixtures("real_db"), pytest.mark.unmeasured]
__all__ = ["office"]
KEN = "ken@harbourlane.example"
SUPPORT = "support@tandem.example"


def probe(player: Player) -> None:
    probe_connection(player.account.account_id, anyway=True)


def tell(player: Player) -> None:
    actions.tell(player.account.account_id)


def remove(sandbox: Sandbox) -> None:
    sandbox.control("POST", "events", {"kind": "remove_user", "user": ROSA, "organisation": BAKERY})


def restore(sandbox: Sandbox) -> None:
    sandbox.control("POST", "events", {"kind": "restore_user", "user": ROSA, "organisation": BAKERY})


def letters(player: Player) -> list[Letter]:
    with scope(player.account.account_id):
        return list(Letter.objects.order_by("written_at", "to_address"))


def addresses(player: Player) -> list[str]:
    return [letter.to_address for letter in letters(player)]


@pytest.fixture
def broken(cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect) -> Player:
    """Alice's account, with a payroll officer, whose connection breaks at 12:15 in Melbourne."""

    def break_it() -> None:
        grant_access(cast.alice.actor, user_id=ensure_user(KEN, name="Ken Ito"), roles=[Role.PAYROLL_TAB])
        connected(cast.alice)
        frozen.advance(minutes=15)
        remove(sandbox)
        probe(cast.alice)
        with scope(cast.alice.account.account_id):
            Connection.objects.update(pay_days_read_at=frozen.now())  # no pay day is known
        assert letters(cast.alice) == [], "red shows at once; people are told when it lasts"
        frozen.advance(minutes=2)
        tell(cast.alice)

    connected.stand("broken at noon", break_it)
    return cast.alice


def the_break(player: Player) -> NoticeRecord:
    (notice,) = list_open(player.actor)
    return notice


def test_the_first_rung_hears_at_once_and_the_next_when_nobody_is_on_it(broken: Player, frozen: FrozenClock) -> None:
    assert addresses(broken) == [broken.user.email]
    frozen.advance(hours=4)
    tell(broken)
    assert addresses(broken)[1:] == [KEN]
    frozen.advance(hours=20)
    tell(broken)
    tell(broken)
    assert addresses(broken)[2:] == [SUPPORT]
    told = list_tellings(broken.actor, notice_id=the_break(broken).notice_id)
    assert [(one.rung, one.fate) for one in told] == [
        ("administrators", "kept"),
        ("payroll", "kept"),
        ("support", "kept"),
    ]
    assert "Nobody has said yet that they are on it" in letters(broken)[1].body


def test_a_letter_names_nobody_and_says_what_to_do(broken: Player) -> None:
    (letter,) = letters(broken)
    assert "Most likely the access that the link uses in Xero has ended" in letter.body
    assert f"/a/{broken.account.slug}/" in letter.body
    for name in ("Rosa", "Byrne", ROSA):
        assert name not in letter.subject + letter.body + letter.html


def test_somebody_who_is_on_it_holds_the_ladder_and_may_take_it_back(
    broken: Player, cast: Cast, frozen: FrozenClock
) -> None:
    notice_id = the_break(broken).notice_id
    acknowledge(broken.actor, notice_id=notice_id)
    assert the_break(broken).acknowledged_by_user_id == broken.user.id
    assert count_open(broken.actor) == 0
    frozen.advance(hours=5)
    tell(broken)
    assert addresses(broken) == [broken.user.email]
    release(broken.actor, notice_id=notice_id)
    release(broken.actor, notice_id=notice_id)
    tell(broken)
    assert addresses(broken)[1:] == [KEN]
    for player, refusal in ((cast.charlie, NotFound), (cast.dana, NotPermitted)):
        with pytest.raises(refusal):
            acknowledge(player.actor, notice_id=notice_id)


def test_those_who_were_told_hear_that_it_works_again_and_nobody_else(
    broken: Player, frozen: FrozenClock, sandbox: Sandbox
) -> None:
    notice_id = the_break(broken).notice_id
    restore(sandbox)
    frozen.advance(minutes=5)
    probe(broken)
    tell(broken)
    assert list_open(broken.actor) == []
    frozen.advance(minutes=29)
    tell(broken)
    assert len(letters(broken)) == 1
    frozen.advance(minutes=1)
    tell(broken)
    assert [letter.kind for letter in letters(broken)] == ["letter", "recovered"]
    assert addresses(broken) == [broken.user.email] * 2
    assert [notice.kind for notice in list_closed(broken.actor)] == ["connection_broken"]
    assert [one.rung for one in list_tellings(broken.actor, notice_id=notice_id)] == ["administrators", "recovered"]
    with pytest.raises(NotFound, match="closed already"):
        acknowledge(broken.actor, notice_id=notice_id)


def test_what_comes_and_goes_is_one_incident_with_one_letter_and_one_end(
    broken: Player, frozen: FrozenClock, sandbox: Sandbox
) -> None:
    for minutes, act in ((1, restore), (2, remove), (10, restore), (10, remove), (25, restore)):
        act(sandbox)
        frozen.advance(seconds=1)
        probe(broken)
        frozen.advance(minutes=minutes)
        tell(broken)
    assert [letter.kind for letter in letters(broken)] == ["letter"]
    frozen.advance(minutes=30)
    tell(broken)
    assert [letter.kind for letter in letters(broken)] == ["letter", "recovered"]
    assert len(list_closed(broken.actor)) == 1


def test_what_is_over_before_it_lasted_is_told_to_nobody_and_what_will_not_settle_is(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    connected(cast.alice)
    for act in (remove, restore):
        act(sandbox)
        frozen.advance(seconds=90)
        probe(cast.alice)
        tell(cast.alice)
    frozen.advance(minutes=2)
    tell(cast.alice)
    assert (letters(cast.alice), list_open(cast.alice.actor)) == ([], [])
    assert [notice.kind for notice in list_closed(cast.alice.actor)] == ["connection_broken"]
    for act in (remove, restore, remove, restore, remove):
        act(sandbox)
        frozen.advance(seconds=90)
        probe(cast.alice)
        tell(cast.alice)
    assert [letter.kind for letter in letters(cast.alice)] == ["letter"]


def test_an_address_that_refuses_letters_is_passed_over_at_once(
    broken: Player, frozen: FrozenClock, office: PostOffice
) -> None:
    office.refuse[broken.user.email] = 550
    tell(broken)
    tell(broken)
    assert addresses(broken) == [broken.user.email, KEN]
    assert [one.fate for one in list_tellings(broken.actor, notice_id=the_break(broken).notice_id)] == [
        "failed",
        "sent",
    ]


def test_a_letter_that_could_not_go_yet_is_held_while_it_seems_over_and_kept_back_when_it_is(
    broken: Player, frozen: FrozenClock, sandbox: Sandbox, office: PostOffice
) -> None:
    office.refuse[broken.user.email] = 450
    tell(broken)
    office.refuse.clear()
    restore(sandbox)
    probe(broken)
    frozen.advance(minutes=20)
    tell(broken)
    assert office.taken == []
    frozen.advance(minutes=10)
    tell(broken)
    assert [letter.problem_code for letter in letters(broken) if letter.kind == "letter"] == ["overtaken"]


def test_a_pay_day_that_is_near_presses_breaks_through_quiet_hours_and_is_named(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    save_choices(cast.alice.actor, ChoicesRecord(quiet_from=time(11), quiet_until=time(18)))
    connected(cast.alice)
    probe(cast.alice)  # reads the pay calendars: the next pay day is Tuesday, tomorrow
    frozen.advance(minutes=15)
    remove(sandbox)
    probe(cast.alice)
    frozen.advance(minutes=2)
    tell(cast.alice)
    (letter,) = letters(cast.alice)
    assert letter.subject.startswith("Urgent: ")
    assert "The pay run is tomorrow." in letter.body
    notice = the_break(cast.alice)
    assert notice.urgency is Urgency.NOW
    page = cast.alice.client.get(cast.alice.url(f"notices/{notice.notice_id}/")).content.decode()
    assert "The pay run is tomorrow." in page
    frozen.advance(hours=4)
    tell(cast.alice)
    assert addresses(cast.alice)[1:] == [SUPPORT], "hours and not a day, before a pay day"


def test_a_pay_day_far_away_leaves_quiet_hours_alone(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    save_choices(cast.alice.actor, ChoicesRecord(quiet_from=time(11), quiet_until=time(18)))
    connected(cast.alice)
    probe(cast.alice)
    with scope(cast.alice.account.account_id):
        Connection.objects.update(next_pay_on=date(2026, 11, 27))
    remove(sandbox)
    frozen.advance(minutes=15)
    probe(cast.alice)
    frozen.advance(minutes=2)
    tell(cast.alice)
    assert letters(cast.alice) == []
    frozen.advance(hours=6)
    tell(cast.alice)
    (letter,) = letters(cast.alice)
    assert "The pay run is on Friday." in letter.body
    frozen.advance(days=1, hours=12)
    tell(cast.alice)
    assert letters(cast.alice)[-1].subject.startswith("Urgent: ")


def test_whoever_leaves_is_told_nothing_even_as_the_only_administrator(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    grant_access(cast.alice.actor, user_id=ensure_user(KEN, name="Ken Ito"), roles=[Role.PAYROLL_TAB])
    details = EmployeeDetails(first_name="Rosa", last_name="Byrne", work_email=ROSA)
    rosa = hire_employee(cast.alice.actor, details=details)
    connected(cast.alice)
    with scope(cast.alice.account.account_id):
        Membership.objects.filter(user=cast.alice.user).update(employee_id=rosa.employee_id)
    terminate_employee(
        cast.bob.actor,
        employee_id=rosa.employee_id,
        termination_on=frozen.now().date(),
        reason=TerminationReason.VOLUNTARY,
    )
    frozen.advance(minutes=15)
    remove(sandbox)
    probe(cast.alice)
    frozen.advance(minutes=2)
    tell(cast.alice)
    broken = [letter.to_address for letter in letters(cast.alice) if "is broken" in letter.subject]
    assert broken == [KEN]


def test_what_can_wait_goes_into_one_daily_letter(cast: Cast, frozen: FrozenClock, connected: Connect) -> None:
    connected(cast.alice)
    save_choices(cast.alice.actor, ChoicesRecord(daily_letter_at=time(15)))
    frozen.advance(days=1)
    probe(cast.alice)
    (notice,) = list_open(cast.alice.actor)
    assert (notice.kind, notice.facts) == ("connection_attention", {"concerns": ["no_standby"]})
    tell(cast.alice)
    assert letters(cast.alice) == []
    frozen.advance(hours=3)
    tell(cast.alice)
    (letter,) = letters(cast.alice)
    assert letter.kind == "digest"
    assert "Nobody stands ready" in letter.body
    frozen.advance(days=2)
    tell(cast.alice)
    assert len(letters(cast.alice)) == 1
    connected(cast.alice, user=AMIR, purpose=ConsentPurpose.STANDBY)
    probe(cast.alice)
    assert list_open(cast.alice.actor) == []


def test_trouble_with_one_account_is_put_off_and_undoes_no_diagnosis(
    broken: Player, frozen: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    frozen.advance(hours=4)

    def fail(_: object) -> int:
        raise OSError("disk full")

    with monkeypatch.context() as trouble:
        trouble.setattr(mail, "deliver_waiting", fail)
        tell(broken)
    with scope(broken.account.account_id):
        (climbs_at,) = Notice.objects.values_list("climbs_at", flat=True)
    assert climbs_at is not None
    assert climbs_at > frozen.now() + timedelta(minutes=4)
