"""Ten thousand organisations cost what is touched of them; ten thousand people cost a page."""

from pathlib import Path

import pytest

from tandem_sandbox.app import create_app
from tandem_sandbox.store import StateFile
from tandem_sandbox.testing import Sandbox
from tandem_sandbox.tests.caller import (
    AMIR,
    BAKERY,
    EMPLOYEES,
    NEWCOMER,
    PAYROLL,
    ROSA,
    Caller,
    quiet_sandbox,
    sign_in,
)
from tandem_sandbox.world import seed
from tandem_sandbox.world.state import Connection, Connections, Grant, Grants, User, Users

pytestmark = pytest.mark.unmeasured

FAR = "Sample Trading 9999 Pty Ltd"


@pytest.fixture(scope="module")
def crowd() -> Sandbox:
    return quiet_sandbox(orgs=10_000)


def test_only_the_organisations_that_are_touched_are_made(crowd: Sandbox) -> None:
    organisations = crowd.simulator.world.organisations
    assert (len(organisations), len(organisations.touched())) == (10_000, 0)
    amir = sign_in_far(crowd)
    assert amir.get(EMPLOYEES).status_code == 200
    assert [item["tenantName"] for item in amir.connections()] == [FAR]
    assert {org.name for org in organisations.touched().values()} == {FAR}


def sign_in_far(crowd: Sandbox) -> Caller:
    """Sign Amir in to an organisation far down the list, without asking for the whole world."""
    caller = sign_in(crowd, AMIR, [FAR], tenant=False)
    caller.tenant = caller.connections()[0]["tenantId"]
    return caller


def test_each_organisation_has_its_own_people_and_lists(crowd: Sandbox) -> None:
    amir = sign_in_far(crowd)
    assert len(amir.employees()) == 12
    assert amir.get(f"{PAYROLL}/PayrollCalendars").get_json()["PayrollCalendars"]


def test_a_renamed_and_a_reset_organisation_are_found_by_their_names(crowd: Sandbox) -> None:
    world = crowd.simulator.world
    for name in ("Sample Trading 500 Pty Ltd", "Sample Trading 501 Pty Ltd"):
        assert world.organisation_named(name) is not None
    crowd.control("POST", "events", {"kind": "rename_organisation", "organisation": FAR, "name": "Far Away"})
    made = crowd.control("POST", "events", {"kind": "demo_reset", "organisation": "Sample Trading 500 Pty Ltd"})
    found = world.organisation_named("Sample Trading 500 Pty Ltd")
    assert found is not None
    assert found.id == made["organisation"]
    assert world.organisation_named(FAR) is None
    crowd.control("POST", "events", {"kind": "put_back"})
    restored = world.organisation_named("Sample Trading 500 Pty Ltd")
    assert restored is not None
    assert (restored.id, len(world.organisations)) == (made["was"], 10_000)
    assert world.organisation_named(FAR) is not None


def test_the_control_api_shows_one_organisation_out_of_many(crowd: Sandbox) -> None:
    shown = crowd.control("GET", f"world?organisation={FAR}")
    assert [org["name"] for org in shown["organisations"]] == [FAR]
    (org_id,) = {org["id"] for org in shown["organisations"]}
    assert {tuple(user["roles"]) for user in shown["users"]} == {(org_id,)}
    assert {item["organisation"] for item in shown["connections"]} <= {org_id}


