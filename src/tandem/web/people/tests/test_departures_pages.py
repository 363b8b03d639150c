"""Last days from a file: every line is looked at first, and what is entered has the same effect as on a form."""

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tandem.access.roles import Role
from tandem.kernel.clock import FrozenClock
from tandem.people.actions import hire_employee
from tandem.people.records import EmployeeDetails, EmployeeRecord, EmployeeStatus
from tandem.people.selectors import get_employee, list_history
from tandem.testing.cast import Cast, Player, join, text_of
from tandem.testing.xero import ROSA, Connect
from tandem.web.people.departures import LARGEST
from tandem.xero import facade
from tandem_sandbox.testing import Sandbox

HEADING = "Employee ID,Last day,Reason,Not public"
ROSA_LEAVES = "E00002,03/12/2026,V,"
DANA_LEAVES = "E00001,2026-12-18,R,yes"


@pytest.fixture
def rosa(cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect) -> EmployeeRecord:
    """Rosa's record; she holds the connection."""
    details = EmployeeDetails(first_name="Rosa", last_name="Byrne", work_email=ROSA, start_on=date(2026, 1, 5))

    def authorise() -> EmployeeRecord:
        record = hire_employee(cast.alice.actor, details=details)
        assert connected(cast.alice).is_success
        return record

    return connected.stand(("rosa holds it", details), authorise)


def _text(*lines: str) -> str:
    return "\n".join([HEADING, *lines])


def _upload(player: Player, text: str | bytes) -> str:
    content = text if isinstance(text, bytes) else text.encode()
    file = SimpleUploadedFile("leavers.csv", content, content_type="text/csv")
    return text_of(player.client.post(player.url("employees/departures/"), {"file": file}))


def _enter(player: Player, text: str) -> str:
    return text_of(player.client.post(player.url("employees/departures/enter/"), {"text": text}, follow=True))


def test_the_file_is_looked_at_first_and_nothing_is_saved(cast: Cast, rosa: EmployeeRecord) -> None:
    text = _upload(cast.bob, _text(ROSA_LEAVES, DANA_LEAVES))
    assert "2 last days will be entered. Nothing has been saved." in text
    assert "Enter 2 last days" in text
    assert "Holds a key to Xero: a hand-over task opens" in text
    assert "Not public yet" in text
    assert get_employee(cast.bob.actor, employee_id=rosa.employee_id).status is EmployeeStatus.CURRENT


def test_confirming_enters_each_as_a_form_would(cast: Cast, rosa: EmployeeRecord) -> None:
    text = _enter(cast.bob, _text(ROSA_LEAVES, DANA_LEAVES))
    assert "2 last days were entered." in text
    assert "Rosa Byrne holds a key to Xero. A hand-over task is open." in text
    (task,) = facade.list_handovers(cast.alice.actor)
    assert (task.employee_id, task.last_safe_on) == (rosa.employee_id, date(2026, 12, 3))
    dana = get_employee(cast.bob.actor, employee_id=cast.dana_record.employee_id)
    assert (dana.termination_on, dana.termination_is_private) == (date(2026, 12, 18), True)
    assert list_history(cast.bob.actor, employee_id=rosa.employee_id)[0].via == "file"
    again = _upload(cast.bob, _text(ROSA_LEAVES, DANA_LEAVES))
    assert "2 lines are so already" in again
    assert "Enter 0" not in again


def test_lines_with_a_problem_say_which_and_stay_out(cast: Cast, rosa: EmployeeRecord) -> None:
    lines = _text(ROSA_LEAVES, "E99999,2026-12-03,V,", "E00001,soon,?,")
    text = _upload(cast.bob, lines)
    for said in (
        "1 last day will be entered, 2 lines have a problem and are left out.",
        "Nobody here has the employee ID E99999.",
        "The last day is missing or not a date.",
    ):
        assert said in text
    assert "1 last day was entered." in _enter(cast.bob, lines)


def test_the_rules_of_the_form_count_here_too(cast: Cast, rosa: EmployeeRecord) -> None:
    assert "Termination date is before the start date." in _upload(cast.bob, _text("E00002,01/01/2026,V,"))
    maya = hire_employee(cast.bob.actor, details=EmployeeDetails(first_name="Maya", last_name="Berg"))
    player = join(cast.alice.account, "Maya Berg", Role.EMPLOYEE_MANAGEMENT, employee=maya)
    own = _text(f"{maya.employee_number},2026-12-03,V,")
    assert "This is your own record." in _upload(player, own)
    assert "0 last days were entered." in _enter(player, own)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The file is empty."),
        (b"Name\nAda", "Missing: Employee ID, Last day, Reason."),
        (b"x" * (LARGEST + 1), "The file is larger than 200 kB."),
        ("Employee ID;Name\n1;J\u00f6rg".encode("cp1252"), "Missing: Last day, Reason."),
    ],
)
def test_a_file_that_is_none_is_refused_in_words(cast: Cast, content: bytes, said: str) -> None:
    assert said in _upload(cast.bob, content)


def test_without_a_file_the_form_comes_back(cast: Cast) -> None:
    response = cast.bob.client.post(cast.bob.url("employees/departures/"))
    assert response.status_code == 422
    assert "Choose the file." in text_of(response)
    assert "Missing" in _enter(cast.bob, "nonsense")


def test_a_longer_file_takes_no_more_queries(cast: Cast, rosa: EmployeeRecord) -> None:
    hired = [
        hire_employee(cast.bob.actor, details=EmployeeDetails(first_name="Ada", last_name=f"Byron{number}"))
        for number in range(5)
    ]

    def count(people: list[EmployeeRecord]) -> int:
        text = _text(*(f"{one.employee_number},{date(2026, 12, 3) + timedelta(days=1)},V," for one in people))
        with CaptureQueriesContext(connection) as asked:
            _upload(cast.bob, text)
        return len(asked)

    assert count(hired) == count(hired[:1])
