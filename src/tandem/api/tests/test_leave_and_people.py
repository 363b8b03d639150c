"""Leave, candidates and conflicts, through the API and from the command line: the same actions, roles and refusals."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from click import Group
from click.testing import CliRunner

from tandem.access.roles import Role
from tandem.api.tests.caller import program_of
from tandem.cli.candidates import candidate
from tandem.cli.conflicts import conflict
from tandem.cli.leave import leave as leave_command
from tandem.kernel.errors import TandemError
from tandem.people import leave
from tandem.people.actions import hire_employee
from tandem.people.records import EmployeeDetails
from tandem.testing.cast import Cast, Player, join, text_of
from tandem.testing.xero import Connect
from tandem.xero import facade
from tandem.xero.sync.tests.office import Office, office
from tandem_sandbox.testing import Sandbox

pytestmark = pytest.mark.usefixtures("real_db")
NOWHERE = uuid4()
OF_PAYROLL: tuple[tuple[str, str, object], ...] = (
    ("GET", "leave", None),
    ("GET", f"employees/{NOWHERE}/leave", None),
    ("GET", f"employees/{NOWHERE}/leave/balances", None),
    ("POST", f"employees/{NOWHERE}/leave/{NOWHERE}/approve", {"revision": 1}),
    ("POST", f"employees/{NOWHERE}/leave/{NOWHERE}/refuse", {}),
    ("POST", f"employees/{NOWHERE}/leave/{NOWHERE}/withdraw", None),
)
OF_PEOPLE: tuple[tuple[str, str, object], ...] = (
    ("GET", "candidates", None),
    ("POST", "candidates", {"first_name": "A", "last_name": "B"}),
    ("POST", f"candidates/{NOWHERE}/hire", None),
    ("POST", f"candidates/{NOWHERE}/match", {"employee_id": str(NOWHERE)}),
    ("DELETE", f"candidates/{NOWHERE}", None),
    ("PUT", f"candidates/{NOWHERE}", {"first_name": "A", "last_name": "B"}),
)
OF_THE_INTEGRATION: tuple[tuple[str, str, object], ...] = (
    ("POST", f"conflicts/{NOWHERE}/decide", {"keep": "hr"}),
    ("POST", "conflicts/standing/mobile", {"keep": "hr", "why": "kept_there"}),
    ("DELETE", "conflicts/standing/mobile", None),
)

PEOPLE = (Role.PAYROLL_TAB, Role.EMPLOYEE_MANAGEMENT)
NOOR = {"first_name": "Noor", "last_name": "Haddad ", "date_of_birth": "1994-05-06", "email": "noor@example.com"}


def ask(group: Group, *arguments: str, by: Player | None = None) -> str:
    """Run a command on the bakery; return what it says, or raise what it fails of."""
    named = ["--as", by.user.email] if by else []
    done = CliRunner().invoke(group, [*arguments, "--account", "harbour-lane", *named])
    if isinstance(done.exception, TandemError):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture
def ken(cast: Cast) -> Player:
    return join(cast.alice.account, "Ken Ito", *PEOPLE)


@pytest.fixture
def at_work(cast: Cast, sandbox: Sandbox, connected: Connect) -> Iterator[Office]:
    """An office of six people that both sides know, with Xero's lists read."""
    with office(cast, sandbox, connected) as found:
        facade.read_lists_now(cast.alice.actor)
        yield found


def test_a_key_without_the_role_sees_and_changes_none_of_it(cast: Cast) -> None:
    admin, weak = program_of(cast.alice), program_of(cast.alice, Role.SELF_SERVICE)
    for program, table in ((admin, OF_PAYROLL), (weak, (*OF_PEOPLE, *OF_THE_INTEGRATION, ("GET", "conflicts", None)))):
        answers = {f"{method} {path}": program.call(method, path, body).status for method, path, body in table}
        assert set(answers.values()) == {403}, answers


