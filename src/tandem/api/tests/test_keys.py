"""A key opens its own account, for as long as it lives, and nothing else."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.test import Client
from psycopg import Connection as Superuser

from tandem.access.api_keys import list_api_keys, make_api_key, revoke_api_key
from tandem.access.roles import Role
from tandem.api.tests.caller import Program, program_of
from tandem.kernel import clock
from tandem.kernel.clock import FrozenClock
from tandem.kernel.errors import Invalid, NotFound, NotPermitted
from tandem.testing.cast import Cast
from tandem.timeline.events import Event
from tandem.timeline.selectors import list_entries

pytestmark = pytest.mark.usefixtures("real_db")


def test_without_a_key_the_answer_says_where_one_is_made(cast: Cast) -> None:
    answer = Client().get(f"/api/v1/accounts/{cast.alice.account.account_id}/connection")
    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.json()["code"] == "api_key_needed"
    assert "Settings > API keys" in answer.json()["detail"]


def test_a_sign_in_at_the_browser_opens_no_address_of_the_api(cast: Cast) -> None:
    assert cast.alice.client.get(f"/api/v1/accounts/{cast.alice.account.account_id}/connection").status_code == 401


@pytest.mark.parametrize(
    "key", ["", "x", "tandem_", "tandem_x_y", f"tandem_{UUID(int=7).hex}_secret", "tandem__", "\x00"]
)
def test_what_is_no_key_opens_nothing(cast: Cast, key: str) -> None:
    assert Program(cast.alice.account.account_id, key or "nothing").call("GET", "connection").status == 401


def test_a_key_with_another_secret_opens_nothing(cast: Cast) -> None:
    program = program_of(cast.alice)
    assert Program(program.account_id, program.key[:-2] + "zz").call("GET", "connection").status == 401


def test_a_key_does_not_open_another_account_and_cannot_tell_it_from_none(cast: Cast) -> None:
    program = program_of(cast.alice)
    theirs = program.call("GET", "connection", account_id=cast.charlie.account.account_id)
    nobodys = program.call("GET", "connection", account_id=uuid4())
    assert theirs.status == nobodys.status == 401
    assert theirs.body == nobodys.body


def test_a_revoked_key_opens_nothing_at_once(cast: Cast) -> None:
    made = make_api_key(cast.alice.actor, name="Night job", roles=[Role.ACCOUNT_ADMIN])
    program = Program(cast.alice.account.account_id, made.text)
    assert program.call("GET", "connection").status == 200
    revoke_api_key(cast.alice.actor, key_id=made.record.key_id)
    revoke_api_key(cast.alice.actor, key_id=made.record.key_id)
    assert program.call("GET", "connection").status == 401
    told = [entry.event for entry in list_entries(cast.alice.actor) if entry.event.startswith("api_key.")]
    assert told == [Event.API_KEY_REVOKED, Event.API_KEY_MADE]


def test_a_key_ends_on_its_day(frozen: FrozenClock, cast: Cast) -> None:
    made = make_api_key(
        cast.alice.actor, name="Trial", roles=[Role.PAYROLL_TAB], expires_at=clock.now() + timedelta(days=7)
    )
    program = Program(cast.alice.account.account_id, made.text)
    frozen.advance(days=6)
    assert program.call("GET", "connection").status == 200
    frozen.advance(days=1)
    assert program.call("GET", "connection").status == 401


def test_a_key_goes_on_working_when_whoever_made_it_leaves(cast: Cast) -> None:
    program = program_of(cast.alice)
    cast.alice.user.is_active = False
    cast.alice.user.save()
    assert program.call("GET", "connection").status == 200


def test_a_key_may_do_what_its_roles_add_up_to_and_no_more(cast: Cast) -> None:
    payroll = program_of(cast.alice, Role.PAYROLL_TAB)
    assert payroll.call("GET", "connection").status == 200
    for method, path in (("GET", "employees"), ("POST", "runs"), ("GET", "timeline")):
        answer = payroll.call(method, path, {} if method == "POST" else None)
        assert (answer.status, answer.body["code"]) == (403, "not_permitted")


def test_only_an_administrator_makes_sees_or_ends_keys(cast: Cast) -> None:
    for act in (
        lambda: make_api_key(cast.bob.actor, name="Mine", roles=[Role.ACCOUNT_ADMIN]),
        lambda: list_api_keys(cast.bob.actor),
        lambda: revoke_api_key(cast.bob.actor, key_id=uuid4()),
    ):
        with pytest.raises(NotPermitted):
            act()
    with pytest.raises(NotFound):
        revoke_api_key(
            cast.charlie.actor, key_id=make_api_key(cast.alice.actor, name="A", roles=[Role.PAYROLL_TAB]).record.key_id
        )


def test_a_key_that_says_too_little_is_not_made(cast: Cast) -> None:
    with pytest.raises(Invalid) as refused:
        make_api_key(cast.alice.actor, name=" ", roles=[], expires_at=clock.now())
    assert [problem.field for problem in refused.value.problems] == ["name", "roles", "expires_on"]
    with pytest.raises(Invalid):
        make_api_key(cast.alice.actor, name="x" * 81, roles=[Role.PAYROLL_TAB])


def test_the_secret_is_stored_nowhere(cast: Cast, superuser: Superuser[tuple[object, ...]]) -> None:
    secret = program_of(cast.alice).key.split("_", 2)[2]
    stored = str(superuser.execute("SELECT a::text FROM access_apikey a").fetchall())
    assert secret not in stored
    assert secret[-4:] in stored


def test_the_day_of_the_last_use_is_kept(frozen: FrozenClock, cast: Cast) -> None:
    program = program_of(cast.alice)
    assert list_api_keys(cast.alice.actor)[0].last_used_on is None
    program.call("GET", "connection")
    program.call("GET", "connection")
    assert list_api_keys(cast.alice.actor)[0].last_used_on == frozen.now().date()


def test_what_a_key_does_stands_on_the_timeline_under_the_key(cast: Cast) -> None:
    made = make_api_key(cast.alice.actor, name="Night job", roles=[Role.ACCOUNT_ADMIN])
    program = Program(cast.alice.account.account_id, made.text)
    program.call("POST", f"employees/{cast.dana_record.employee_id}/termination", {"termination_on": "2031-01-31"})
    entry = next(entry for entry in list_entries(cast.alice.actor) if entry.event == Event.EMPLOYEE_TERMINATING)
    assert (entry.actor_kind, entry.actor_id) == ("api", made.record.key_id)
