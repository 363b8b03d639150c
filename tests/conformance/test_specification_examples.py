"""Every example answer in Xero's own files goes through the client, the mapping and a first import (XERO_OPENAPI_DIR).

Nobody here wrote these people: dates with a time of day, postcodes as numbers, addresses of another country, an id that
is none. What is odd is kept or named, never lost, and nothing crashes.
"""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest
import yaml

from tandem.kernel.clock import FrozenClock
from tandem.people.records import Address, EmployeeDetails, EmployeeRecord, EmployeeStatus, Gender, TerminationReason
from tandem.testing.cast import Cast
from tandem.testing.xero import Connect, TakesTime
from tandem.xero import facade
from tandem.xero.client import transport
from tandem.xero.client.wire import ConnectionsAnswer, Employee, EmployeesPage, Organisation, Settings
from tandem.xero.connections.session import open_session
from tandem.xero.facade import ConsentResult, ItemKind, RunKind, RunStatus
from tandem.xero.governor.rules import Purpose
from tandem.xero.mapping.employee import from_xero
from tandem.xero.sync.pages import Reach, StepStatus
from tandem.xero.sync.tests.office import Office
from tandem_sandbox.testing import Sandbox

pytestmark = [pytest.mark.usefixtures("real_db"), pytest.mark.unmeasured]
Consented = Callable[[], Office]
PAYROLL, ACCOUNTING, IDENTITY = "xero-payroll-au.yaml", "xero_accounting.yaml", "xero-identity.yaml"
JACK, JOHN = UUID("b34e89ff-770d-4099-b7e5-f968767118bc"), UUID("7aa04979-ded5-44d9-b09a-793749425844")
ALBUS, KAREN = UUID("cdfb8371-0b21-4b8a-8903-1024df6c391e"), UUID("4ff1e5cc-9835-40d5-bb18-09fdb118db9c")
ALBUS_HERE = EmployeeDetails(
    first_name="Albus",
    middle_names="Percival",
    last_name="Dumbledore",
    date_of_birth=date(1980, 3, 10),
    gender=Gender.MALE,
    home_address=Address("101 Green St", "", "Island Bay", "NSW", "6023", "Australia"),
    work_email="albus39608@hogwarts.edu",
    job_title="Regional Manager",
)
SUMMARY = (
    "EmployeeID", "FirstName", "MiddleNames", "LastName", "Status", "Email", "DateOfBirth", "Gender", "Phone", "Mobile",
    "StartDate", "TerminationDate", "UpdatedDateUTC",
)  # fmt: skip
ENVELOPE = {"Id": str(UUID(int=0)), "Status": "OK", "ProviderName": "x", "DateTimeUTC": "/Date(1573621523465)/"}


@dataclass(frozen=True)
class Files:
    """Xero's files, as they are."""

    payroll: dict[str, Any]
    accounting: dict[str, Any]
    identity: dict[str, Any]

    def answer(self, path: str, method: str, *, file: str = "payroll") -> Any:
        """Return the example of the success of one operation."""
        responses = getattr(self, file)["paths"][path][method]["responses"]
        example = responses["200"]["content"]["application/json"]["example"]
        return json.loads(example) if isinstance(example, str) else example


@pytest.fixture(scope="session")
def files() -> Files:
    folder = os.environ.get("XERO_OPENAPI_DIR")
    if not folder:
        pytest.skip("XERO_OPENAPI_DIR is not set: it names the folder with Xero's published specification files")
    texts = [(Path(folder) / name).read_text(encoding="utf-8") for name in (PAYROLL, ACCOUNTING, IDENTITY)]
    return Files(*(yaml.load(text, Loader=yaml.CSafeLoader) for text in texts))


def karen(files: Files) -> dict[str, Any]:
    """Return the person that the examples of the single elements of an employee make up."""
    schemas = files.payroll["components"]["schemas"]

    def made_of(name: str) -> dict[str, Any]:
        return {key: rule["example"] for key, rule in schemas[name]["properties"].items() if "example" in rule}

    nested = {"HomeAddress": made_of("HomeAddress"), "BankAccounts": [made_of("BankAccount")]}
    return {**made_of("Employee"), **nested, "TaxDeclaration": made_of("TaxDeclaration"), "Status": "TERMINATED"}


