"""The support room's lists: one cause, the silent, an age, a name, page after page; never green without a proof."""

from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tandem.kernel import clock
from tandem.testing.cast import Cast, text_of

pytestmark = pytest.mark.unmeasured

Superuser = psycopg.Connection[tuple[object, ...]]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def _account(superuser: Superuser, name: str, state: str, *, cause: str = "", proved: timedelta | None = HOUR) -> None:
    now = clock.now()
    account_id, proved_at = uuid4(), now - proved if proved is not None else None
    superuser.execute(
        "INSERT INTO tenancy_account (account_id, slug, name, brand_id, time_zone, created_at, wrapped_data_key,"
        " master_key_id) VALUES (%s, %s, %s, 'tandem', 'Australia/Sydney', %s, '', '')",
        [account_id, str(account_id), name, now],
    )
    superuser.execute(
        "INSERT INTO xero_connection (connection_id, account_id, tenant_name, organisation_time_zone,"
        " organisation_status, state, cause, cause_is_certain, since, proved_at, wants_standby)"
        " VALUES (%s, %s, '', '', '', %s, %s, true, %s, %s, true)",
        [uuid4(), account_id, state, cause, now - 2 * DAY, proved_at],
    )


def _many(superuser: Superuser, amount: int) -> None:
    for number in range(amount):
        _account(superuser, f"Account {number:03}", "broken", cause="access_removed")


@pytest.mark.parametrize("proved", [timedelta(hours=30), timedelta(days=30), None, -HOUR])
@pytest.mark.parametrize("state", ["connected", "attention"])
def test_without_a_proof_inside_its_window_nothing_is_green(
    cast: Cast, superuser: Superuser, state: str, proved: timedelta | None
) -> None:
    _account(superuser, "Quiet Creek", state, proved=proved)
    assert "Quiet Creek" not in text_of(cast.sam.client.get(f"/support/?state={state}"))
    for address in ("/support/", "/support/?state=unproven", "/support/?state=silent"):
        assert "Quiet Creek" in text_of(cast.sam.client.get(address))


@pytest.mark.parametrize("state", ["broken", "waiting", "unproven"])
def test_the_silent_list_does_not_ask_which_state_is_stored(cast: Cast, superuser: Superuser, state: str) -> None:
    _account(superuser, "Quiet Creek", state, proved=2 * DAY)
    _account(superuser, "Loud Hill", state)
    text = text_of(cast.sam.client.get("/support/?state=silent"))
    assert "Quiet Creek" in text
    assert "Loud Hill" not in text


def test_what_was_disconnected_on_purpose_is_not_silent(cast: Cast, superuser: Superuser) -> None:
    _account(superuser, "Closed Bay", "disconnected", proved=30 * DAY)
    assert "Nobody is silent" in text_of(cast.sam.client.get("/support/?state=silent"))
    assert "Closed Bay" in text_of(cast.sam.client.get("/support/?state=disconnected"))


@pytest.mark.parametrize(
    "query", ["?page=x", "?page=0", "?page=999999", "?page=99999999999", "?age=x", "?cause=%00x", "?search=%00"]
)
def test_nonsense_in_the_address_shows_what_needs_somebody(cast: Cast, superuser: Superuser, query: str) -> None:
    _account(superuser, "Quiet Creek", "broken")
    response = cast.sam.client.get(f"/support/{query}")
    assert response.status_code == 200
    assert "Quiet Creek" in text_of(response)


def test_the_summary_leads_to_the_list_of_one_cause(cast: Cast, superuser: Superuser) -> None:
    _account(superuser, "Removed One", "broken", cause="access_removed")
    _account(superuser, "Skewed One", "broken", cause="clock_skew")
    address = "/support/?state=broken&cause=clock_skew"
    assert address.replace("&", "&amp;") in text_of(cast.sam.client.get("/support/"))
    text = text_of(cast.sam.client.get(address))
    assert "Skewed One" in text
    assert "Removed One" not in text


def test_an_account_is_found_by_part_of_its_name_in_any_case(cast: Cast, superuser: Superuser) -> None:
    _account(superuser, "50% Off Books", "broken")
    _account(superuser, "Quiet Creek", "broken")
    text = text_of(cast.sam.client.get("/support/?search=%25 OFF"))
    assert "50% Off Books" in text
    assert "Quiet Creek" not in text
    assert "No account fits" in text_of(cast.sam.client.get("/support/?search=nobody"))


@pytest.mark.parametrize(
    ("age", "proved"),
    [("fresh", HOUR), ("day", 20 * HOUR), ("week", 3 * DAY), ("older", 30 * DAY), ("never", None)],
)
def test_accounts_are_found_by_the_age_of_their_last_proof(
    cast: Cast, superuser: Superuser, age: str, proved: timedelta | None
) -> None:
    _account(superuser, "Quiet Creek", "broken", proved=proved)
    found = {
        other: "Quiet Creek" in text_of(cast.sam.client.get(f"/support/?age={other}"))
        for other in ("fresh", "day", "week", "older", "never")
    }
    assert [name for name, is_there in found.items() if is_there] == [age]


def test_a_list_goes_on_after_fifty_and_asks_no_more_questions(cast: Cast, superuser: Superuser) -> None:
    _many(superuser, 2)
    with CaptureQueriesContext(connection) as short:
        cast.sam.client.get("/support/")
    _many(superuser, 60)
    with CaptureQueriesContext(connection) as long:
        text = text_of(cast.sam.client.get("/support/"))
    assert len(long) == len(short)
    assert sum("tandem_support" in query["sql"] for query in long.captured_queries) == 2
    assert "1 to 50 of 62 accounts" in text
    assert "51 to 62 of 62 accounts" in text_of(cast.sam.client.get("/support/?page=2"))


def test_htmx_gets_the_list_alone(cast: Cast, superuser: Superuser) -> None:
    _account(superuser, "Quiet Creek", "broken")
    text = text_of(cast.sam.client.get("/support/", headers={"HX-Request": "true"}))
    assert text.lstrip().startswith('<div id="list"')
    assert "Quiet Creek" in text
