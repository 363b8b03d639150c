"""Connect: the consent, the organisation, the proofs, and every way in which it can go wrong."""

import pytest

from tandem.kernel.clock import FrozenClock
from tandem.kernel.errors import Invalid, NotFound, NotPermitted
from tandem.kernel.scoping import scope
from tandem.people.actions import hire_employee
from tandem.people.records import EmployeeDetails
from tandem.testing.cast import Cast, Player
from tandem.testing.xero import AMIR, BAKERY, BOOKS, ROSA, SESSION_KEY, Connect, at_xero, calls_in, connections_in
from tandem.xero.connections.consent import (
    choose_organisation,
    finish_consent,
    get_choice,
    start_consent,
)
from tandem.xero.connections.consent_outcome import ConsentOutcome, ConsentResult
from tandem.xero.connections.health import ConnectionState, Light, LightState
from tandem.xero.connections.pages import get_connection_page
from tandem.xero.connections.state import read_health
from tandem.xero.models import Connection, Grant
from tandem.xero.oauth.flow import ConsentPurpose
from tandem_sandbox.testing import Sandbox

pytestmark = pytest.mark.usefixtures("real_db")


def state_of(player: Player) -> ConnectionState:
    return read_health(player.actor).state


def begin(player: Player, *, purpose: ConsentPurpose = ConsentPurpose.CONNECT) -> str:
    return start_consent(player.actor, purpose=purpose, session_key=SESSION_KEY)


def finish(player: Player, params: dict[str, str], *, session_key: str = SESSION_KEY) -> ConsentOutcome:
    return finish_consent(session_key=session_key, user_id=player.user.id, params=params)


def grants_of(player: Player) -> list[Grant]:
    with scope(player.account.account_id):
        return list(Grant.objects.all())


def test_a_consent_that_passes_every_probe_turns_four_lights_green(
    cast: Cast, sandbox: Sandbox, connected: Connect
) -> None:
    outcome = connected(cast.alice)
    assert (outcome.result, outcome.message) == (ConsentResult.CONNECTED, "")
    assert outcome.organisation_name == BAKERY
    health = read_health(cast.alice.actor)
    assert {light: reading.state for light, reading in health.lights.items()} == dict.fromkeys(Light, LightState.PROVED)
    assert health.state is ConnectionState.CONNECTED
    with scope(cast.alice.account.account_id):
        connection = Connection.objects.get()
        assert (connection.state, connection.listed_people) == ("connected", 60)
    page = get_connection_page(cast.alice.actor)
    assert page.primary is not None
    assert (page.primary.name, page.primary.email) == ("Rosa Byrne", ROSA)


def test_a_consent_refused_at_xero_changes_nothing(cast: Cast, sandbox: Sandbox) -> None:
    params = at_xero(sandbox, begin(cast.alice), allow=False)
    outcome = finish(cast.alice, params)
    assert (outcome.result, outcome.code) == (ConsentResult.REFUSED, "access_denied")
    assert state_of(cast.alice) is ConnectionState.NOT_SET_UP
    assert not calls_in(sandbox, "/connect/token")


@pytest.mark.parametrize("state", ["", "nonsense", "00000000000000000000000000000000.x", "00000000-0000.y"])
def test_a_state_that_nobody_began_is_refused(cast: Cast, sandbox: Sandbox, state: str) -> None:
    outcome = finish(cast.alice, {"state": state, "code": "x"})
    assert (outcome.result, outcome.code) == (ConsentResult.REFUSED, "state_unknown")
    assert not calls_in(sandbox)


def test_a_state_of_this_account_with_a_wrong_secret_is_refused(cast: Cast, sandbox: Sandbox) -> None:
    begin(cast.alice)
    outcome = finish(cast.alice, {"state": f"{cast.alice.account.account_id.hex}.guess", "code": "x"})
    assert outcome.code == "state_unknown"


def test_an_answer_in_another_browser_is_refused_and_the_right_one_still_works(cast: Cast, sandbox: Sandbox) -> None:
    params = at_xero(sandbox, begin(cast.alice))
    assert finish(cast.alice, params, session_key="another session").code == "other_browser"
    assert finish(cast.alice, params).result is ConsentResult.CONNECTED


