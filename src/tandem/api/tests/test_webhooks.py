"""Programs add endpoints, see what came of messages, and read the notices."""

import pytest
from standardwebhooks import Webhook

from tandem.access.roles import Role
from tandem.api.tests.caller import program_of
from tandem.notices.actions import Recipient, Wording, open_incident
from tandem.testing.cast import Cast
from tandem.webhooks.tests.conftest import Listener, listener

pytestmark = pytest.mark.usefixtures("real_db")
__all__ = ["listener"]


def test_an_endpoint_is_added_tested_replayed_switched_and_removed(cast: Cast, listener: Listener) -> None:
    program = program_of(cast.alice)
    made = program.call("POST", "webhooks", {"url": listener.url})
    assert made.status == 201
    where = f"webhooks/{made.body['webhook']['endpoint_id']}"
    assert made.body["secret"] not in str(program.call("GET", "webhooks").body)
    tested = program.call("POST", f"{where}/test")
    assert (tested.body["fate"], tested.body["status"]) == ("sent", 204)
    headers, body = listener.heard[0]
    assert Webhook(made.body["secret"]).verify(body, headers)["type"] == "test"
    again = program.call("POST", f"webhooks/deliveries/{tested.body['delivery_id']}/replay")
    assert again.body["message_id"] == tested.body["message_id"]
    assert len(program.call("GET", f"{where}/deliveries").body) == 2
    assert program.call("POST", f"{where}/off").body["is_on"] is False
    assert program.call("POST", f"{where}/on").body["is_on"] is True
    assert program.call("DELETE", where).body == []


def test_what_cannot_be_an_endpoint_is_refused_as_a_problem(cast: Cast) -> None:
    program = program_of(cast.alice)
    refused = program.call("POST", "webhooks", {"url": "https://10.0.0.8/"})
    assert (refused.status, refused.body["code"]) == (422, "invalid")
    assert program.call("POST", "webhooks", {"url": "https://example.com/", "events": ["nonsense"]}).status == 422
    assert program_of(cast.alice, Role.PAYROLL_TAB).call("GET", "webhooks").status == 403


def test_notices_are_read_in_codes_and_sentences(cast: Cast) -> None:
    open_incident(
        cast.alice.actor,
        incident="handover:1",
        kind="handover_needed",
        facts={"last_safe_on": "2026-12-04"},
        tell=[Recipient(cast.alice.user.id, cast.alice.user.email)],
        wording=Wording("S", "B"),
    )
    (notice,) = program_of(cast.alice, Role.PAYROLL_TAB).call("GET", "notices").body
    assert (notice["kind"], notice["people_told"], notice["closed_at"]) == ("handover_needed", 1, None)
    assert notice["text"] == "A second authoriser for Xero is needed by 4 Dec 2026."
    assert program_of(cast.alice, Role.SELF_SERVICE).call("GET", "notices").status == 403
