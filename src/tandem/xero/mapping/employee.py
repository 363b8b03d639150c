"""One employee, from Xero's wire model to our record of it, and from that to a new Tandem person. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from tandem.people.payroll_records import PayrollDetails
from tandem.people.records import Address, EmployeeDetails, Gender, TerminationReason
from tandem.xero.client import wire
from tandem.xero.client.moments import calendar_date
from tandem.xero.mapping.fields import (
    PAYROLL_FIELDS,
    FieldValue,
    SharedField,
    Termination,
    clean,
    is_australian,
    region_code,
)
from tandem.xero.mapping.oddities import Oddity

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
    status: str = "ACTIVE"
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


GENDERS: Mapping[str, Gender] = {
    "": Gender.NOT_STATED,
    "N": Gender.NOT_STATED,
    "M": Gender.MALE,
    "F": Gender.FEMALE,
    "I": Gender.NON_BINARY,
}
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
    date_of_birth, birth_oddities = date_from_xero(SharedField.DATE_OF_BIRTH, employee.date_of_birth, time_zone)
    start_on, start_oddities = date_from_xero(SharedField.START_ON, employee.start_date, time_zone)
    termination, end_oddities = termination_from_xero(employee, time_zone)
    gender, gender_oddities = gender_from_xero(employee.gender)
    return XeroEmployee(
        xero_employee_id=employee.employee_id,
        title=clean(employee.title),
        first_name=clean(employee.first_name),
        middle_names=clean(employee.middle_names),
        last_name=clean(employee.last_name),
        date_of_birth=date_of_birth,
        gender=gender,
        home_address=address_from_xero(employee.home_address),
        phone=clean(employee.phone),
        mobile=clean(employee.mobile),
        email=clean(employee.email),
        job_title=clean(employee.job_title),
        start_on=start_on,
        termination=termination,
        status=clean(employee.status).upper() or ("TERMINATED" if termination else "ACTIVE"),
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


def date_from_xero(
    field: SharedField, moment: datetime | str | None, time_zone: str
) -> tuple[date | None, tuple[Oddity, ...]]:
    """Return a calendar date, flagged if it did not come at midnight UTC (xero.md 3.5)."""
    if moment is None:
        return None, ()
    if isinstance(moment, str):
        return None, (Oddity(field, f"Xero sent a {field.label.lower()} that is not a date.", is_usable=False),)
    found = calendar_date(moment, time_zone)
    if not found.is_shifted:
        return found.on, ()
    sentence = f"Xero sent the {field.label.lower()} with a time of day; Tandem took the date in {time_zone}."
    return found.on, (Oddity(field, sentence, is_usable=True),)


def termination_from_xero(employee: wire.Employee, time_zone: str) -> tuple[Termination | None, tuple[Oddity, ...]]:
    """Return the end of employment; TERMINATED without a readable date is no fact to act on."""
    field = SharedField.TERMINATION
    on, oddities = date_from_xero(field, employee.termination_date, time_zone)
    if on is None:
        if employee.status.upper() == "TERMINATED" and not oddities:
            oddities = (Oddity(field, "Xero says terminated, but gives no date.", is_usable=False),)
        return None, oddities
    code = clean(employee.termination_reason).upper()
    if not code:
        return Termination(on), oddities
    try:
        return Termination(on, TerminationReason(code)), oddities
    except ValueError:
        sentence = "Xero gives a reason for leaving that Tandem does not know; the date is taken without it."
        return Termination(on), (*oddities, Oddity(field, sentence, is_usable=True))


def gender_from_xero(code: str) -> tuple[Gender, tuple[Oddity, ...]]:
    """Return a gender; a code that is not N, M, F or I is left in Xero."""
    known = GENDERS.get(clean(code).upper())
    if known is not None:
        return known, ()
    return Gender.NOT_STATED, (
        Oddity(SharedField.GENDER, "Xero holds a gender that Tandem does not know.", is_usable=False),
    )


def address_from_xero(address: wire.HomeAddress | None) -> Address:
    """Return an address; Xero's AUSTRALIA becomes Australia, and an address of a country alone is none."""
    if address is None:
        return Address()
    country = clean(address.country)
    found = Address(
        line1=clean(address.address_line1),
        line2=clean(address.address_line2),
        suburb=clean(address.city),
        state=region_code(address.region),
        postcode=clean(address.postal_code),
        country="Australia" if country and is_australian(country) else country,
    )
    return Address() if found.is_blank else found


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

    Termination is not among them: it goes through `terminate_employee`.
    """
    named = {SharedField.EMAIL: "work_email"}
    return {
        named.get(field, field.value): value for field, value in changes.items() if field is not SharedField.TERMINATION
    }
