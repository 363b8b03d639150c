"""A termination that is not public yet: whoever may see the record knows; everybody else reads that a second authoriser
is needed by a day, and nothing else, wherever they look.
"""

import logging
import re
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from allauth.mfa.totp.internal.auth import TOTP

from tandem.access.roles import Role
from tandem.api.tests.caller import Program, program_of
from tandem.flows import people as flows
from tandem.kernel.clock import FrozenClock
from tandem.kernel.errors import Invalid, NotPermitted
from tandem.kernel.scoping import scope
from tandem.notices.models import Letter, Notice
from tandem.people.actions import hire_employee
from tandem.people.records import EmployeeDetails, EmployeeRecord, EmployeeStatus, TerminationReason
from tandem.people.selectors import count_by_status, get_employee, list_employees
from tandem.testing.cast import TOTP_SECRET, Cast, Player, join, text_of
from tandem.testing.xero import AMIR, BAKERY, ROSA, Connect
from tandem.timeline.selectors import list_entries
from tandem.xero import facade
from tandem.xero.connections.probes import probe_connection
from tandem.xero.facade import ConsentPurpose
from tandem.xero.models import HandoverTask
from tandem_sandbox.testing import Sandbox

pytestmark = pytest.mark.unmeasured

DAY = timedelta(days=1)
TODAY = date(2026, 11, 23)
LAST_DAY = TODAY + 10 * DAY
NEEDED = "A second authoriser is needed"
#: Words of somebody's leaving. Links and buttons that any record has ("Terminate") are cut out first.
TELLS = re.compile(
    r"terminating|terminated|terminat|leaves on|is leaving|leaving|last day of|redundan|employment|authoriser_leav"
    r"|reinstat|has left|employee_terminat",
    re.IGNORECASE,
)
ALWAYS_THERE = re.compile(
    r'<option value="terminat\w+"[^>]*>|Terminat(ing|ed)</option>|>Terminate</a>|/terminate/|\?status=terminat\w+'
    r'|<option value="[a-z_]+">(Termination|Employment basis)</option>'
    r'|<a href="[^"]*">leaving</a>|<a href="[^"]*">have left</a>'
)
#: Her own name at the top of her own pages.
ALWAYS_HERS = re.compile(r"<details.*?</details>", re.DOTALL)
VARIES = re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"|X-CSRFToken[^}]+')


@dataclass(frozen=True)
class House:
    """Rosa authorised the connection and is an administrator herself; ken sees payroll and no records."""

    cast: Cast
    rosa: Player
    ken: Player
    record: EmployeeRecord
    key: Program

    def leave(self, *, is_private: bool = True, on: date = LAST_DAY) -> None:
        """Enter Rosa's termination, as bob."""
        flows.terminate(
            self.cast.bob.actor,
            employee_id=self.record.employee_id,
            termination_on=on,
            reason=TerminationReason.REDUNDANCY,
            is_private=is_private,
        )


def _with_second_factor(player: Player) -> Player:
    TOTP.activate(player.user, TOTP_SECRET)
    return player


@pytest.fixture
def house(cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect) -> House:
    def move_in() -> tuple[Player, Player, EmployeeRecord, Program]:
        sandbox.control("POST", "reset", {"employees": 3})
        details = EmployeeDetails(first_name="Rosa", last_name="Byrne", work_email=ROSA)
        record = hire_employee(cast.alice.actor, details=details)
        account = cast.alice.account
        rosa = _with_second_factor(join(account, "Rosa Byrne", Role.ACCOUNT_ADMIN, employee=record))
        ken = _with_second_factor(join(account, "Ken Ito", Role.PAYROLL_TAB))
        assert connected(cast.alice).is_success
        return rosa, ken, record, program_of(rosa)

    return House(cast, *connected.stand("rosa administers and ken pays", move_in))


def _page(player: Player, path: str) -> str:
    response = player.client.get(player.url(path))
    if response.streaming:
        return b"".join(response.streaming_content).decode()  # type: ignore[attr-defined]  # the streaming kind has it
    return ALWAYS_THERE.sub("", VARIES.sub("", text_of(response)))


def _rosas_pages(house: House) -> list[str]:
    own = f"employees/{house.record.employee_id}/"
    return [
        "",
        "employees/",
        "employees/?status=terminating",
        own,
        f"{own}history/",
        f"{own}xero/",
        f"{own}terminate/",
        "users/",
        "mailbox/",
        "runs/",
        "runs/history/",
        "runs/history/export/",
        "integrations/",
        "xero/",
        "handovers/",
        "notices/",
        "xero/timeline/",
        "xero/timeline/export/",
    ]


