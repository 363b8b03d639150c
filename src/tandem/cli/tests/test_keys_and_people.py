"""Hand-overs, standby, notices, guest links and drills from the command line: the same actions, as a named person."""

import json
from datetime import timedelta

import pytest
from click import Group
from click.testing import CliRunner

from tandem.cli.drills import drill
from tandem.cli.guest_links import guest_link
from tandem.cli.handovers import handover
from tandem.cli.main import COMMANDS, Commands
from tandem.cli.notices import notice
from tandem.cli.standby import standby
from tandem.flows.people import terminate
from tandem.kernel import clock
from tandem.kernel.errors import TandemError
from tandem.people.actions import hire_employee
from tandem.people.records import EmployeeDetails, TerminationReason
from tandem.testing.cast import Cast
from tandem.testing.xero import AMIR, ROSA, Connect
from tandem.timeline.selectors import list_entries
from tandem.xero.connections.probes import probe_connection
from tandem.xero.facade import ConsentPurpose
from tandem_sandbox.testing import Sandbox

ALICE, BOB, CHARLIE = "alice@harbourlane.example", "bob@harbourlane.example", "charlie@secondstreet.example"


def ask(group: Group, *arguments: str, by: str = "") -> str:
    """Run a command on the bakery; return what it says, or raise what it fails of."""
    named = ["--as", by] if by else []
    done = CliRunner().invoke(group, [*arguments, "--account", "harbour-lane", *named])
    if isinstance(done.exception, TandemError):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture
def bakery(cast: Cast, connected: Connect) -> Cast:
    """Rosa carries, Amir stands by."""
    connected(cast.alice)
    connected(cast.alice, user=AMIR, purpose=ConsentPurpose.STANDBY)
    return cast


def test_every_command_is_there_and_says_what_it_does() -> None:
    for name in COMMANDS:
        command = Commands().get_command(None, name)  # type: ignore[arg-type]  # no context is needed
        assert command is not None
        assert command.hidden or command.help


CHANGING = (
    (guest_link, ("make", "--who", "Amir")),
    (standby, ("use",)),
    (standby, ("give-up",)),
    (standby, ("want", "no")),
    (drill, ("run",)),
)


def test_what_changes_something_asks_who_does_it_and_whether_they_may(bakery: Cast) -> None:
    for group, arguments in CHANGING:
        done = CliRunner().invoke(group, [*arguments, "--account", "harbour-lane"])
        assert (done.exit_code, "--as" in done.output) == (2, True), arguments
        with pytest.raises(TandemError, match="You do not have access"):
            ask(group, *arguments, by=BOB)
        with pytest.raises(TandemError, match="Nobody with access to harbour-lane"):
            ask(group, *arguments, by=CHARLIE)


def test_a_guest_link_is_made_as_somebody_listed_and_taken_back(bakery: Cast) -> None:
    assert ask(guest_link, "list").strip() == "No link was made yet."
    address = ask(guest_link, "make", "--who", "Amir", "--for", "reconnect", by=ALICE).splitlines()[0]
    assert bakery.anonymous.get(address.removeprefix("http://localhost:8000")).status_code == 302
    (row,) = json.loads(ask(guest_link, "list", "--json"))
    assert (row["standing"], row["made_for"], row["purpose"]) == ("open", "Amir", "reconnect")
    assert "opens nothing any more" in ask(guest_link, "revoke", row["link_id"], by=ALICE)
    assert "revoked" in ask(guest_link, "list", by=ALICE)
    made = next(entry for entry in list_entries(bakery.alice.actor) if entry.event == "guest_link.made")
    assert (made.actor_kind, made.actor_id) == ("user", bakery.alice.user.id)


def test_the_standby_is_shown_carries_and_is_given_up(bakery: Cast) -> None:
    assert "primary: Rosa Byrne" in ask(standby, "show")
    ask(standby, "use", by=ALICE)
    (shown,) = json.loads(ask(standby, "show", "--json"))
    assert [one["name"] for one in shown["authorisers"]] == ["Amir Lim", "Rosa Byrne"]
    assert (shown["last_change"]["because"], shown["last_change"]["written_twice"]) == ("by_hand", 0)
    ask(standby, "give-up", by=ALICE)
    assert "standby:" not in ask(standby, "show")
    assert "asked for again from" in ask(standby, "not-now", by=ALICE)
    assert "does without" in ask(standby, "want", "no", by=ALICE)


def test_a_hand_over_is_listed_appointed_and_put_off_and_says_why_to_those_who_may_know(
    bakery: Cast, connected: Connect
) -> None:
    rosa = hire_employee(
        bakery.alice.actor, details=EmployeeDetails(first_name="Rosa", last_name="Byrne", work_email=ROSA)
    )
    connected(bakery.alice, purpose=ConsentPurpose.RECONNECT)
    today = clock.today_in("Australia/Melbourne")
    terminate(
        bakery.alice.actor,
        employee_id=rosa.employee_id,
        termination_on=today + timedelta(days=14),
        reason=TerminationReason.VOLUNTARY,
    )
    (task,) = json.loads(ask(handover, "list", "--json", by=ALICE))
    assert (task["last_safe_on"], task["reasons"]) == (str(today + timedelta(days=14)), ["termination"])
    assert f"could take it in hand: {ALICE}" in ask(handover, "show", task["task_id"], by=ALICE)
    with pytest.raises(TandemError, match="Nobody of the account"):
        ask(handover, "appoint", task["task_id"], "--to", "nobody@example.com", by=ALICE)
    assert "takes it in hand" in ask(handover, "appoint", task["task_id"], "--to", ALICE, by=ALICE)
    assert "Nobody is reminded before" in ask(
        handover, "put-off", task["task_id"], "--until", str(today + timedelta(days=2)), by=ALICE
    )
    assert ask(handover, "list", "--closed").strip() == "Nothing has to be handed over."


def test_a_notice_is_listed_taken_and_released(bakery: Cast, sandbox: Sandbox) -> None:
    assert ask(notice, "list").strip() == "Nothing is open."
    ask(standby, "give-up", by=ALICE)
    sandbox.control("POST", "events", {"kind": "disconnect_app"})
    probe_connection(bakery.alice.account.account_id, anyway=True)
    (row,) = [one for one in json.loads(ask(notice, "list", "--json")) if one["kind"] == "connection_broken"]
    assert "is on it" in ask(notice, "take", row["notice_id"], by=ALICE)
    assert json.loads(ask(notice, "show", row["notice_id"], "--json"))[0]["acknowledged_at"]
    assert "Nobody is on it" in ask(notice, "release", row["notice_id"], by=ALICE)


def test_a_drill_runs_from_the_first_step_to_the_last(bakery: Cast) -> None:
    said = ask(drill, "run", by=ALICE)
    assert said.count(" done in ") == 10
    assert "passed, noticed after" in said
    assert [one["outcome"] for one in json.loads(ask(drill, "list", "--json"))] == ["passed"]