def test_leave_is_asked_for_approved_and_refused_by_a_program_and_the_page_says_that_it_was_one(
    at_work: Office, cast: Cast, ken: Player
) -> None:
    program = program_of(cast.alice, *PEOPLE)
    alice = at_work.someone().employee_id
    annual = next(one for one in program.call("GET", "leave/types").body if one["name"] == "Annual Leave")
    wish = {"leave_type_id": annual["leave_type_id"], "from_on": "2026-12-14", "until_on": "2026-12-18", "title": "Sea"}
    wrong = program.call("POST", f"employees/{alice}/leave", {**wish, "until_on": "2026-12-01"})
    assert (wrong.status, wrong.body["code"], bool(wrong.body["problems"])) == (422, "invalid", True)
    made = program.call("POST", f"employees/{alice}/leave", wish)
    assert (made.status, made.body["status"], made.body["revision"]) == (201, "requested", 1)
    (waiting,) = program.call("GET", "leave").body
    assert waiting == made.body
    where = f"employees/{alice}/leave/{waiting['request_id']}"
    assert program.call("POST", f"{where}/approve", {"revision": 7}).body["code"] == "changed_meanwhile"
    approved = program.call("POST", f"{where}/approve", {"revision": 1}).body
    assert (approved["status"], approved["in_xero"]) == ("approved", "Not in Xero yet")
    assert program.call("POST", f"{where}/refuse", {}).status == 422
    assert "A program with a key approved it" in text_of(ken.client.get(ken.url(f"{where}/")))
    assert program.call("POST", f"{where}/withdraw").body["status"] == "withdrawn"
    assert program.call("GET", f"employees/{alice}/leave").body[0]["status"] == "withdrawn"
    balances = program.call("GET", f"employees/{alice}/leave/balances").body
    assert balances["balances"]
    dana = cast.dana_record.employee_id
    assert program.call("GET", f"employees/{dana}/leave/balances").status == 404


def test_a_program_does_not_decide_on_the_leave_of_whoever_made_its_key(cast: Cast, at_work: Office) -> None:
    boss = join(cast.alice.account, "Lee Moss", Role.ACCOUNT_ADMIN, *PEOPLE, employee=at_work.someone())
    program = program_of(boss, *PEOPLE)
    (annual,) = [one for one in facade.list_leave_types(boss.actor) if one.name == "Annual Leave"]
    days = {"from_on": "2026-12-14", "until_on": "2026-12-18", "title": "Sea"}
    terms = {"leave_type_id": str(annual.leave_type_id), **days}
    made = program.call("POST", f"employees/{boss.actor.employee_id}/leave", terms).body
    where = f"employees/{boss.actor.employee_id}/leave/{made['request_id']}"
    assert program.call("POST", f"{where}/approve", {"revision": 1}).body["problems"][0]["message"] == leave.OWN


def test_leave_is_looked_after_from_the_command_line(at_work: Office, ken: Player) -> None:
    person = str(at_work.someone().employee_id)
    annual = next(one for one in json.loads(ask(leave_command, "types", "--json")) if one["name"] == "Annual Leave")
    days = ("--from", "2026-12-14", "--until", "2026-12-18", "--title", "Sea")
    wish = ("--person", person, "--type", annual["leave_type_id"], *days)
    with pytest.raises(TandemError, match="You do not have access"):
        ask(leave_command, "ask", *wish, by=at_work.player)
    asked = ask(leave_command, "ask", *wish, by=ken).strip()
    assert f"{asked}  Alice Lang: Annual Leave, 2026-12-14 to 2026-12-18, requested" in ask(leave_command, "list")
    assert "Refused." in ask(leave_command, "refuse", asked, "--person", person, "--note", "Not then", by=ken)
    asked = ask(leave_command, "ask", *wish, by=ken).strip()
    assert "Approved." in ask(leave_command, "approve", asked, "--person", person, by=ken)
    assert "Withdrawn." in ask(leave_command, "withdraw", asked, "--person", person, by=ken)
    listed = json.loads(ask(leave_command, "list", "--person", person, "--json"))
    assert sorted(one["status"] for one in listed) == ["rejected", "withdrawn"]
    assert "Annual Leave: " in ask(leave_command, "balances", "--person", person)


