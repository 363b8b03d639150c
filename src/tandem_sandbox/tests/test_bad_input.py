"""Whatever is sent, an answer comes back, and never a Python error."""

import json
import logging
import socket
import threading
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tandem_sandbox.server import Server
from tandem_sandbox.testing import ControlRefused, Sandbox
from tandem_sandbox.tests.caller import (
    BAKERY,
    EMPLOYEES,
    NEWCOMER,
    ORGANISATION,
    PAYROLL,
    ROSA,
    Caller,
    quiet_sandbox,
    sign_in,
)

pytestmark = pytest.mark.unmeasured

CONNECTIONS, TOKEN = "/connections", "/connect/token"
DISCOVERY = "/.well-known/openid-configuration"
NO_LIMITS = {"minute": None, "day": None, "app_minute": None, "concurrent": None}


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    made = quiet_sandbox(employees=3)
    made.control("PATCH", "limits", NO_LIMITS)
    return made


@pytest.fixture(scope="module")
def rosa(sandbox: Sandbox) -> Caller:
    return sign_in(sandbox)


@pytest.fixture(scope="module")
def port(sandbox: Sandbox) -> Iterator[int]:
    server = Server(("127.0.0.1", 0), sandbox.app)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield int(server.server_address[1])
    server.shutdown()
    server.server_close()
    thread.join()