KENS_PAGES = ["", "xero/", "handovers/", "notices/", "xero/timeline/", "runs/", "runs/history/", "runs/history/export/"]
CONNECTION_PAGES = ("", "xero/", "handovers/")


def test_the_administrator_who_sees_the_record_reads_why(house: House) -> None:
    house.leave()
    assert "Terminating 3 Dec 2026" in text_of(house.cast.alice.client.get(house.cast.alice.url("employees/")))
    for path in CONNECTION_PAGES:
        assert "Rosa Byrne" in _page(house.cast.alice, path)
    (task,) = facade.list_handovers(house.cast.alice.actor)
    assert task.may_know_why
    assert [one.is_private for one in task.reasons] == [True]


@pytest.mark.parametrize("onlooker", ["the leaver", "the payroll officer"])
def test_others_read_the_day_and_nothing_else(house: House, onlooker: str) -> None:
    player, pages = (house.rosa, _rosas_pages(house)) if onlooker == "the leaver" else (house.ken, KENS_PAGES)
    before = {path: set(_page(player, path).splitlines()) for path in pages}
    house.leave()
    for path in pages:
        new = [line for line in _page(player, path).splitlines() if line not in before[path]]
        said = [found.group() for line in new if (found := TELLS.search(line))]
        assert not said, (path, said)
        if path in CONNECTION_PAGES:
            assert NEEDED in "".join(new)
            assert "3 Dec 2026" in "".join(new)


def test_no_filter_and_no_count_tells_the_leaver(house: House) -> None:
    house.leave()
    alice = house.cast.alice.actor
    for actor, number in ((house.rosa.actor, 0), (alice, 1)):
        assert list_employees(actor, status=EmployeeStatus.TERMINATING).total == number
        assert count_by_status(actor)[EmployeeStatus.TERMINATING] == number


def test_an_announced_one_is_read_by_everybody_who_sees_the_record(house: House) -> None:
    house.leave(is_private=False)
    assert "Terminating 3 Dec 2026" in _page(house.rosa, f"employees/{house.record.employee_id}/")
    assert "Rosa Byrne holds the Xero connection and is leaving" in _page(house.rosa, "xero/")
    assert "employee.terminating" in _page(house.rosa, "xero/timeline/export/")


def test_an_administrator_without_the_records_sees_a_task_without_a_reason(house: House) -> None:
    house.leave()
    (task,) = facade.list_handovers(house.ken.actor)
    assert (task.reasons, task.employee_id, task.grant_id, task.role, task.writes_stop_on) == ((), None, None, "", None)
    page = facade.get_handover(house.ken.actor, task_id=task.task_id)
    assert (page.task.holder_name, page.candidates, page.retired_at) == ("", (), None)


def test_the_page_of_the_hand_over_gives_others_the_day_and_the_way_to_act(house: House) -> None:
    house.leave()
    (task,) = facade.list_handovers(house.cast.alice.actor)
    path = f"handovers/{task.task_id}/"
    told = _page(house.cast.alice, path)
    assert "Rosa Byrne holds the Xero connection and is leaving" in told
    assert "Not public: only those who see the record know of it." in told
    for player in (house.rosa, house.ken):
        text = _page(player, path)
        assert "A second authoriser is needed for Xero" in text
        assert "3 Dec 2026" in text
        assert not TELLS.search(text)
        assert "Who does it" not in text
        assert "exports wait" not in text


def test_nothing_says_which_of_two_keys_has_to_be_handed_over(house: House, connected: Connect) -> None:
    assert connected(house.cast.alice, user=AMIR, purpose=ConsentPurpose.STANDBY).is_success
    before = len(_page(house.rosa, "xero/timeline/export/").splitlines())
    house.leave(on=TODAY + DAY)
    (task,) = facade.list_handovers(house.ken.actor)
    page = facade.get_handover(house.ken.actor, task_id=task.task_id)
    assert (task.second_name, page.second_authorised_at, page.second_proved_at) == ("", None, None)
    for player in (house.rosa, house.ken):
        shown = _page(player, f"handovers/{task.task_id}/")
        assert "Amir" not in shown
        assert "Rosa Byrne" not in ALWAYS_HERS.sub("", shown)
    keys = facade.get_connection_page(house.cast.alice.actor)
    new = "\n".join(_page(house.rosa, "xero/timeline/export/").splitlines()[before:])
    for key in (keys.primary, keys.standby):
        assert key is not None
        assert str(key.grant_id) not in new


def test_the_leaver_can_neither_appoint_nor_learn_by_trying(house: House) -> None:
    house.leave()
    (task,) = facade.list_handovers(house.rosa.actor)
    assert task.reasons == ()
    assert facade.get_handover(house.rosa.actor, task_id=task.task_id).candidates == ()
    for user in (house.rosa.user, house.cast.alice.user):
        with pytest.raises(NotPermitted):
            facade.appoint(house.rosa.actor, task_id=task.task_id, user_id=user.id)
    with pytest.raises(NotPermitted):
        facade.put_off(house.rosa.actor, task_id=task.task_id, until=TODAY + DAY)


