"""The fields of the employee record, one by one: from Xero's wire model, and as parts of a request body. Pure.

Text is read and written clean: no invisible characters, single spaces. Dates are dates: midnight UTC is that day, any
other moment its day in the organisation's time zone, flagged (xero.md 3.5).
"""

from collections.abc import Mapping
from datetime import date, datetime

from tandem.people.records import Address, Gender, TerminationReason
from tandem.xero.client import wire
from tandem.xero.client.moments import calendar_date, write_date
from tandem.xero.mapping.fields import FieldValue, SharedField, Termination, clean, is_australian, region_code
from tandem.xero.mapping.oddities import Oddities, Oddity, unusable

Parts = dict[str, object]

GENDERS: Mapping[str, Gender] = {
    "": Gender.NOT_STATED,
    "N": Gender.NOT_STATED,
    "M": Gender.MALE,
    "F": Gender.FEMALE,
    "I": Gender.NON_BINARY,
}
GENDER_CODES: Mapping[Gender, str] = {gender: code for code, gender in GENDERS.items()}


def title_from_xero(employee: wire.Employee) -> str:
    """Return the title."""
    return clean(employee.title)


def title_to_xero(value: FieldValue) -> Parts:
    """Return the title; none is sent as an empty text."""
    return {"Title": _text(value)}


def first_name_from_xero(employee: wire.Employee) -> str:
    """Return the first name."""
    return clean(employee.first_name)


def first_name_to_xero(value: FieldValue) -> Parts:
    """Return the first name; none is sent as an empty text."""
    return {"FirstName": _text(value)}


def middle_names_from_xero(employee: wire.Employee) -> str:
    """Return the middle names."""
    return clean(employee.middle_names)


def middle_names_to_xero(value: FieldValue) -> Parts:
    """Return the middle names; none is sent as an empty text."""
    return {"MiddleNames": _text(value)}


def last_name_from_xero(employee: wire.Employee) -> str:
    """Return the last name."""
    return clean(employee.last_name)


def last_name_to_xero(value: FieldValue) -> Parts:
    """Return the last name; none is sent as an empty text."""
    return {"LastName": _text(value)}


def phone_from_xero(employee: wire.Employee) -> str:
    """Return the phone number."""
    return clean(employee.phone)


def phone_to_xero(value: FieldValue) -> Parts:
    """Return the phone number; none is sent as an empty text."""
    return {"Phone": _text(value)}


def mobile_from_xero(employee: wire.Employee) -> str:
    """Return the mobile number."""
    return clean(employee.mobile)


def mobile_to_xero(value: FieldValue) -> Parts:
    """Return the mobile number; none is sent as an empty text."""
    return {"Mobile": _text(value)}


def email_from_xero(employee: wire.Employee) -> str:
    """Return the one e-mail address that Xero keeps: work, else home."""
    return clean(employee.email)


def email_to_xero(value: FieldValue) -> Parts:
    """Return the one e-mail address that Xero keeps: work, else home; none is sent as an empty text."""
    return {"Email": _text(value)}


def job_title_from_xero(employee: wire.Employee) -> str:
    """Return the job title."""
    return clean(employee.job_title)


def job_title_to_xero(value: FieldValue) -> Parts:
    """Return the job title; none is sent as an empty text."""
    return {"JobTitle": _text(value)}


def date_of_birth_from_xero(employee: wire.Employee, *, time_zone: str) -> tuple[date | None, Oddities]:
    """Return the date of birth."""
    return _day(SharedField.DATE_OF_BIRTH, employee.date_of_birth, time_zone)


def date_of_birth_to_xero(value: FieldValue) -> Parts:
    """Return the date of birth; one we do not have is not sent."""
    return {"DateOfBirth": write_date(value)} if isinstance(value, date) else {}


def start_on_from_xero(employee: wire.Employee, *, time_zone: str) -> tuple[date | None, Oddities]:
    """Return the first day of work."""
    return _day(SharedField.START_ON, employee.start_date, time_zone)


def start_on_to_xero(value: FieldValue) -> Parts:
    """Return the first day of work; one we do not have is not sent."""
    return {"StartDate": write_date(value)} if isinstance(value, date) else {}


def gender_from_xero(employee: wire.Employee) -> tuple[Gender, Oddities]:
    """Return a gender; a code that is not N, M, F or I is left in Xero."""
    known = GENDERS.get(clean(employee.gender).upper())
    if known is not None:
        return known, ()
    return Gender.NOT_STATED, unusable(SharedField.GENDER, "Xero holds a gender that Tandem does not know.")


def gender_to_xero(value: FieldValue) -> Parts:
    """Return Xero's letter for a gender."""
    return {"Gender": GENDER_CODES[value]} if isinstance(value, Gender) else {}


def home_address_from_xero(employee: wire.Employee) -> Address:
    """Return an address; Xero's AUSTRALIA becomes Australia, and an address of a country alone is none."""
    address = employee.home_address
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


def home_address_to_xero(value: FieldValue) -> Parts:
    """Return the whole address, which Xero replaces whole."""
    address = value if isinstance(value, Address) else Address()
    country = "AUSTRALIA" if is_australian(address.country) else clean(address.country)
    return {
        "HomeAddress": {
            "AddressLine1": clean(address.line1),
            "AddressLine2": clean(address.line2),
            "City": clean(address.suburb),
            "Region": region_code(address.state),
            "PostalCode": clean(address.postcode),
            "Country": country,
        }
    }


def termination_from_xero(employee: wire.Employee, *, time_zone: str) -> tuple[Termination | None, Oddities]:
    """Return the end of employment; TERMINATED without a readable date is no fact to act on."""
    field = SharedField.TERMINATION
    on, oddities = _day(field, employee.termination_date, time_zone)
    if on is None:
        if employee.status.upper() == wire.TERMINATED and not oddities:
            oddities = unusable(field, "Xero says terminated, but gives no date.")
        return None, oddities
    code = clean(employee.termination_reason).upper()
    if not code:
        return Termination(on), oddities
    try:
        return Termination(on, TerminationReason(code)), oddities
    except ValueError:
        sentence = "Xero gives a reason for leaving that Tandem does not know; the date is taken without it."
        return Termination(on), (*oddities, Oddity(field, sentence, is_usable=True))


def termination_to_xero(value: FieldValue) -> Parts:
    """Return date and reason; that a termination ended is never sent: Xero may not allow it (xero.md 4.1)."""
    if not isinstance(value, Termination):
        return {}
    parts: Parts = {"TerminationDate": write_date(value.on)}
    if value.reason:
        parts["TerminationReason"] = value.reason.value
    return parts


def _text(value: FieldValue) -> str:
    return clean(str(value or ""))


def _day(field: SharedField, moment: datetime | str | None, time_zone: str) -> tuple[date | None, Oddities]:
    """Return a calendar date, flagged if it did not come at midnight UTC."""
    if moment is None:
        return None, ()
    if isinstance(moment, str):
        return None, unusable(field, f"Xero sent a {field.label.lower()} that is not a date.")
    found = calendar_date(moment, time_zone)
    if not found.is_shifted:
        return found.on, ()
    sentence = f"Xero sent the {field.label.lower()} with a time of day; Tandem took the date in {time_zone}."
    return found.on, (Oddity(field, sentence, is_usable=True),)
