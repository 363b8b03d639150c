"""What tandem_sandbox offers to other programs' tests, and the token command."""

import json
import urllib.request
from contextlib import suppress

import pytest

from tandem_sandbox.__main__ import main
from tandem_sandbox.sign_in import App, SignInRefused
from tandem_sandbox.testing import ConnectionDropped, Sandbox, sign_in_at
from tandem_sandbox.tests.caller import AMIR, BAKERY, BOOKS, EMPLOYEES, NOOR, ROSA


@pytest.mark.parametrize("who", ["nobody@example.com", NOOR])
def test_a_user_who_may_not_connect_is_refused_in_the_simulators_words(who: str) -> None:
    with pytest.raises(SignInRefused, match=r"POST /_sandbox/consent answered 4.*error"):
        Sandbox(employees=2).sign_in(user=who)


def test_an_app_with_the_wrong_secret_is_refused() -> None:
    with pytest.raises(SignInRefused, match="invalid_client"):
        Sandbox(employees=2).sign_in(app=App(secret="wrong"))


def test_signing_in_gives_tokens_and_the_tenant_of_each_organisation() -> None:
    sandbox = Sandbox(employees=2)
    signed_in = sandbox.sign_in(user=AMIR, organisations=[BAKERY, BOOKS], scopes=["payroll.employees.read"])
    assert signed_in.tokens["scope"] == "payroll.employees.read"
    assert "refresh_token" not in signed_in.tokens
    assert list(signed_in.tenants) == [BAKERY, BOOKS]
    answer = sandbox.app.test_client().get(EMPLOYEES, headers=signed_in.headers(BOOKS))
    assert len(answer.get_json()["Employees"]) == 12


def test_a_token_set_shows_no_token_when_printed() -> None:
    signed_in = Sandbox(employees=2).sign_in()
    assert signed_in.tokens["access_token"] not in repr(signed_in)


@pytest.mark.enable_socket
def test_a_simulator_elsewhere_signs_in_the_same_way() -> None:
    with Sandbox(employees=2).serve() as address:
        signed_in = sign_in_at(address)
        asked = urllib.request.Request(address + EMPLOYEES, headers=signed_in.headers(BAKERY))
        with urllib.request.urlopen(asked, timeout=10) as answer:
            assert len(json.load(answer)["Employees"]) == 2


@pytest.mark.enable_socket
def test_the_command_prints_a_token_set_or_the_headers_of_a_call(capsys: pytest.CaptureFixture[str]) -> None:
    with Sandbox(employees=2).serve() as address:
        assert main(["token", "--url", address, "--user", AMIR, "--organisation", BOOKS]) == 0
        printed = json.loads(capsys.readouterr().out)
        assert (list(printed["tenants"]), printed["token_type"]) == ([BOOKS], "Bearer")
        assert main(["token", "--url", address, "--user", ROSA, "--headers"]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert [line.split(": ")[0] for line in lines] == ["Authorization", "Accept", "Xero-Tenant-Id"]


@pytest.mark.enable_socket
def test_the_command_says_what_to_do_when_it_is_refused_or_nobody_answers(capsys: pytest.CaptureFixture[str]) -> None:
    with Sandbox(employees=2).serve() as address:
        assert main(["token", "--url", address, "--user", "nobody@example.com"]) == 1
        assert "There is no user nobody@example.com." in capsys.readouterr().err
    assert main(["token", "--url", address]) == 1
    assert "Start one: tandem-sandbox serve" in capsys.readouterr().err


def test_another_simulator_goes_on_where_the_snapshot_was_taken() -> None:
    first = Sandbox(employees=2)
    signed_in = first.sign_in(user=ROSA)
    caller = first.app.test_client()
    person = caller.get(EMPLOYEES, headers=signed_in.headers(BAKERY)).get_json()["Employees"][0]["EmployeeID"]
    taken = first.snapshot()
    first.control("POST", "events", {"kind": "remove_user", "user": ROSA, "organisation": BAKERY})
    second = Sandbox(employees=9)
    second.put_back(taken)
    answer = second.app.test_client().get(f"{EMPLOYEES}/{person}", headers=signed_in.headers(BAKERY))
    assert answer.status_code == 200
    assert [row["path"] for row in second.control("GET", "log")][-2:] == [EMPLOYEES, f"{EMPLOYEES}/{person}"]
    assert caller.get(EMPLOYEES, headers=signed_in.headers(BAKERY)).status_code == 403
    first.put_back(taken)
    assert caller.get(EMPLOYEES, headers=signed_in.headers(BAKERY)).status_code == 200


def test_no_snapshot_is_taken_while_a_write_is_on_its_way() -> None:
    sandbox = Sandbox(employees=2)
    sandbox.control("POST", "faults", {"path": "/payroll.xro/*", "fault": "committed_late", "method": "POST"})
    headers = sandbox.sign_in(user=ROSA).headers(BAKERY)
    someone = {"FirstName": "Nia", "LastName": "Okoro", "DateOfBirth": "/Date(665452800000+0000)/"}
    with suppress(ConnectionDropped):
        sandbox.app.test_client().post(EMPLOYEES, headers=headers, json=[someone])
    with pytest.raises(ValueError, match="still on its way"):
        sandbox.snapshot()