def test_an_answer_brought_back_by_somebody_else_is_refused(cast: Cast, sandbox: Sandbox) -> None:
    params = at_xero(sandbox, begin(cast.alice))
    assert finish(cast.bob, params).code == "other_person"
    assert finish(cast.charlie, params).code == "state_unknown"
    assert state_of(cast.alice) is ConnectionState.NOT_SET_UP


def test_an_answer_works_once(cast: Cast, sandbox: Sandbox) -> None:
    params = at_xero(sandbox, begin(cast.alice))
    assert finish(cast.alice, params).is_success
    assert finish(cast.alice, params).code == "already_used"
    assert state_of(cast.alice) is ConnectionState.CONNECTED
    assert len(grants_of(cast.alice)) == 1


def test_a_code_that_was_used_already_is_refused_in_words(cast: Cast, sandbox: Sandbox) -> None:
    used = at_xero(sandbox, begin(cast.alice))
    finish(cast.alice, used)
    again = at_xero(sandbox, begin(cast.alice)) | {"code": used["code"]}
    outcome = finish(cast.alice, again)
    assert outcome.code == "code_refused"
    assert "used twice" in outcome.message
    assert state_of(cast.alice) is ConnectionState.CONNECTED


def test_an_answer_after_ten_minutes_is_refused(cast: Cast, frozen: FrozenClock, sandbox: Sandbox) -> None:
    params = at_xero(sandbox, begin(cast.alice))
    frozen.advance(minutes=10)
    assert finish(cast.alice, params).code == "expired"


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("/connect/token", "committed_but_lost"),
        ("/connect/token", "truncated"),
        ("/connections", "dropped"),
        ("/api.xro/2.0/organisation", "html_502"),
        ("/payroll.xro/1.0/settings", "truncated"),
        ("/payroll.xro/1.0/employees", "dropped"),
    ],
)
def test_xero_away_during_a_consent_leaves_everything_as_it_was(
    cast: Cast, sandbox: Sandbox, path: str, fault: str
) -> None:
    params = at_xero(sandbox, begin(cast.alice))
    sandbox.control("POST", "faults", {"path": path, "fault": fault})
    outcome = finish(cast.alice, params)
    assert (outcome.result, outcome.code) == (ConsentResult.REFUSED, "xero_away")
    assert state_of(cast.alice) is ConnectionState.NOT_SET_UP
    assert all(grant.refresh_token is None for grant in grants_of(cast.alice))


def test_somebody_who_is_no_payroll_administrator_any_more_is_refused_in_words(cast: Cast, sandbox: Sandbox) -> None:
    params = at_xero(sandbox, begin(cast.alice))
    sandbox.control("POST", "events", {"kind": "drop_payroll_admin", "user": ROSA, "organisation": BAKERY})
    outcome = finish(cast.alice, params)
    assert outcome.code == "payroll_refused"
    assert "payroll administrator" in outcome.message
    assert state_of(cast.alice) is ConnectionState.NOT_SET_UP
    assert not connections_in(sandbox, user=ROSA)


def test_somebody_with_a_lesser_role_is_refused_in_words(cast: Cast, sandbox: Sandbox) -> None:
    params = at_xero(sandbox, begin(cast.alice))
    sandbox.control("POST", "events", {"kind": "change_role", "user": ROSA, "organisation": BAKERY, "role": "READONLY"})
    outcome = finish(cast.alice, params)
    assert outcome.code == "organisation_refused"
    assert "Standard or Adviser" in outcome.message


def test_an_organisation_without_payroll_is_refused(cast: Cast, sandbox: Sandbox) -> None:
    params = at_xero(sandbox, begin(cast.alice))
    sandbox.control("PATCH", "switches", {"payroll_not_set_up_status": 404})
    sandbox.control("POST", "events", {"kind": "payroll_not_set_up", "organisation": BAKERY})
    assert finish(cast.alice, params).code == "payroll_not_set_up"


