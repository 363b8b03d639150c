"""One employee, from Xero's wire model to our record of it, and from that to a new Tandem person. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from tandem.people.payroll_records import PayrollDetails
from tandem.people.records import Address, EmployeeDetails, Gender
from tandem.xero.client import wire
from tandem.xero.mapping import details
from tandem.xero.mapping.fields import (
    PAYROLL_FIELDS,
    FieldValue,
    SharedField,
    Termination,
    clean,
)
from tandem.xero.mapping.oddities import Oddity
from tandem.xero.mapping.tax_file_number import kept_answer

NO_ADDRESS = Address()


@dataclass(frozen=True)
class XeroEmployee:
    """The shared fields of one person as Xero sent them; `unread` names those that a list row does not carry."""

    xero_employee_id: UUID
    title: str = ""
    first_name: str = ""
    middle_names: str = ""
    last_name: str = ""
    date_of_birth: date | None = None
    gender: Gender = Gender.NOT_STATED
    home_address: Address = NO_ADDRESS
    phone: str = ""
    mobile: str = ""
    email: str = ""
    job_title: str = ""
    start_on: date | None = None
    termination: Termination | None = None
    status: str = wire.ACTIVE
    employee_group: str = ""
    updated_at: datetime | None = None
    payroll: PayrollDetails | None = None
    unread: frozenset[SharedField] = frozenset()
    oddities: tuple[Oddity, ...] = ()

    @property
    def is_detailed(self) -> bool:
        """Say whether every shared field was in the answer."""
        return not self.unread

    @property
    def full_name(self) -> str:
        """Return the name as Xero shows it."""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def unusable(self) -> frozenset[SharedField]:
        """Return the fields whose value Xero sent in a form that must not flow."""
        return frozenset(oddity.field for oddity in self.oddities if not oddity.is_usable)


WIRE_NAMES: Mapping[SharedField, str] = {
    SharedField.TITLE: "title",
    SharedField.FIRST_NAME: "first_name",
    SharedField.MIDDLE_NAMES: "middle_names",
    SharedField.LAST_NAME: "last_name",
    SharedField.DATE_OF_BIRTH: "date_of_birth",
    SharedField.GENDER: "gender",
    SharedField.HOME_ADDRESS: "home_address",
    SharedField.PHONE: "phone",
    SharedField.MOBILE: "mobile",
    SharedField.EMAIL: "email",
    SharedField.JOB_TITLE: "job_title",
    SharedField.START_ON: "start_date",
}


def theirs_value(theirs: XeroEmployee, field: SharedField) -> FieldValue:
    """Return what Xero holds for a shared field."""
    holder = theirs.payroll if field in PAYROLL_FIELDS else theirs
    value: FieldValue = getattr(holder, field.value)
    return value


def from_xero(employee: wire.Employee, *, time_zone: str, is_detail: bool = True) -> XeroEmployee:
    """Return what Xero sent as a record; a list row (`is_detail=False`) names what it does not carry."""
    date_of_birth, birth_oddities = details.date_of_birth_from_xero(employee, time_zone=time_zone)
    start_on, start_oddities = details.start_on_from_xero(employee, time_zone=time_zone)
    termination, end_oddities = details.termination_from_xero(employee, time_zone=time_zone)
    gender, gender_oddities = details.gender_from_xero(employee)
    return XeroEmployee(
        xero_employee_id=employee.employee_id,
        title=details.title_from_xero(employee),
        first_name=details.first_name_from_xero(employee),
        middle_names=details.middle_names_from_xero(employee),
        last_name=details.last_name_from_xero(employee),
        date_of_birth=date_of_birth,
        gender=gender,
        home_address=details.home_address_from_xero(employee),
        phone=details.phone_from_xero(employee),
        mobile=details.mobile_from_xero(employee),
        email=details.email_from_xero(employee),
        job_title=details.job_title_from_xero(employee),
        start_on=start_on,
        termination=termination,
        status=clean(employee.status).upper() or (wire.TERMINATED if termination else wire.ACTIVE),
        employee_group=employee.employee_group_name,
        updated_at=employee.updated_at if isinstance(employee.updated_at, datetime) else None,
        unread=frozenset() if is_detail else unread_fields(employee),
        oddities=birth_oddities + start_oddities + end_oddities + gender_oddities,
    )


def unread_fields(employee: wire.Employee) -> frozenset[SharedField]:
    """Return what a list row does not say: a name that is absent there is unknown, not blank (xero.md 3.3).

    Termination is always known: a row carries the date, or a status that says there is none.
    """
    return frozenset(field for field, name in WIRE_NAMES.items() if name not in employee.sent)


def details_from_xero(theirs: XeroEmployee) -> EmployeeDetails:
    """Return a new Tandem person from one that exists in Xero; a termination is a step of its own."""
    return EmployeeDetails(
        title=theirs.title,
        first_name=theirs.first_name,
        middle_names=theirs.middle_names,
        last_name=theirs.last_name,
        date_of_birth=theirs.date_of_birth,
        gender=theirs.gender,
        home_address=theirs.home_address,
        phone=theirs.phone,
        mobile=theirs.mobile,
        work_email=theirs.email,
        job_title=theirs.job_title,
        start_on=theirs.start_on,
    )


def hr_changes(changes: Mapping[SharedField, FieldValue]) -> dict[str, object]:
    """Return shared changes as `people.actions.edit_employee` takes them; an e-mail from Xero is the work e-mail.

    Termination is not among them: it goes through `terminate_employee`. Nor are payroll details.
    """
    named = {SharedField.EMAIL: "work_email"}
    others = {SharedField.TERMINATION, *PAYROLL_FIELDS}
    return {named.get(field, field.value): value for field, value in changes.items() if field not in others}


def payroll_changes(held: PayrollDetails, changes: Mapping[SharedField, FieldValue]) -> PayrollDetails:
    """Return payroll details with shared changes in them; a masked number never takes the place of a whole one."""
    values: dict[str, Any] = {field.value: value for field, value in changes.items() if field in PAYROLL_FIELDS}
    if SharedField.TAX_FILE_NUMBER in changes:
        name = SharedField.TAX_FILE_NUMBER.value
        values[name] = kept_answer(held.tax_file_number, values[name])
    return replace(held, **values)
