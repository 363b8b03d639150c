"""The pages of webhooks: add, test, switch, replay, remove; the secret once; shut without a second factor."""

import re
from uuid import UUID

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tandem.testing.cast import Cast, text_of
from tandem.webhooks.announcing import announce
from tandem.webhooks.endpoints import list_deliveries, list_endpoints, make_endpoint
from tandem.webhooks.rules import CHOICES, EventType
from tandem.webhooks.tests.conftest import Listener, listener

__all__ = ["listener"]
EVENTS = [event.value for event in CHOICES]


def page(cast: Cast, path: str) -> str:
    return text_of(cast.alice.client.get(cast.alice.url(f"webhooks/{path}")))


def press(cast: Cast, path: str) -> str:
    return text_of(cast.alice.client.post(cast.alice.url(f"webhooks/{path}"), follow=True))


def add(cast: Cast, listener: Listener) -> UUID:
    return make_endpoint(cast.alice.actor, url=listener.url, events=CHOICES).record.endpoint_id


def test_the_secret_is_shown_once(cast: Cast, listener: Listener) -> None:
    assert "No program is told yet" in page(cast, "")
    sent = cast.alice.client.post(cast.alice.url("webhooks/new/"), {"url": listener.url, "events": EVENTS})
    (secret,) = re.findall(r"whsec_[A-Za-z0-9+/=]{20,}", text_of(sent))
    assert sent.headers["Cache-Control"] == "no-store"
    (endpoint,) = list_endpoints(cast.alice.actor)
    for path in ("", f"{endpoint.endpoint_id}/"):
        assert secret not in page(cast, path)
        assert listener.url in page(cast, path)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"url": "", "events": EVENTS}, "Enter the address"),
        ({"url": "https://10.0.0.8/in", "events": EVENTS}, "must lead to a public server"),
        ({"url": "https://example.com/in"}, "Choose at least one event"),
        ({"url": "https://example.com/in", "events": ["employee.hired"]}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_told_anything_is_refused_and_stays_as_typed(
    cast: Cast, form: dict[str, object], said: str
) -> None:
    response = cast.alice.client.post(cast.alice.url("webhooks/new/"), form)
    assert response.status_code == 422
    assert said in text_of(response)
    assert f'value="{form["url"]}"' in text_of(response) or not form["url"]
    assert list_endpoints(cast.alice.actor) == []


def test_a_test_says_what_came_of_it_and_the_log_shows_it(cast: Cast, listener: Listener) -> None:
    endpoint_id = add(cast, listener)
    assert "Nothing was sent yet" in page(cast, f"{endpoint_id}/")
    assert "The message was taken: 204." in press(cast, f"{endpoint_id}/test/")
    listener.answers = 503
    text = press(cast, f"{endpoint_id}/test/")
    assert "The message was not taken. The server answered 503 Service Unavailable." in text
    assert len(listener.heard) == 2


def test_a_message_is_sent_again_at_a_press(cast: Cast, listener: Listener) -> None:
    endpoint_id = add(cast, listener)
    announce(cast.alice.actor, EventType.RECOVERED, {"state": "connected"})
    (delivery,) = list_deliveries(cast.alice.actor, endpoint_id=endpoint_id)
    assert "The message was taken" in press(cast, f"{endpoint_id}/{delivery.delivery_id}/replay/")
    ((headers, body),) = listener.heard
    assert (headers["webhook-id"], body) == (f"msg_{delivery.message_id.hex}", delivery.body)


def test_a_webhook_is_switched_off_and_on_and_removed(cast: Cast, listener: Listener) -> None:
    endpoint_id = add(cast, listener)
    assert "Switched off" in press(cast, f"{endpoint_id}/off/")
    assert "Switch off" in press(cast, f"{endpoint_id}/on/")
    assert "The webhook was removed" in press(cast, f"{endpoint_id}/remove/")
    assert cast.alice.client.get(cast.alice.url(f"webhooks/{endpoint_id}/")).status_code == 404


def test_without_a_second_factor_the_pages_stay_shut(cast: Cast) -> None:
    Authenticator.objects.filter(user_id=cast.alice.user.id).delete()
    for path in ("webhooks/", "webhooks/new/"):
        assert cast.alice.client.get(cast.alice.url(path)).status_code == 403


def test_longer_lists_take_no_more_queries(cast: Cast, listener: Listener) -> None:
    endpoint_id = add(cast, listener)
    announce(cast.alice.actor, EventType.RECOVERED, {})
    with CaptureQueriesContext(connection) as short:
        page(cast, "")
        page(cast, f"{endpoint_id}/")
    add(cast, listener)
    for _ in range(3):
        announce(cast.alice.actor, EventType.RECOVERED, {})
    with CaptureQueriesContext(connection) as long:
        page(cast, "")
        page(cast, f"{endpoint_id}/")
    assert len(long) == len(short)
