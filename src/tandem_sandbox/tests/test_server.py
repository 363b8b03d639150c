"""Over a real port: sockets that close, one write per answer, many at once, stopping, starting again."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tandem_sandbox.__main__ import main
from tandem_sandbox.app import create_app
from tandem_sandbox.server import Server
from tandem_sandbox.store import StateFile, StateFileUnreadable
from tandem_sandbox.testing import Sandbox
from tandem_sandbox.tests.caller import (
    BAKERY,
    DEMO,
    EMPLOYEES,
    NEWCOMER,
    ROSA,
    SECRET,
    Caller,
    organisation_id,
    sign_in,
)

JWKS = "/.well-known/openid-configuration/jwks"


@contextmanager
def serving(sandbox: Sandbox) -> Iterator[int]:
    """Serve a simulator on a free port."""
    server = Server(("127.0.0.1", 0), sandbox.app)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _request(
    port: int, method: str, path: str, *, body: str | None = None, headers: dict[str, str] | None = None
) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, body=body, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def _headers(caller: Caller) -> dict[str, str]:
    return {
        "Authorization": f"Bearer {caller.tokens['access_token']}",
        "Xero-Tenant-Id": str(caller.tenant),
        "Accept": "application/json",
        "Content-Type": "application/json",
    }


def _refresh(port: int, token: str) -> tuple[int, Any]:
    form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": DEMO, "client_secret": SECRET}
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    status, body = _request(port, "POST", "/connect/token", body=urlencode(form), headers=headers)
    return status, json.loads(body)


def test_dropped_and_lost_calls_really_close_the_socket() -> None:
    sandbox = Sandbox(employees=3)
    caller = sign_in(sandbox)
    with serving(sandbox) as port:
        for fault, people in (("dropped", 3), ("committed_but_lost", 4)):
            sandbox.control("POST", "faults", {"path": EMPLOYEES, "method": "POST", "fault": fault, "count": 1})
            with pytest.raises(http.client.RemoteDisconnected):
                _request(port, "POST", EMPLOYEES, body=json.dumps([NEWCOMER]), headers=_headers(caller))
            assert len(caller.employees()) == people


def test_a_truncated_answer_ends_before_its_length() -> None:
    sandbox = Sandbox(employees=3)
    caller = sign_in(sandbox)
    sandbox.control("POST", "faults", {"path": EMPLOYEES, "fault": "truncated", "count": 1})
    with serving(sandbox) as port:
        with pytest.raises(http.client.IncompleteRead):
            _request(port, "GET", EMPLOYEES, headers=_headers(caller))
        assert _request(port, "GET", EMPLOYEES, headers=_headers(caller))[0] == 200


def test_an_answer_arrives_in_one_piece_on_a_connection_that_stays() -> None:
    sandbox = Sandbox(employees=2)
    caller = sign_in(sandbox)
    lines = "".join(f"{name}: {value}\r\n" for name, value in _headers(caller).items())
    request = f"GET {EMPLOYEES} HTTP/1.1\r\nHost: x\r\n{lines}\r\n".encode()
    with serving(sandbox) as port, socket.create_connection(("127.0.0.1", port), timeout=10) as plug:
        for _ in range(3):
            plug.sendall(request)
            piece = plug.recv(1_000_000)
            assert piece.startswith(b"HTTP/1.1 200 OK\r\n")
            assert piece.endswith(b"]}")


def test_a_body_in_chunks_and_one_too_large_get_an_answer() -> None:
    sandbox = Sandbox(employees=0)
    caller = sign_in(sandbox)
    with serving(sandbox) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        text = json.dumps([NEWCOMER]).encode()
        connection.request("POST", EMPLOYEES, body=iter([text[:9], text[9:]]), headers=_headers(caller))
        answer = connection.getresponse()
        assert (answer.status, bool(answer.read())) == (200, True)
        connection.close()
        with socket.create_connection(("127.0.0.1", port), timeout=10) as plug:
            plug.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n")
            assert plug.recv(1000).startswith(b"HTTP/1.1 413 ")
        with socket.create_connection(("127.0.0.1", port), timeout=10) as plug:
            plug.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
            assert plug.recv(1000).startswith(b"HTTP/1.1 400 ")


def test_fifty_refreshes_at_once_take_the_time_of_one_and_all_get_tokens() -> None:
    sandbox = Sandbox(employees=1, sleep=time.sleep)
    caller = sign_in(sandbox)
    sandbox.control("POST", "faults", {"path": "/connect/token", "fault": "slow", "seconds": 1})
    with serving(sandbox) as port, ThreadPoolExecutor(50) as pool:
        before = sandbox.clock.now()
        answers = list(pool.map(lambda _: _refresh(port, caller.tokens["refresh_token"]), range(50)))
        took = (sandbox.clock.now() - before).total_seconds()
    assert {status for status, _ in answers} == {200}
    assert len({body["refresh_token"] for _, body in answers}) == 50
    assert 1 <= took < 20
    calls = sandbox.control("GET", "log?path=/connect/token")[-50:]
    assert max(call["in_flight"] for call in calls) > 5


def test_five_calls_at_once_pass_and_more_are_refused_while_slow_ones_wait() -> None:
    sandbox = Sandbox(employees=1, sleep=time.sleep)
    caller = sign_in(sandbox)
    sandbox.control("POST", "faults", {"path": EMPLOYEES, "fault": "slow", "seconds": 1.5})
    with serving(sandbox) as port, ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: _request(port, "GET", EMPLOYEES, headers=_headers(caller))[0], range(8)))
        assert set(answers) == {200, 429}
        assert answers.count(200) >= 1
        sandbox.control("DELETE", "faults")
        five = list(pool.map(lambda _: _request(port, "GET", EMPLOYEES, headers=_headers(caller))[0], range(5)))
        assert five == [200] * 5
    peak = max(entry["in_flight"] for entry in sandbox.control("GET", "log?path=/payroll*"))
    assert peak > 5


def test_a_state_file_brings_back_people_tokens_key_and_clock(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    first = Sandbox()
    first.simulator.state_file = StateFile(path)
    first.simulator.state_file.keys = first.simulator.signatory.keys
    caller = sign_in(first)
    person = caller.employees()[0]["EmployeeID"]
    caller.post(f"{EMPLOYEES}/{person}", [{"FirstName": "Rosalind"}])
    first.control("POST", "clock", {"advance_seconds": 1200})
    first.control("POST", "events", {"kind": "drop_payroll_admin", "user": ROSA, "organisation": BAKERY})
    assert path.stat().st_mode & 0o077 == 0

    second = Sandbox()
    second.app = create_app(clock=second.clock, state_file=StateFile(path))
    again = Caller(second, caller.tokens, caller.tenant)
    assert again.get(EMPLOYEES).status_code == 403
    assert second.control("POST", "events", {"kind": "put_back"})["events"] == 1
    assert again.employee(person)["FirstName"] == "Rosalind"
    assert len(again.employees()) == 60
    assert second.clock.offset.total_seconds() == pytest.approx(1200)
    assert first.control("GET", "world") != {}
    assert again.refresh().status_code == 200
    assert organisation_id(second) == caller.tenant
    old, new = (item.app.test_client().get(JWKS).get_json() for item in (first, second))
    assert old == new


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"version": 99}', '{"version": 1, "world": {}}'])
def test_a_state_file_that_cannot_be_read_is_refused_in_words(tmp_path: Path, text: str) -> None:
    path = tmp_path / "state.json"
    path.write_text(text)
    with pytest.raises(StateFileUnreadable, match="Move it away"):
        create_app(state_file=StateFile(path))


def _start(*arguments: str) -> tuple[subprocess.Popen[str], str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(
        [sys.executable, "-m", "tandem_sandbox", "serve", *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert process.stdout is not None
    return process, process.stdout.readline()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_serves_and_stops_promptly_with_its_state_kept(tmp_path: Path, number: int) -> None:
    port, state = _free_port(), tmp_path / "state.json"
    arguments = (
        "--port",
        str(port),
        "--employees",
        "3",
        "--state",
        str(state),
        "--redirect-uri",
        "http://localhost:1/x",
    )
    process, line = _start(*arguments)
    try:
        assert "not affiliated with Xero" in line
        assert json.loads(_request(port, "GET", "/_sandbox/health")[1])["ok"] is True
        _request(port, "POST", "/_sandbox/clock", body='{"advance_seconds": 60}')
        apps = json.loads(_request(port, "GET", "/_sandbox/world")[1])["apps"]
        assert "http://localhost:1/x" in apps[0]["redirect_uris"]
        process.send_signal(number)
        assert process.wait(timeout=5) == 0
        assert json.loads(state.read_text())["clock_offset_seconds"] == 60
    finally:
        process.kill()
        process.communicate()


def test_a_port_that_is_taken_is_said_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert main(["serve", "--port", str(taken.getsockname()[1])]) == 1
    assert "choose another --port" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["serve", "--host", "0.0.0.0"]])
def test_the_command_says_how_to_use_it(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert capsys.readouterr().out
