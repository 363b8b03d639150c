"""Messages are signed, sent at least once, tried again, given up after days, and say nothing personal."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from pytest_django.fixtures import Settings
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from tandem.flows.people import terminate
from tandem.kernel.clock import FrozenClock
from tandem.kernel.errors import Invalid, NotFound, NotPermitted
from tandem.kernel.scoping import scope
from tandem.notices.selectors import list_open
from tandem.people.actions import hire_employee
from tandem.people.records import EmployeeDetails, TerminationReason
from tandem.testing.cast import Cast, Player
from tandem.testing.xero import BAKERY, ROSA, Connect
from tandem.webhooks import sending
from tandem.webhooks.announcing import announce, replay, write_test
from tandem.webhooks.endpoints import (
    MOST,
    get_endpoint,
    list_deliveries,
    list_endpoints,
    make_endpoint,
    remove_endpoint,
    switch_endpoint,
)
from tandem.webhooks.models import Delivery, Endpoint
from tandem.webhooks.posting import post
from tandem.webhooks.records import DeliveryRecord, NewEndpoint
from tandem.webhooks.rules import CHOICES, EventType
from tandem.webhooks.tests.conftest import Listener
from tandem.xero.connections.probes import probe_connection
from tandem.xero.schedule.actions import tell
from tandem_sandbox.testing import Sandbox

pytestmark = pytest.mark.usefixtures("real_db")
DATA = {"connection_id": "c", "to": "broken"}


def make(player: Player, listener: Listener) -> NewEndpoint:
    return make_endpoint(player.actor, url=listener.url, events=CHOICES)


def say(player: Player, event: EventType = EventType.STATE_CHANGED) -> int:
    return announce(player.actor, event, DATA)


def send(player: Player) -> int:
    return sending.deliver_waiting(player.account.account_id)


def log_of(player: Player, made: NewEndpoint) -> list[DeliveryRecord]:
    return list_deliveries(player.actor, endpoint_id=made.record.endpoint_id)


def test_a_message_carries_a_signature_that_the_published_library_accepts(cast: Cast, listener: Listener) -> None:
    made = make(cast.alice, listener)
    assert say(cast.alice) == 1
    assert listener.heard == [], "nobody waits for a program"
    assert (send(cast.alice), send(cast.alice)) == (1, 0)
    ((headers, body),) = listener.heard
    message = Webhook(made.secret).verify(body, headers)
    assert message["type"] == "connection.state_changed"
    assert message["data"] == {"account_id": str(cast.alice.account.account_id), **DATA}
    with pytest.raises(WebhookVerificationError):
        Webhook(made.secret).verify(body.replace("broken", "connected"), headers)
    (delivery,) = log_of(cast.alice, made)
    assert (delivery.fate, delivery.status, delivery.body) == ("sent", 204, body)


def test_the_secret_rests_sealed_and_is_in_no_record(cast: Cast, listener: Listener) -> None:
    made = make(cast.alice, listener)
    plain = made.secret.removeprefix("whsec_")
    with scope(cast.alice.account.account_id):
        assert plain.encode() not in bytes(Endpoint.objects.get().secret)
    assert plain not in f"{made!r} {list_endpoints(cast.alice.actor)!r}"


def test_only_what_an_endpoint_wants_is_sent_to_it_and_nothing_while_it_is_off(cast: Cast, listener: Listener) -> None:
    made = make_endpoint(cast.alice.actor, url=listener.url, events=[EventType.RECOVERED])
    assert (say(cast.alice), say(cast.alice, EventType.RECOVERED)) == (0, 1)
    assert say(cast.charlie) == 0
    switch_endpoint(cast.alice.actor, endpoint_id=made.record.endpoint_id, is_on=False)
    assert say(cast.alice, EventType.RECOVERED) == 0
    assert send(cast.alice) == 0
    (delivery,) = log_of(cast.alice, made)
    assert (delivery.fate, delivery.problem_code, listener.heard) == ("failed", "endpoint_off", [])
    switch_endpoint(cast.alice.actor, endpoint_id=made.record.endpoint_id, is_on=True)
    assert say(cast.alice, EventType.RECOVERED) == 1


@pytest.mark.parametrize("answers", [500, 404, 302])
def test_what_is_not_taken_is_tried_again_later_with_the_same_id(
    cast: Cast, frozen: FrozenClock, listener: Listener, answers: int
) -> None:
    made, listener.answers = make(cast.alice, listener), answers
    say(cast.alice)
    assert send(cast.alice) == 0
    (delivery,) = log_of(cast.alice, made)
    assert (delivery.fate, delivery.status) == ("waiting", answers)
    assert delivery.next_try_at == frozen.now() + timedelta(seconds=30)
    listener.answers = 200
    assert send(cast.alice) == 0, "not before its time"
    frozen.advance(seconds=30)
    assert send(cast.alice) == 1
    first, second = (headers["webhook-id"] for headers, _ in listener.heard)
    assert first == second


def test_an_endpoint_that_takes_nothing_for_days_is_switched_off_with_a_notice(
    cast: Cast, frozen: FrozenClock, listener: Listener
) -> None:
    made, listener.answers = make(cast.alice, listener), 500
    say(cast.alice)
    for _ in range(12):
        send(cast.alice)
        frozen.advance(hours=24)
        say(cast.alice)
    endpoint = get_endpoint(cast.alice.actor, endpoint_id=made.record.endpoint_id)
    assert (endpoint.is_on, endpoint.off_because) == (False, "failing")
    (notice,) = list_open(cast.alice.actor)
    assert (notice.kind, notice.facts) == ("webhook_disabled", {"host": "localhost"})
    assert not [delivery for delivery in log_of(cast.alice, made) if delivery.fate == "waiting"]
    switch_endpoint(cast.alice.actor, endpoint_id=made.record.endpoint_id, is_on=True)
    assert list_open(cast.alice.actor) == []


def test_an_endpoint_that_says_that_it_is_gone_is_switched_off_at_once(cast: Cast, listener: Listener) -> None:
    made, listener.answers = make(cast.alice, listener), 410
    say(cast.alice)
    send(cast.alice)
    assert get_endpoint(cast.alice.actor, endpoint_id=made.record.endpoint_id).off_because == "gone"


def test_a_message_is_sent_again_on_demand_and_a_test_at_once_and_once(cast: Cast, listener: Listener) -> None:
    made = make(cast.alice, listener)
    say(cast.alice)
    send(cast.alice)
    (sent,) = log_of(cast.alice, made)
    again = replay(cast.alice.actor, delivery_id=sent.delivery_id)
    assert (again.message_id, again.body) == (sent.message_id, sent.body)
    assert send(cast.alice) == 1
    listener.answers = 500
    test = write_test(cast.alice.actor, endpoint_id=made.record.endpoint_id)
    outcome = sending.deliver_one(cast.alice.account.account_id, test.delivery_id)
    assert outcome is not None
    assert not outcome.is_taken
    newest = log_of(cast.alice, made)[0]
    assert (newest.event, newest.fate) == ("test", "failed")
    assert get_endpoint(cast.alice.actor, endpoint_id=made.record.endpoint_id).failing_since is None
    assert sending.deliver_one(cast.alice.account.account_id, test.delivery_id) is None


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://localhost:9/", "address_not_allowed"),
        ("https://127.0.0.1/", "address_not_allowed"),
        ("https://localhost.localdomain.invalid/", "name_unknown"),
    ],
)
def test_in_earnest_this_machine_is_never_called(url: str, problem: str) -> None:
    assert post(url, body=b"{}", headers={}).problem_code == problem


def test_a_name_that_leads_inside_a_network_is_not_called(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = [(2, 1, 6, "", ("8.8.8.8", 443)), (2, 1, 6, "", ("10.0.0.8", 443))]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: answer)
    assert post("https://rebound.example.com/", body=b"{}", headers={}).problem_code == "address_not_allowed"


def test_what_does_not_answer_or_speak_tls_is_named(listener: Listener, settings: Settings) -> None:
    assert post("http://localhost:1/", body=b"{}", headers={}).problem_code == "no_answer"
    settings.TANDEM = replace(settings.TANDEM, demo=True)
    assert post(f"https://localhost:{listener.port}/", body=b"{}", headers={}).problem_code == "tls_failed"


def test_endpoints_are_for_administrators_of_the_account(cast: Cast, listener: Listener) -> None:
    made = make(cast.alice, listener)
    with pytest.raises(NotPermitted):
        make(cast.bob, listener)
    with pytest.raises(NotFound):
        get_endpoint(cast.charlie.actor, endpoint_id=made.record.endpoint_id)
    say(cast.alice)
    (delivery,) = log_of(cast.alice, made)
    with pytest.raises(NotFound):
        replay(cast.charlie.actor, delivery_id=delivery.delivery_id)
    with pytest.raises(NotFound):
        write_test(cast.charlie.actor, endpoint_id=made.record.endpoint_id)
    remove_endpoint(cast.alice.actor, endpoint_id=made.record.endpoint_id)
    with scope(cast.alice.account.account_id):
        assert not Delivery.objects.exists()


def test_endpoints_that_make_no_sense_are_refused(cast: Cast, listener: Listener) -> None:
    with pytest.raises(Invalid, match="public server"):
        make_endpoint(cast.alice.actor, url="https://10.0.0.8/", events=CHOICES)
    with pytest.raises(Invalid, match="at least one event"):
        make_endpoint(cast.alice.actor, url=listener.url, events=[])
    for _ in range(MOST):
        make(cast.alice, listener)
    with pytest.raises(Invalid, match="Remove one"):
        make(cast.alice, listener)


def test_the_log_is_kept_for_a_month(cast: Cast, frozen: FrozenClock, listener: Listener) -> None:
    make(cast.alice, listener)
    say(cast.alice)
    frozen.advance(days=31)
    say(cast.alice)
    assert sending.purge(cast.alice.account.account_id) == 1


def test_a_break_and_its_end_are_told_to_programs_in_codes(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect, listener: Listener
) -> None:
    connected(cast.alice)
    made = make(cast.alice, listener)
    for kind in ("remove_user", "restore_user"):
        sandbox.control("POST", "events", {"kind": kind, "user": ROSA, "organisation": BAKERY})
        frozen.advance(minutes=15)
        probe_connection(cast.alice.account.account_id, anyway=True)
        tell(cast.alice.account.account_id)
    messages = [json.loads(body) for _, body in listener.heard]
    kinds = [message["type"] for message in messages]
    assert kinds.count("connection.recovered") == 1
    broken = next(message["data"] for message in messages if message["data"].get("to") == "broken")
    assert set(broken) == {"account_id", "connection_id", "from", "to", "cause", "certain"}
    for name in ("Rosa", "Byrne", ROSA, "Bakery"):
        assert name not in "".join(body for _, body in listener.heard)
    assert {delivery.fate for delivery in log_of(cast.alice, made)} == {"sent"}


def test_a_hand_over_is_told_to_programs_with_its_day_and_never_why(
    cast: Cast, frozen: FrozenClock, connected: Connect, listener: Listener
) -> None:
    rosa = hire_employee(
        cast.alice.actor, details=EmployeeDetails(first_name="Rosa", last_name="Byrne", work_email=ROSA)
    )
    connected(cast.alice)
    make(cast.alice, listener)
    last_day = frozen.now().date() + timedelta(days=14)
    terminate(
        cast.alice.actor,
        employee_id=rosa.employee_id,
        termination_on=last_day,
        reason=TerminationReason.VOLUNTARY,
    )
    tell(cast.alice.account.account_id)
    (message,) = [one for _, body in listener.heard if (one := json.loads(body))["type"] == "handover.needed"]
    assert message["data"]["needed_by"] == last_day.isoformat()
    told = json.dumps(message)
    assert not [word for word in ("Rosa", "Byrne", ROSA, "terminat", str(rosa.employee_id)) if word in told]