def test_candidates_are_entered_listed_matched_hired_and_removed(cast: Cast) -> None:
    program = program_of(cast.alice)
    refused = program.call("POST", "candidates", {**NOOR, "email": "noor"})
    assert (refused.status, refused.body["problems"][0]["field"]) == (422, "email")
    first = program.call("POST", "candidates", NOOR).body["candidate_id"]
    changed = program.call("PUT", f"candidates/{first}", {**NOOR, "mobile": "0491 570 110"}).body
    assert (changed["mobile"], changed["may_be"], changed["revision"]) == ("0491 570 110", [], 2)
    late = program.call("PUT", f"candidates/{first}", {**NOOR, "seen_revision": 1})
    assert (late.status, late.body["code"]) == (422, "changed_meanwhile")
    assert program.call("PUT", f"candidates/{uuid4()}", NOOR).status == 404
    record = hire_employee(cast.alice.actor, details=EmployeeDetails(first_name="Noor", last_name="Haddad"))
    (listed,) = program.call("GET", "candidates").body
    assert (listed["last_name"], listed["may_be"]) == ("Haddad", [str(record.employee_id)])
    assert str(record.employee_id) in ask(candidate, "list")
    matched = program.call("POST", f"candidates/{first}/match", {"employee_id": str(record.employee_id)})
    assert (matched.status, matched.body["employee_id"]) == (200, str(record.employee_id))
    assert program.call("POST", f"candidates/{first}/hire").status == 404
    second = ask(candidate, "add", "--first-name", "Ira", "--last-name", "Cole", "--born", "1990-01-02", by=cast.bob)
    hired = program.call("POST", f"candidates/{second.strip()}/hire")
    assert hired.body["last_name"] == "Cole"
    third = ask(candidate, "add", "--first-name", "Mia", "--last-name", "Roe", by=cast.bob).strip()
    assert "Mia Roe" in ask(candidate, "list", by=cast.bob)
    assert program.call("DELETE", f"candidates/{third}").body == []
    assert ask(candidate, "list").strip() == "There are no candidates."


def clash(at: Office) -> dict[str, Any]:
    """Let both sides change one field; return the conflict as a program sees it."""
    at.edit(at.someone(), mobile="0491 570 110")
    at.edit_in_xero("Alice Lang", Mobile="0491 570 313")
    at.sync()
    (found,) = program_of(at.player).call("GET", "conflicts").body
    assert isinstance(found, dict)
    return found


def test_a_conflict_is_decided_and_a_field_for_everybody_without_a_value_on_the_way(at_work: Office) -> None:
    program = program_of(at_work.player)
    found = clash(at_work)
    assert (found["field"], found["decision"]) == ("mobile", "")
    assert "0491" not in json.dumps(found)
    too_many = {"keep": "hr", "why": "kept_there", "open_conflicts": 2}
    assert program.call("POST", "conflicts/standing/mobile", too_many).status == 422
    assert program.call("POST", "conflicts/standing/termination", too_many).status == 422
    assert program.call("POST", "conflicts/standing/mobile", {"keep": "hr", "why": "because"}).status == 422
    standing = program.call("POST", "conflicts/standing/mobile", {**too_many, "open_conflicts": 1}).body
    assert (standing["field"], standing["keep"]) == ("mobile", "hr")
    assert program.call("GET", "conflicts/standing").body == [standing]
    assert program.call("DELETE", "conflicts/standing/mobile").body == []
    assert program.call("DELETE", "conflicts/standing/mobile").status == 404
    decided = program.call("POST", f"conflicts/{found['conflict_id']}/decide", {"keep": "xero"}).body
    assert decided["decision"] == "xero"
    assert program.call("POST", f"conflicts/{uuid4()}/decide", {"keep": "xero"}).status == 404


def test_conflicts_are_decided_from_the_command_line(at_work: Office, cast: Cast) -> None:
    found = clash(at_work)["conflict_id"]
    assert f"{found}  Alice Lang, Mobile: Both sides changed" in ask(conflict, "list")
    with pytest.raises(TandemError, match="You do not have access"):
        ask(conflict, "decide", found, "--keep", "hr", by=cast.bob)
    assert "Decided." in ask(conflict, "decide", found, "--keep", "hr", by=at_work.player)
    assert [one["decision"] for one in json.loads(ask(conflict, "list", "--json"))] == ["hr"]
    always = ("always", "mobile", "--keep", "xero", "--why", "checked_there")
    assert "decided with it: 0" in ask(conflict, *always, by=at_work.player)
    assert "mobile: always xero" in ask(conflict, "standing")
    assert "asked about again" in ask(conflict, "ask-again", "mobile", by=at_work.player)
    assert ask(conflict, "standing").strip() == "Every field is asked about."