def test_asking_to_approve_her_own_writes_tells_the_leaver_nothing(house: House) -> None:
    said = []
    for is_entered in (False, True):
        if is_entered:
            house.leave()
        with pytest.raises(Invalid) as refused:
            facade.approve_writes(house.rosa.actor, reason="The pay run is today", lasting=DAY)
        said.append(str(refused.value))
    assert said[0] == said[1]


def test_a_key_that_the_leaver_made_tells_no_more_than_she_may_know(house: House) -> None:
    addresses = ["connection", "handovers", "timeline", "employees", f"employees/{house.record.employee_id}"]
    before = {path: str(house.key.call("GET", path).body) for path in addresses}
    house.leave()
    after = {path: str(house.key.call("GET", path).body) for path in addresses}
    for path in addresses:
        assert not TELLS.search(after[path].replace(before[path], "")), path
    for path in ("employees", f"employees/{house.record.employee_id}"):
        assert after[path] == before[path]
    (handover,) = house.key.call("GET", "handovers").body
    assert (handover["grant_id"], handover["last_safe_on"]) == (None, "2026-12-03")
    told = program_of(house.cast.alice)
    assert told.call("GET", f"employees/{house.record.employee_id}").body["status"] == "terminating"


def test_a_program_can_enter_one_that_is_not_public(house: House) -> None:
    answer = program_of(house.cast.alice).call(
        "POST",
        f"employees/{house.record.employee_id}/termination",
        {"termination_on": LAST_DAY.isoformat(), "reason": "R", "not_public": True},
    )
    assert answer.status == 200
    own = get_employee(house.rosa.actor, employee_id=house.record.employee_id)
    assert (own.status, own.termination_on) == (EmployeeStatus.CURRENT, None)


def test_the_support_room_and_letters_say_the_day_alone(house: House) -> None:
    house.leave()
    assert "Rosa" not in text_of(house.cast.sam.client.get("/support/?state=attention"))
    with scope(house.cast.alice.account.account_id):
        letters = [f"{one.subject} {one.body}" for one in Letter.objects.all()]
        facts = [str(one.facts) for one in Notice.objects.all()]
        told = set(Letter.objects.values_list("to_address", flat=True))
    assert letters
    assert all("needed by 3 Dec 2026" in letter for letter in letters)
    for text in [*letters, *facts]:
        assert not TELLS.search(text)
        assert "Rosa" not in text
    assert house.rosa.user.email not in told


def test_the_timeline_says_that_the_record_was_changed_and_later_that_it_ended(
    house: House, frozen: FrozenClock
) -> None:
    def about_rosa() -> list[str]:
        rows = list_entries(house.cast.alice.actor, subject_id=house.record.employee_id)
        return [entry.event for entry in rows]

    house.leave()
    flows.reinstate(house.cast.bob.actor, employee_id=house.record.employee_id)
    house.leave()
    assert about_rosa() == ["employee.edited", "employee.edited", "employee.edited", "employee.hired"]
    frozen.advance(days=11)
    flows.do_nightly_work(house.cast.alice.account)
    assert about_rosa()[0] == "employee.terminated"


def test_logs_say_nothing_of_it(house: House, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        house.leave()
        flows.do_nightly_work(house.cast.alice.account)
        probe_connection(house.cast.alice.account.account_id)
    assert not re.search(r"Rosa|termination_on|2026-12-03|redundan", caplog.text, re.IGNORECASE)


def test_a_takeover_on_the_last_day_is_reported_as_a_loss_of_access(
    house: House, sandbox: Sandbox, connected: Connect, frozen: FrozenClock
) -> None:
    assert connected(house.cast.alice, user=AMIR, purpose=ConsentPurpose.STANDBY).is_success
    house.leave(on=TODAY)
    frozen.advance(minutes=15)
    sandbox.control("POST", "events", {"kind": "remove_user", "user": ROSA, "organisation": BAKERY})
    probe_connection(house.cast.alice.account.account_id)
    report = facade.last_takeover(house.ken.actor)
    assert report is not None
    assert (report.because, report.is_certain) == ("access_removed", False)
    assert "authoriser_left" not in _page(house.rosa, "xero/timeline/export/")
    with scope(house.cast.alice.account.account_id):
        assert "authoriser_left" not in str([one.facts for one in Notice.objects.all()])
        assert HandoverTask.objects.filter(closed_at__isnull=True).count() == 0