def test_a_state_file_holds_what_was_touched_and_the_rest_comes_from_the_seed(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    first = Sandbox(orgs=50)
    ids = list(first.simulator.world.organisations)
    first.simulator.state_file = StateFile(path)
    first.simulator.state_file.keys = first.simulator.signatory.keys
    first.control(
        "POST", "events", {"kind": "rename_organisation", "organisation": "Sample Trading 40 Pty Ltd", "name": "Forty"}
    )
    assert path.read_text().count('"headcount"') == 1
    second = create_app(state_file=StateFile(path)).extensions["tandem_sandbox"].world
    assert list(second.organisations) == ids
    assert second.organisation_named("Forty").number == 40
    assert second.organisation_named("Sample Trading 41 Pty Ltd").number == 41
    assert second.user_by_email("AMIR.lim@example.com").first_name == "Amir"


def test_the_people_of_a_thousand_organisations_are_kept_and_changes_for_ever() -> None:
    sandbox = Sandbox(employees=2, orgs=seed.PEOPLED + 2)
    sandbox.control("PATCH", "limits", {"minute": None})
    rosa = sign_in(sandbox)
    assert rosa.post(EMPLOYEES, [NEWCOMER]).status_code == 200
    world = sandbox.simulator.world
    for organisation in list(world.organisations.values())[1:]:
        seed.people_of(world, organisation)
    bakery = world.organisation_named(BAKERY)
    assert bakery is not None
    assert (bakery.people, len(world.peopled)) == (None, seed.PEOPLED)
    assert sandbox.control("GET", f"world?organisation={BAKERY}")["organisations"][0]["employees"] == 3
    assert [person["FirstName"] for person in rosa.employees()] == ["Rosa", "Alice", "Nia"]


def test_a_sweep_of_many_people_filters_once_and_sees_every_change() -> None:
    sandbox = quiet_sandbox(employees=2_000)
    sandbox.control("PATCH", "limits", {"minute": None})
    rosa = sign_in(sandbox)
    assert [len(rosa.employees(page=page)) for page in (1, 20, 21)] == [100, 100, 0]
    listings = sandbox.simulator.world.organisations[str(rosa.tenant)].listings
    assert len(listings) == 1
    first = rosa.employees(page=1)[0]["EmployeeID"]
    changes = {"TerminationDate": "2026-03-01", "TerminationReason": "V"}
    sandbox.control(
        "POST", "events", {"kind": "edit_employee", "organisation": BAKERY, "employee": first, "changes": changes}
    )
    assert first not in {person["EmployeeID"] for person in rosa.employees(page=1)}
    assert first in {person["EmployeeID"] for person in rosa.employees(where='Status=="TERMINATED"')}
    rosa.post(EMPLOYEES, [NEWCOMER])
    assert rosa.employees(page=20)[-1]["FirstName"] == "Nia"
    since = {"If-Modified-Since": sandbox.clock.now().strftime("%Y-%m-%dT%H:%M:%S")}
    assert len(rosa.get(EMPLOYEES, headers=since).get_json()["Employees"]) == 1
    sandbox.control("PATCH", "switches", {"modified_since_shows_terminated": True})
    assert len(rosa.get(EMPLOYEES, headers=since).get_json()["Employees"]) == 2


def test_questions_that_are_many_push_the_oldest_out(crowd: Sandbox) -> None:
    amir = sign_in_far(crowd)
    for number in range(30):
        assert amir.employees(where=f'FirstName=="{number}"') == []
    assert len(crowd.simulator.world.organisations[str(amir.tenant)].listings) <= 8


NOW = seed.SEEDED_AT


def _connection(number: int, user: str = "u") -> Connection:
    return Connection(str(number), "e", user, "app", f"org{number}", NOW, NOW)


def test_a_table_finds_rows_by_each_index_and_forgets_what_is_gone() -> None:
    table = Connections()
    for number in range(3):
        table[str(number)] = _connection(number)
    table["3"] = _connection(3, user="v")
    assert [item.id for item in table.where("owner", ("u", "app"))] == ["0", "1", "2"]
    assert (table.count("app", "app"), table.count("owner", ("w", "app"))) == (4, 0)
    del table["1"]
    assert [item.id for item in table.where("owner", ("u", "app"))] == ["0", "2"]
    assert table.where("organisation", "org1") == []
    with pytest.raises(KeyError):
        del table["1"]


def test_a_row_whose_indexed_value_changed_moves_when_it_is_put_in_again() -> None:
    users = Users()
    rosa = User("1", ROSA, "Rosa", "Byrne", "x", NOW)
    users["1"] = rosa
    rosa.email = "r@example.com"
    users["1"] = rosa
    assert (users.where("email", ROSA), users.where("email", "r@example.com")) == ([], [rosa])


def test_living_grants_carry_scopes_until_they_end() -> None:
    grants = Grants()
    for number, scopes in ((1, ["a", "b"]), (2, ["b", "c"])):
        grants[str(number)] = Grant(str(number), "u", "app", scopes, "e", "s", NOW)
    assert grants.scopes_of(user_id="u", client_id="app") == ["a", "b", "c"]
    grants.end(user_id="u", client_id="app")
    assert grants.scopes_of(user_id="u", client_id="app") == []
    assert [grant.alive for grant in grants.values()] == [False, False]
