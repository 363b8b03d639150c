"""What Xero sends, typed and tolerant: unknown fields and values are kept, nulls are fine, one bad record is set aside.

Nothing here decides anything; mapping does. Pure: pydantic only.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, NamedTuple, Self
from uuid import UUID

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel, to_pascal

from tandem.xero.client.moments import parse_moment

#: The two values of Status that an employee has (xero-payroll-au.yaml, EmployeeStatus).
ACTIVE, TERMINATED = "ACTIVE", "TERMINATED"
#: NUL and halves of characters, which no database column takes: one in a name would stop everybody's run.
UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")


class UnreadablePayload(ValueError):
    """The answer is not the envelope that was asked for."""


def as_text(value: object) -> object:
    """Read null as "", and numbers as text: the specification's own examples write postcodes as numbers."""
    if value is None:
        return ""
    if isinstance(value, str):
        return UNKEEPABLE.sub("", value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    return value


def as_moment(value: object) -> object:
    """Read a date; text that is none is kept as it came, for mapping to name."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return parse_moment(value) or value
    if isinstance(value, datetime):
        return value
    return str(value)


def as_flag(value: object) -> object:
    """Read true, false, their texts and null; anything else is unknown."""
    known = {True: True, False: False, "true": True, "false": False}
    return known.get(value.lower() if isinstance(value, str) else value) if isinstance(value, str | bool) else None


def as_list(value: object) -> object:
    """Read null as an empty list, and a lone object as a list of one."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def as_mapping(value: object) -> object:
    """Read anything but an object as none."""
    return value if isinstance(value, dict) else None


def as_whole_number(value: object) -> object:
    """Read a number, or a text of one (`DaysInPayrollYear` comes as either, xero.md 4.2); else unknown."""
    try:
        return int(str(value))
    except ValueError:
        return None


def as_identifier(value: object) -> UUID | None:
    """Read an id that need not be there; the zero id, and anything that is no id, mean none (xero.md 3.4)."""
    try:
        found = UUID(str(value))
    except ValueError:
        return None
    return found if found.int else None


Text = Annotated[str, BeforeValidator(as_text)]
Moment = Annotated[datetime | str | None, BeforeValidator(as_moment)]
Flag = Annotated[bool | None, BeforeValidator(as_flag)]
RawList = Annotated[list[Any], BeforeValidator(as_list)]
RawObject = Annotated[dict[str, Any] | None, BeforeValidator(as_mapping)]
WholeNumber = Annotated[int | None, BeforeValidator(as_whole_number)]
Identifier = Annotated[UUID | None, BeforeValidator(as_identifier)]


class WireModel(BaseModel):
    """A tolerant, frozen base: extra keys are kept in `model_extra`, and printing one shows no value."""

    model_config = ConfigDict(extra="allow", frozen=True, populate_by_name=True, hide_input_in_errors=True)

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        return []


class PayrollModel(WireModel):
    """Payroll and accounting objects write their keys in Pascal case."""

    model_config = ConfigDict(alias_generator=to_pascal)


class HomeAddress(PayrollModel):
    address_line1: Text = Field("", alias="AddressLine1")
    address_line2: Text = Field("", alias="AddressLine2")
    city: Text = ""
    region: Text = ""
    postal_code: Text = ""
    country: Text = ""


HomeAddressOrNone = Annotated[HomeAddress | None, BeforeValidator(as_mapping)]


class Employee(PayrollModel):
    """A person of `GET /Employees`; a list row carries fewer fields than a single read (xero.md 3.3).

    Bank accounts, tax, super, pay template and balances stay raw; `wire_payroll` reads those that mapping asks for.
    """

    employee_id: UUID = Field(alias="EmployeeID")
    title: Text = ""
    first_name: Text = ""
    middle_names: Text = ""
    last_name: Text = ""
    date_of_birth: Moment = None
    gender: Text = ""
    home_address: HomeAddressOrNone = None
    phone: Text = ""
    mobile: Text = ""
    email: Text = ""
    job_title: Text = ""
    start_date: Moment = None
    termination_date: Moment = None
    termination_reason: Text = ""
    status: Text = ""
    employee_group_name: Text = ""
    income_type: Text = ""
    country_of_residence: Text = ""
    updated_at: Moment = Field(None, alias="UpdatedDateUTC")
    bank_accounts: RawList = Field(default_factory=list)
    super_memberships: RawList = Field(default_factory=list)
    leave_balances: RawList = Field(default_factory=list)
    tax_declaration: RawObject = Field(None)
    pay_template: RawObject = Field(None)
    opening_balances: RawObject = Field(None)

    @property
    def sent(self) -> frozenset[str]:
        """Return the names of the attributes that were in the answer at all."""
        return frozenset(self.model_fields_set)


@dataclass(frozen=True)
class Reject:
    """One record of a list that could not be read; the others go on. Never carries a value."""

    index: int
    xero_id: UUID | None
    reason: str


def reason_of(error: ValidationError) -> str:
    """Return which fields could not be read, and why, without their values."""
    found = error.errors(include_input=False, include_context=False, include_url=False)
    return "; ".join(f"{'.'.join(str(part) for part in item['loc']) or 'record'}: {item['type']}" for item in found)


class EmployeesPage(NamedTuple):
    """The readable employees of one answer, without duplicates, and the rest."""

    records: tuple[Employee, ...]
    rejects: tuple[Reject, ...]

    @classmethod
    def parse(cls, payload: object) -> Self:
        """Return the employees of an envelope; one bad record is set aside, a bad envelope raises."""
        records: dict[UUID, Employee] = {}
        rejects: list[Reject] = []
        for index, raw in enumerate(rows_of(payload, "Employees")):
            try:
                employee = Employee.model_validate(raw)
            except ValidationError as error:
                identifier = as_identifier(raw.get("EmployeeID")) if isinstance(raw, dict) else None
                rejects.append(Reject(index, identifier, reason_of(error)))
            else:
                records[employee.employee_id] = employee
        return cls(tuple(records.values()), tuple(rejects))


def rows_of(payload: object, collection: str) -> list[object]:
    """Return the rows of a Payroll or Accounting envelope; a null collection is an empty one."""
    if not isinstance(payload, Mapping) or collection not in payload:
        message = f"no {collection} in the answer"
        raise UnreadablePayload(message)
    rows = payload[collection]
    if rows is None:
        return []
    if not isinstance(rows, list):
        message = f"{collection} is no list"
        raise UnreadablePayload(message)
    return rows


class Organisation(PayrollModel):
    """The answer of `GET /Organisation`, as far as a connection needs it."""

    organisation_id: Identifier = Field(None, alias="OrganisationID")
    name: Text = ""
    version: Text = ""
    country_code: Text = ""
    organisation_status: Text = ""
    timezone: Text = ""
    organisation_class: Text = Field("", alias="Class")
    short_code: Text = ""
    is_demo_company: Flag = None

    @property
    def is_australian(self) -> bool:
        """Say whether Payroll AU can exist here."""
        return (self.country_code or self.version).upper() == "AU"

    @property
    def is_active(self) -> bool:
        """Say whether Xero calls the organisation active; one that says nothing is taken to be."""
        return self.organisation_status.upper() in ("", "ACTIVE")

    @classmethod
    def parse(cls, payload: object) -> Self:
        """Return the one organisation of the answer."""
        rows = rows_of(payload, "Organisations")
        if not rows:
            message = "no organisation in the answer"
            raise UnreadablePayload(message)
        return cls.read(rows[0])

    @classmethod
    def read(cls, raw: object) -> Self:
        """Return a model, or say what could not be read."""
        try:
            return cls.model_validate(raw)
        except ValidationError as error:
            raise UnreadablePayload(reason_of(error)) from None


class Settings(PayrollModel):
    """The answer of `GET /Settings`; its lists stay raw until something maps them."""

    accounts: RawList = Field(default_factory=list)
    tracking_categories: RawObject = None
    days_in_payroll_year: WholeNumber = None
    employees_are_stp2: Flag = Field(None, alias="EmployeesAreSTP2")

    @classmethod
    def parse(cls, payload: object) -> Self:
        """Return the settings of the answer."""
        if not isinstance(payload, Mapping) or not isinstance(payload.get("Settings"), Mapping):
            message = "no Settings in the answer"
            raise UnreadablePayload(message)
        return cls.model_validate(payload["Settings"])


class PayCalendar(PayrollModel):
    """One row of `GET /PayrollCalendars`: its kind in Xero's word, and when the next period is paid."""

    payroll_calendar_id: Identifier = Field(None, alias="PayrollCalendarID")
    name: Text = ""
    calendar_type: Text = ""
    payment_date: Moment = None

    @classmethod
    def parse_list(cls, payload: object) -> tuple[Self, ...]:
        """Return the calendars of the answer."""
        rows = payload.get("PayrollCalendars") if isinstance(payload, Mapping) else None
        if not isinstance(rows, list):
            message = "no PayrollCalendars in the answer"
            raise UnreadablePayload(message)
        return tuple(cls.model_validate(row) for row in rows if isinstance(row, Mapping))


class Connection(WireModel):
    """One row of `GET /connections`; older answers lack `authEventId` and `tenantName` (xero.md 2.4)."""

    model_config = ConfigDict(alias_generator=to_camel)

    id: UUID
    auth_event_id: Identifier = None
    tenant_id: UUID
    tenant_type: Text = ""
    tenant_name: Text = ""
    created_at: Moment = Field(None, alias="createdDateUtc")
    updated_at: Moment = Field(None, alias="updatedDateUtc")

    @property
    def is_organisation(self) -> bool:
        """Say whether this row is an organisation and not, say, a practice; an answer without a type is one."""
        return self.tenant_type.upper() in ("", "ORGANISATION")


class ConnectionsAnswer(NamedTuple):
    records: tuple[Connection, ...]
    rejects: tuple[Reject, ...]

    @classmethod
    def parse(cls, payload: object) -> Self:
        """Return the readable connections, and the rest."""
        if not isinstance(payload, list):
            message = "the connections are no list"
            raise UnreadablePayload(message)
        records: list[Connection] = []
        rejects: list[Reject] = []
        for index, raw in enumerate(payload):
            try:
                records.append(Connection.model_validate(raw))
            except ValidationError as error:
                rejects.append(Reject(index, None, reason_of(error)))
        return cls(tuple(records), tuple(rejects))


class TokenAnswer(WireModel):
    """The token endpoint's success; unknown keys are kept."""

    access_token: str = Field(min_length=1)
    refresh_token: Text = Field("")
    id_token: Text = Field("")
    expires_in: WholeNumber = None
    token_type: Text = ""
    scope: str | list[str] | None = Field(None, validation_alias=AliasChoices("scope", "scopes"))

    @property
    def scopes(self) -> frozenset[str]:
        """Return the scopes granted, whether they came as one text or as a list."""
        return frozenset(self.scope.split() if isinstance(self.scope, str) else self.scope or ())

    @property
    def lifetime_seconds(self) -> int:
        """Return how long the access token lives; Xero's is 30 minutes (xero.md 2.3)."""
        return self.expires_in or 1800

    @classmethod
    def parse(cls, payload: object) -> Self:
        """Return the token set, or say, without its values, what could not be read."""
        try:
            return cls.model_validate(payload)
        except ValidationError as error:
            raise UnreadablePayload(reason_of(error)) from None