def test_only_who_may_manage_the_integration_can_begin(cast: Cast, sandbox: Sandbox) -> None:
    with pytest.raises(NotPermitted):
        begin(cast.bob)


@pytest.mark.parametrize("omitted", [False, True])
def test_a_bookkeepers_other_clients_are_never_offered(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect, omitted: bool
) -> None:
    sandbox.control("PATCH", "switches", {"connections_omit_auth_event_id": omitted})
    assert connected(cast.charlie, user=AMIR, organisations=[BOOKS]).is_success
    frozen.advance(minutes=1)
    outcome = connected(cast.alice, user=AMIR, organisations=[BAKERY])
    assert (outcome.result, outcome.organisation_name) == (ConsentResult.CONNECTED, BAKERY)


def test_a_consent_that_keeps_its_old_id_finds_the_organisation_by_its_time(
    cast: Cast, frozen: FrozenClock, sandbox: Sandbox, connected: Connect
) -> None:
    sandbox.control("PATCH", "switches", {"reconsent_auth_event_id": "keep"})
    connected(cast.charlie, user=AMIR, organisations=[BOOKS])
    connected(cast.alice, user=AMIR)
    frozen.advance(hours=1)
    outcome = connected(cast.alice, user=AMIR, purpose=ConsentPurpose.RECONNECT)
    assert (outcome.result, outcome.organisation_name) == (ConsentResult.RECONNECTED, BAKERY)


def test_of_several_organisations_a_person_chooses_once(cast: Cast, sandbox: Sandbox, connected: Connect) -> None:
    outcome = connected(cast.alice, user=AMIR, organisations=[BAKERY, BOOKS])
    assert outcome.result is ConsentResult.CHOOSE
    assert outcome.flow_id is not None
    assert state_of(cast.alice) is ConnectionState.NOT_SET_UP
    assert not calls_in(sandbox, "/payroll.xro/*")
    choices = {choice.name: choice.tenant_id for choice in get_choice(cast.alice.actor, flow_id=outcome.flow_id)}
    assert sorted(choices) == [BAKERY, BOOKS]
    with pytest.raises(NotFound):
        get_choice(cast.charlie.actor, flow_id=outcome.flow_id)
    chosen = choose_organisation(cast.alice.actor, flow_id=outcome.flow_id, tenant_id=choices[BOOKS])
    assert (chosen.result, chosen.organisation_name) == (ConsentResult.CONNECTED, BOOKS)
    with pytest.raises(NotFound):
        choose_organisation(cast.alice.actor, flow_id=outcome.flow_id, tenant_id=choices[BAKERY])


def test_an_organisation_that_was_not_offered_cannot_be_chosen(
    cast: Cast, sandbox: Sandbox, connected: Connect
) -> None:
    outcome = connected(cast.alice, user=AMIR, organisations=[BAKERY, BOOKS])
    assert outcome.flow_id is not None
    with pytest.raises(Invalid):
        choose_organisation(cast.alice.actor, flow_id=outcome.flow_id, tenant_id=cast.alice.account.account_id)
    assert len(get_choice(cast.alice.actor, flow_id=outcome.flow_id)) == 2


def test_the_person_at_xero_is_found_among_the_employees(cast: Cast, sandbox: Sandbox, connected: Connect) -> None:
    rosa = hire_employee(
        cast.alice.actor,
        details=EmployeeDetails(first_name="Rosa", last_name="Byrne", work_email="r@elsewhere.example"),
    )
    connected(cast.alice)
    page = get_connection_page(cast.alice.actor)
    assert page.primary is not None
    assert page.primary.employee_id == rosa.employee_id


def test_two_employees_of_one_name_are_not_guessed_between(cast: Cast, sandbox: Sandbox, connected: Connect) -> None:
    for _ in range(2):
        hire_employee(cast.alice.actor, details=EmployeeDetails(first_name="Rosa", last_name="Byrne"))
    connected(cast.alice)
    page = get_connection_page(cast.alice.actor)
    assert page.primary is not None
    assert page.primary.employee_id is None