@dataclass
class Published:
    """An organisation whose payroll holds the people of the examples and answers writes with them."""

    files: Files
    behind: httpx2.BaseTransport
    written: list[tuple[str, Any]] = field(default_factory=list)
    overrides: dict[str, Any] = field(default_factory=dict)
    mended: dict[str, Any] = field(default_factory=dict)
    absent: set[UUID] = field(default_factory=set)

    @property
    def people(self) -> dict[UUID, dict[str, Any]]:
        """Return everybody in the examples, in full as far as an example shows them so."""
        listed = self.files.answer("/Employees", "get")["Employees"]
        single = self.files.answer("/Employees/{EmployeeID}", "get")["Employees"]
        rows = [*listed, *({**row, **self.mended} for row in [*single, karen(self.files)])]
        return {UUID(row["EmployeeID"]): row for row in rows}

    def handle(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.path
        if path in self.overrides:
            return httpx2.Response(200, json=self.overrides[path])
        if path == "/payroll.xro/1.0/Settings":
            return httpx2.Response(200, json=self.files.answer("/Settings", "get"))
        if not path.startswith("/payroll.xro/1.0/Employees"):
            return self.behind.handle_request(request)
        return httpx2.Response(200, json=self._employees(request, path.removeprefix("/payroll.xro/1.0/Employees")))

    def _employees(self, request: httpx2.Request, rest: str) -> Any:
        if request.method == "POST":
            self.written.append((rest, json.loads(request.content)))
            return self.files.answer("/Employees/{EmployeeID}" if rest else "/Employees", "post")
        if rest:
            found = self.people.get(UUID(rest.strip("/")))
            return {**ENVELOPE, "Employees": [found] if found else []}
        status = "TERMINATED" if "TERMINATED" in request.url.params.get("where", "") else "ACTIVE"
        rows = [row for key, row in self.people.items() if row["Status"] == status and key not in self.absent]
        return {**ENVELOPE, "Employees": [{key: row[key] for key in SUMMARY if key in row} for row in rows]}


@pytest.fixture
def served(files: Files, frozen: FrozenClock, sandbox: Sandbox) -> Iterator[Published]:
    """Answer from the examples; sign-in, connections and organisation stay the simulator's."""
    answers = Published(files, httpx2.WSGITransport(app=sandbox.app))
    with transport.through(TakesTime(httpx2.MockTransport(answers.handle))):
        yield answers


@pytest.fixture
def consented(cast: Cast, frozen: FrozenClock, sandbox: Sandbox, served: Published, connected: Connect) -> Consented:
    """Connect alice's account, by a real consent, to an organisation of the examples as it is then."""

    def connect() -> Office:
        assert connected(cast.alice).result is ConsentResult.CONNECTED
        organisation = sandbox.control("GET", "world")["organisations"][0]["id"]
        return Office(cast.alice, sandbox, organisation, frozen)

    return connect


@pytest.fixture
def connection(consented: Consented) -> Office:
    return consented()


def people_here(at_work: Office) -> dict[str, EmployeeRecord]:
    return {name: person for name, person in at_work.ours().items() if name != "Dana Okafor"}


def test_every_example_answer_is_read_by_the_client(files: Files) -> None:
    for path, method in (
        ("/Employees", "get"),
        ("/Employees", "post"),
        ("/Employees/{EmployeeID}", "get"),
        ("/Employees/{EmployeeID}", "post"),
    ):
        example = files.answer(path, method)
        page = EmployeesPage.parse(example)
        assert not page.rejects
        assert [str(person.employee_id) for person in page.records] == [
            row["EmployeeID"] for row in example["Employees"]
        ]
    settings = Settings.parse(files.answer("/Settings", "get"))
    assert settings.days_in_payroll_year == 364  # the example says "364"
    assert len(settings.accounts) == 6
    organisation = Organisation.parse(files.answer("/Organisation", "get", file="accounting"))
    assert (organisation.country_code, organisation.is_australian) == ("NZ", False)
    assert organisation.model_extra is not None
    assert organisation.model_extra["TaxNumber"] == "071-138-054"  # what no field of ours takes is kept
    (connection,) = ConnectionsAnswer.parse(files.answer("/Connections", "get", file="identity")).records
    assert (connection.tenant_name, connection.auth_event_id) == ("Demo Company (NZ)", None)


def test_what_no_field_of_ours_takes_is_kept_as_it_came(files: Files) -> None:
    person = karen(files)
    read = Employee.model_validate(person)
    assert read.home_address is not None
    assert read.home_address.postal_code == "3182"  # the example is a number
    assert read.model_extra is not None
    assert read.model_extra["OrdinaryEarningsRateID"] == "5gj1e5cc-9835-40d5-bb18-09fdb118db9c"  # no id at all
    assert read.model_extra["TwitterUserName"] == person["TwitterUserName"]


def test_a_first_import_brings_people_and_names_those_whose_values_cannot_be(connection: Office) -> None:
    connection.choose(import_terminated=True)
    preview = connection.preview(RunKind.IMPORT, Reach.EVERYTHING)
    assert preview.summary.status is RunStatus.PLANNED
    assert people_here(connection) == {}
    done = connection.approve(preview)
    assert done.summary.status is RunStatus.DONE
    found = people_here(connection)
    assert set(found) == {"Jack Sparrow", "John Smith"}
    # In the examples these two begin to work on the day, or before the day, on which they are born.
    told = [(item.person, item.problem_field) for item in done.items if item.kind is ItemKind.PROBLEM]
    assert sorted(told) == [("Albus Dumbledore", "start_on"), ("Karen Jones", "start_on")]
    jack, john = found["Jack Sparrow"], found["John Smith"]
    assert (jack.date_of_birth, jack.start_on) == (date(1988, 2, 20), date(2019, 1, 11))
    assert (jack.middle_names, jack.phone, jack.mobile) == ("Johnson", "4153332323", "415-1234567")
    assert (john.phone, john.home_address, john.gender) == ("", Address(), Gender.MALE)


def test_once_their_start_is_mended_in_xero_they_arrive_with_every_odd_value(
    connection: Office, served: Published
) -> None:
    connection.choose(import_terminated=True)
    connection.sync(RunKind.IMPORT, Reach.EVERYTHING)
    served.mended = {"StartDate": "/Date(1547164800000+0000)/", "UpdatedDateUTC": "/Date(1795482000000+0000)/"}
    done = connection.sync(RunKind.IMPORT, Reach.EVERYTHING)
    found = people_here(connection)
    assert set(found) == {"Jack Sparrow", "John Smith", "Albus Dumbledore", "Karen Jones"}
    albus, karen_jones = found["Albus Dumbledore"], found["Karen Jones"]
    assert albus.title == "Mr."
    assert albus.home_address == Address("101 Green St", "", "Island Bay", "NSW", "6023", "Australia")
    assert (albus.date_of_birth, albus.work_email) == (date(1980, 3, 10), "albus39608@hogwarts.edu")
    assert (albus.phone, albus.mobile, albus.job_title) == ("444-2323", "555-1212", "Regional Manager")
    assert karen_jones.status is EmployeeStatus.TERMINATED
    assert karen_jones.home_address == Address("123 Main St", "Apt 4", "St. Kilda", "", "3182", "Australia")
    assert karen_jones.termination_reason is TerminationReason.DISMISSAL
    assert (karen_jones.date_of_birth, karen_jones.termination_on) == (date(1980, 3, 22), date(2020, 3, 20))
    assert {item.status for item in done.items if item.kind is ItemKind.STEP} == {StepStatus.APPLIED}


def test_a_birth_date_with_a_time_of_day_is_taken_by_the_organisations_zone_and_said_so(files: Files) -> None:
    (raw,) = files.answer("/Employees", "post")["Employees"]  # 1980-03-10T08:00Z
    person = from_xero(Employee.model_validate(raw), time_zone="Australia/Melbourne")
    assert person.date_of_birth == date(1980, 3, 10)
    assert [oddity.sentence for oddity in person.oddities] == [
        "Xero sent the date of birth with a time of day; Tandem took the date in Australia/Melbourne.",
        "Xero sent the start date with a time of day; Tandem took the date in Australia/Melbourne.",
    ]


def test_without_people_who_left_the_one_who_did_is_named_and_not_lost(connection: Office) -> None:
    done = connection.sync(RunKind.IMPORT, Reach.EVERYTHING)
    (left,) = [item for item in done.items if item.kind is ItemKind.SKIP and item.person == "Karen Jones"]
    assert left.sentence == "This person had left before; Tandem does not import people who have left."


def test_a_second_import_of_the_same_examples_changes_nothing(served: Published, connection: Office) -> None:
    connection.sync(RunKind.IMPORT, Reach.EVERYTHING)
    before = people_here(connection)
    again = connection.preview(RunKind.BOTH, Reach.EVERYTHING)
    steps = [item for item in again.items if item.kind is ItemKind.STEP and item.person in before]
    assert steps == []
    assert people_here(connection) == before
    assert served.written == []


def test_the_example_answers_to_writes_confirm_a_create_and_an_update(served: Published, connection: Office) -> None:
    session = open_session(connection.player.account.account_id, purpose=Purpose.WRITE)
    made = session.create_employee({"FirstName": "Albus"}, idempotency_key="first")
    assert (made.employee_id, made.middle_names) == (ALBUS, "Percival")
    changed = session.update_employee(ALBUS, {"MiddleNames": "Frank"}, idempotency_key="second")
    assert (changed.employee_id, changed.middle_names) == (ALBUS, "Frank")
    assert [path for path, _ in served.written] == ["", f"/{ALBUS}"]


def test_a_person_exported_into_the_examples_is_linked_and_what_xero_kept_otherwise_is_said(
    served: Published, consented: Consented
) -> None:
    served.absent = {ALBUS}
    connection = consented()
    connection.sync(RunKind.IMPORT, Reach.EVERYTHING)
    connection.hire(ALBUS_HERE)
    done = connection.sync(RunKind.EXPORT)
    (line,) = [item for item in done.items if item.person == "Albus Dumbledore"]
    assert (line.verb, line.status, line.xero_employee_id) == ("create", StepStatus.APPLIED, ALBUS)
    assert "kept another value" in line.outcome  # the single read of the examples says Frank, not Percival
    assert [path for path, _ in served.written] == [""]


def test_an_organisation_of_another_country_is_refused_by_name(
    files: Files, cast: Cast, served: Published, connected: Connect
) -> None:
    served.overrides["/api.xro/2.0/Organisation"] = files.answer("/Organisation", "get", file="accounting")
    outcome = connected(cast.alice)
    assert (outcome.result, outcome.code) == (ConsentResult.REFUSED, "not_australian")
    assert "Dev Evangelist - Sid Test 3 (NZ-2016-02) is not an Australian organisation" in outcome.message


def test_the_example_of_connections_as_published_a_text_is_no_list_and_is_refused(
    files: Files, cast: Cast, served: Published, connected: Connect
) -> None:
    raw = files.identity["paths"]["/Connections"]["get"]["responses"]["200"]["content"]["application/json"]["example"]
    assert isinstance(raw, str)
    served.overrides["/connections"] = raw
    outcome = connected(cast.alice)
    assert outcome.result is ConsentResult.REFUSED


def test_the_example_of_connections_is_of_an_older_consent_and_is_not_taken_for_this_one(
    files: Files, cast: Cast, served: Published, connected: Connect
) -> None:
    served.overrides["/connections"] = files.answer("/Connections", "get", file="identity")
    outcome = connected(cast.alice)
    assert (outcome.result, outcome.code) == (ConsentResult.REFUSED, "no_organisation")
    assert facade.connection_summary(cast.alice.actor).health.is_green is False