def _raw(port: int, *pieces: bytes) -> bytes:
    """Send bytes as they are and read until the server closes or an answer is complete."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as plug:
        plug.sendall(b"".join(pieces))
        plug.shutdown(socket.SHUT_WR)
        found = b""
        while piece := plug.recv(65_536):
            found += piece
        return found


def _ask(port: int, rosa: Caller, line: str, *more: bytes, body: bytes = b"") -> int:
    head = (
        f"{line} HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\nXero-Tenant-Id: {rosa.tenant}\r\n"
        f"Authorization: Bearer {rosa.tokens['access_token']}\r\nContent-Length: {len(body)}\r\n"
    ).encode()
    answer = _raw(port, head, *(piece + b"\r\n" for piece in more), b"\r\n", body)
    assert answer.startswith(b"HTTP/1.1 "), answer[:80]
    assert b"Traceback" not in answer
    assert b"Python" not in answer
    return int(answer[9:12])


@pytest.mark.parametrize("path", [EMPLOYEES, f"{PAYROLL}/Settings", ORGANISATION, CONNECTIONS, TOKEN, DISCOVERY])
@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("status", [405, 501])
def test_a_verb_that_a_path_does_not_have_is_405_or_501(rosa: Caller, path: str, method: str, status: int) -> None:
    rosa.sandbox.control("PATCH", "switches", {"unsupported_verb_status": status})
    answer = rosa.call(method, path)
    rosa.sandbox.control("PATCH", "switches", {"unsupported_verb_status": 405})
    assert answer.status_code == status
    assert method not in answer.headers["Allow"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Xero-Correlation-Id"]


@pytest.mark.parametrize("path", [f"{PAYROLL}/Settings", ORGANISATION, f"{DISCOVERY}/jwks"])
def test_a_post_to_what_is_only_read_is_405(rosa: Caller, path: str) -> None:
    assert rosa.post(path, {}).status_code == 405


@pytest.mark.parametrize("verb", ["TRACE", "CONNECT", "BREW", "get"])
def test_a_verb_of_no_path_at_all_is_501(port: int, rosa: Caller, verb: str) -> None:
    assert _ask(port, rosa, f"{verb} {EMPLOYEES}") == 501


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data", "text/xml", "x", "\xff"])
def test_a_get_with_a_body_and_an_odd_content_type_is_answered(port: int, rosa: Caller, kind: str) -> None:
    header = b"Content-Type: " + kind.encode("latin-1")
    assert _ask(port, rosa, f"GET {EMPLOYEES}", header, body=b"a=b&<x/>") == 200


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (b"Authorization: Bearer other", 401),
        (b"xero-tenant-id: other", 403),
        (b"Idempotency-Key: a\r\nIdempotency-Key: b", 200),
        (b"Accept: text/html", 200),
        (b"Content-Length: 5", 400),
        (b"X-Huge: " + b"a" * 70_000, 431),
        (b"\r\n".join(b"X-%d: a" % number for number in range(200)), 431),
        (b"X-Odd: \x00\xff\xfe", 200),
        (b"Host: a b/<>", 200),
        (b"Transfer-Encoding: gzip", 200),
    ],
)
def test_a_header_that_is_odd_huge_or_comes_twice_is_answered(
    port: int, rosa: Caller, header: bytes, status: int
) -> None:
    assert _ask(port, rosa, f"GET {EMPLOYEES}", header) == status


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"x" * 10_000_000, 413),
        (b"[" * 100_000, 400),
        (b'[{"FirstName":"\\ud800"}]', 400),
        (b'[{"FirstName":"\x00"}]', 400),
        (b'[{"FirstName":NaN}]', 400),
        (b'[{"FirstName":1e999}]', 400),
        (b'[{"FirstName":' + b"9" * 5000 + b"}]", 400),
        (b'[{"FirstName":' + b"[" * 100 + b"]" * 100 + b"}]", 400),
        (b"\xff\xfe[", 400),
        (b'\xef\xbb\xbf[{"FirstName":"x"}]', 400),
    ],
)
def test_a_body_that_is_no_record_is_refused(port: int, rosa: Caller, body: bytes, status: int) -> None:
    assert _ask(port, rosa, f"POST {EMPLOYEES}", b"Content-Type: application/json", body=body) == status


@pytest.mark.parametrize("length", [b"-1", b"abc", b"1e3", b"99999999999"])
def test_a_length_that_is_none_is_refused(port: int, length: bytes) -> None:
    answer = _raw(port, b"POST /connect/token HTTP/1.1\r\nHost: x\r\nContent-Length: ", length, b"\r\n\r\n")
    assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 413 "))


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{EMPLOYEES}/%00", 404),
        (f"{EMPLOYEES}/%ff%fe", 404),
        (f"{EMPLOYEES}/%2e%2e/%2f", 404),
        (f"http://elsewhere.example{EMPLOYEES}", 200),
        (f"{EMPLOYEES}?where=%ff%00", 400),
        (f"{EMPLOYEES}?where={'(' * 1000}Status==%22ACTIVE%22{')' * 1000}", 400),
        (f"{EMPLOYEES}?where={'%20OR%20'.join(['Status==%22A%22'] * 1500)}", 200),
        (f"{EMPLOYEES}?order=%ff", 400),
        (f"{EMPLOYEES}?page=%D9%A3", 400),
        (f"{EMPLOYEES}?page=1&page=x", 200),
        (f"{CONNECTIONS}?authEventId=%00%ff", 200),
        ("/" + "a" * 70_000, 414),
        ("/PAYROLL.XRO/1.0/eMPLOYEES", 200),
    ],
)
def test_a_path_or_query_that_is_odd_is_answered(port: int, rosa: Caller, path: str, status: int) -> None:
    assert _ask(port, rosa, f"GET {path}") == status


@pytest.mark.parametrize("junk", [b"GARBAGE\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"])
def test_what_is_no_request_at_all_gets_a_status_line_in_plain_text(port: int, junk: bytes) -> None:
    answer = _raw(port, junk)
    assert answer.startswith(b"HTTP/1.1 ")
    assert b"text/plain" in answer
    assert b"Python" not in answer


def test_requests_sent_together_are_answered_in_their_order(port: int, rosa: Caller) -> None:
    head = f"Host: x\r\nAuthorization: Bearer {rosa.tokens['access_token']}\r\nXero-Tenant-Id: {rosa.tenant}\r\n"
    paths = (CONNECTIONS, f"{PAYROLL}/Nothing", DISCOVERY)
    answer = _raw(port, *(f"GET {path} HTTP/1.1\r\n{head}\r\n".encode() for path in paths))
    assert answer.count(b"HTTP/1.1 200 OK") == 2
    assert answer.index(b"tenantId") < answer.index(b"404") < answer.index(b"jwks_uri")


def test_a_fault_of_the_simulator_itself_says_so(
    port: int, rosa: Caller, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A logger of this test's own: what other tests did to the shared one decides nothing here.
    logger = logging.getLogger("tandem_sandbox.tests.own_fault")
    logger.addHandler(caplog.handler)
    monkeypatch.setattr("tandem_sandbox.server.log", logger)
    world = rosa.sandbox.simulator.world
    organisation = world.organisations[str(rosa.tenant)]
    kept, organisation.tracking = organisation.tracking, [object()]  # type: ignore[list-item]
    try:
        head = f"Host: x\r\nAuthorization: Bearer {rosa.tokens['access_token']}\r\nXero-Tenant-Id: {rosa.tenant}\r\n"
        answer = _raw(port, f"GET /api.xro/2.0/TrackingCategories HTTP/1.1\r\n{head}\r\n".encode())
    finally:
        organisation.tracking = kept
    assert answer.startswith(b"HTTP/1.1 500 ")
    assert b"not an answer of Xero" in answer
    assert "TypeError" in caplog.text


@pytest.mark.parametrize(
    "form",
    ["grant_type=%ff%00&client_id=%00", "{}", "a=" * 200_000, "grant_type=refresh_token&client_id=TANDEM-DEMO-APP"],
)
def test_a_token_call_of_any_shape_gets_an_oauth_error(rosa: Caller, form: str) -> None:
    for kind in ("application/x-www-form-urlencoded", "application/json", "multipart/form-data; boundary=x"):
        answer = rosa.web.post(TOKEN, data=form, content_type=kind)
        assert (answer.status_code, answer.get_json()) == (400, {"error": "invalid_client"})


@pytest.mark.parametrize("key", ["\x7f", " ", "é", "a,b", "ÿ" * 128])
def test_an_odd_idempotency_key_is_a_key_like_any_other(rosa: Caller, key: str) -> None:
    headers: dict[str, str | None] = {"Idempotency-Key": key}
    first, second = (rosa.post(EMPLOYEES, [{**NEWCOMER, "LastName": ""}], headers=headers) for _ in range(2))
    assert (first.status_code, first.get_data()) == (400, second.get_data())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
PATHS = st.sampled_from(
    [EMPLOYEES, f"{EMPLOYEES}/x", f"{PAYROLL}/PayItems", f"{PAYROLL}/PayRuns", f"{PAYROLL}/Superfunds",
     f"{PAYROLL}/PayrollCalendars", f"{PAYROLL}/Settings", ORGANISATION, "/api.xro/2.0/Users", CONNECTIONS, TOKEN,
     "/connect/revocation", "/connect/userinfo", DISCOVERY, "/identity/connect/authorize", "/identity/login"]
)  # fmt: skip
QUERIES = st.dictionaries(
    st.sampled_from(["where", "order", "page", "authEventId", "client_id", "redirect_uri", "scope", "state"]),
    st.text(max_size=30) | st.sampled_from(['Status=="ACTIVE"', "DateTime(9999,99,99)", 'Guid("x")', "LastName DESC"]),
    max_size=3,
)
HEADERS = st.dictionaries(
    st.sampled_from(["If-Modified-Since", "Idempotency-Key", "Accept", "Content-Type", "Cookie", "Xero-Tenant-Id"]),
    st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=30),
    max_size=2,
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE"]), path=PATHS, query=QUERIES, headers=HEADERS, body=st.data()
)
def test_any_request_gets_an_answer_that_is_no_crash(
    rosa: Caller, method: str, path: str, query: dict[str, str], headers: dict[str, str | None], body: st.DataObject
) -> None:
    sent = body.draw(st.binary(max_size=50) | JSON.map(lambda value: json.dumps([value]).encode()))
    answer = rosa.call(method, path, query=query, headers=headers, data=sent)
    assert answer.status_code in (200, 204, 400, 401, 403, 404, 405, 412, 413, 415, 500)
    if answer.status_code == 500:
        assert answer.get_json()["Detail"].startswith("An error occurred in Xero.")


OWN_ROOTS = ("/_sandbox/health", "/_sandbox/world", "/_sandbox/log", "/_sandbox/switches", "/_sandbox/limits")
NAMES = st.sampled_from(
    ["kind", "user", "organisation", "role", "app", "employee", "changes", "fields", "name", "path", "fault", "status",
     "seconds", "count", "probability", "method", "set", "advance_seconds", "mode", "minute", "day", "client_id",
     "secret", "redirect_uris", "certified", "authorize_url", "organisations", "allow", "seed", "text", "when",
     "email", "first_name", "last_name", "payroll_admin"]
)  # fmt: skip
CALLS = st.sampled_from(
    [("POST", "events"), ("POST", "faults"), ("POST", "clock"), ("PATCH", "limits"), ("PATCH", "switches"),
     ("POST", "apps"), ("POST", "consent")]
)  # fmt: skip
KINDS = st.sampled_from(["remove_user", "change_role", "put_back", "disconnect_app", "edit_employee", "end_trial"])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(call=CALLS, body=JSON | st.dictionaries(NAMES, JSON | KINDS | st.just(BAKERY) | st.just(ROSA), max_size=5))
def test_the_control_api_answers_any_json_with_a_sentence_or_does_it(call: tuple[str, str], body: object) -> None:
    sandbox = _CONTROLLED
    answer = sandbox.app.test_client().open(
        f"/_sandbox/{call[1]}", method=call[0], data=json.dumps(body), content_type="application/json"
    )
    assert answer.status_code in (200, 400, 404, 409)
    if answer.status_code != 200:
        assert answer.get_json()["error"]


_CONTROLLED = quiet_sandbox(employees=1)


@pytest.mark.parametrize("path", OWN_ROOTS)
def test_the_control_api_is_out_of_reach_for_any_authorization_header(rosa: Caller, path: str) -> None:
    for header in (f"Bearer {rosa.tokens['access_token']}", "Basic eDp5", "", "\xff"):
        assert rosa.web.get(path, headers={"Authorization": header}).status_code == 403


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("events", {"kind": []}),
        ("events", {"kind": "disconnect_app", "app": []}),
        ("events", {"kind": "edit_employee", "organisation": BAKERY, "employee": "x", "changes": "x"}),
        ("clock", {"advance_seconds": 1e308}),
        ("clock", {"set": "0001-01-01T00:00:00+14:00"}),
        ("clock", {"set": 5}),
        ("clock", {"mode": ["frozen"]}),
        ("apps", {"name": 5}),
        ("apps", {"certified": "yes"}),
        ("apps", {"secret": 5}),
        ("consent", {"user": []}),
        ("consent", {"authorize_url": 5, "user": ROSA}),
        ("consent", {"user": ROSA, "allow": "no"}),
        ("reset", {"seed": 1.5}),
    ],
)
def test_a_control_call_with_the_wrong_kind_of_value_is_refused(sandbox: Sandbox, path: str, body: object) -> None:
    with pytest.raises(ControlRefused, match="400"):
        sandbox.control("POST", path, body)
