"""The connection from the command line says what the page says."""

import json

import pytest
from click.testing import CliRunner

from tandem.access.roles import Role
from tandem.cli.connection import connection
from tandem.cli.moves import move
from tandem.testing.cast import Cast, join
from tandem.testing.xero import BAKERY, BOOKS, Connect
from tandem.xero import facade
from tandem_sandbox.testing import Sandbox


def _ask(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(connection, list(arguments))
    return done.exit_code, done.output


def test_a_proved_connection_exits_with_0(cast: Cast, sandbox: Sandbox, connected: Connect) -> None:
    connected(cast.alice)
    code, output = _ask("probe", "--account", "harbour-lane", "--json")
    assert (code, json.loads(output)["lights"]["payroll"]["state"]) == (0, "proved")


def test_a_broken_one_exits_with_1_and_names_the_cause(cast: Cast, sandbox: Sandbox, connected: Connect) -> None:
    connected(cast.alice)
    sandbox.control("POST", "events", {"kind": "disconnect_app"})
    code, output = _ask("probe", "--account", str(cast.alice.account.account_id))
    assert code == 1
    assert output.startswith("Broken: ")
    assert "Next: " in output


@pytest.mark.usefixtures("sandbox")
def test_one_that_was_never_set_up_says_so(cast: Cast) -> None:
    code, output = _ask("show", "--account", "harbour-lane")
    assert code == 1
    assert output.startswith("Not set up: ")


@pytest.mark.usefixtures("cast")
def test_the_reconnect_link_opens_the_connection_page() -> None:
    assert _ask("reconnect-link", "--account", "harbour-lane") == (
        0,
        "http://localhost:8000/a/harbour-lane/xero/\n",
    )


@pytest.mark.usefixtures("cast")
def test_an_unknown_account_is_refused_with_a_sentence() -> None:
    done = CliRunner().invoke(connection, ["show", "--account", "nowhere"])
    assert "There is no account called nowhere" in str(done.exception)


def test_a_move_is_shown_and_taken_back_and_never_asked_for_by_a_command(
    cast: Cast, sandbox: Sandbox, connected: Connect
) -> None:
    del sandbox
    connected(cast.alice)
    account = ("--account", "harbour-lane")
    assert _ask("move", "show", *account) == (0, "Nobody asked for a move.\n")
    join(cast.alice.account, "Erin Walsh", Role.ACCOUNT_ADMIN)
    facade.ask_to_move(cast.alice.actor, to_name=BOOKS, confirmed=BAKERY, reason="We sold the bakery")
    code, output = _ask("move", "show", *account, "--json")
    assert (code, json.loads(output)[0]["move"]["standing"]) == (0, "waiting")
    assert _ask("move", "show", *account) == (0, f"waiting: {BAKERY} to {BOOKS}\n")
    taken_back = _ask("move", "withdraw", *account, "--as", cast.alice.user.email)
    assert taken_back == (0, "The request was taken back. Nothing was changed.\n")
    assert set(move.commands) == {"show", "withdraw"}
