import json
from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.people.records import Address, EmployeeRecord, EmployeeStatus, Gender, TerminationReason
from tandem.xero.client.wire import Employee
from tandem.xero.mapping.employee import from_xero, theirs_value
from tandem.xero.mapping.fields import (
    DETAIL_FIELDS,
    GROUPS,
    LABELS,
    FieldGroup,
    FieldValue,
    SharedField,
    Termination,
    clean,
    ours_value,
)
from tandem.xero.mapping.requests import check_for_xero, to_xero
from tandem.xero.mapping.tests.payroll_values import PAYROLL_STRATEGIES
from tandem.xero.mapping.values import is_blank, normalise, same, value_as_json, value_from_json

ID = UUID(int=1)
HOME = Address("4 Harbour Lane", "", "Balmain", "NSW", "2041", "Australia")
ADA = EmployeeRecord(
    employee_id=ID,
    employee_number="E1",
    title="Ms",
    first_name="Ada",
    middle_names="",
    last_name="Byron",
    preferred_name="",
    date_of_birth=date(1985, 12, 10),
    gender=Gender.FEMALE,
    home_address=HOME,
    phone="",
    mobile="",
    work_email="",
    home_email="",
    job_title="",
    start_on=None,
    branch_id=None,
    status=EmployeeStatus.CURRENT,
    termination_on=None,
    termination_reason=None,
    revision=1,
    changed_at=datetime(2026, 11, 22, tzinfo=UTC),
)
LEFT = Termination(date(2026, 11, 1), TerminationReason.VOLUNTARY)


@pytest.mark.parametrize(
    ("field", "left", "right"),
    [
        (SharedField.FIRST_NAME, "Ada", " Ada\u00a0"),
        (SharedField.LAST_NAME, "de  Burgh", "de\u00a0Burgh"),
        (SharedField.LAST_NAME, "O\u2019Brien\u200b", "O\u2019Brien"),
        (SharedField.LAST_NAME, "Zoe\u0308", "Zoë"),
        (SharedField.EMAIL, "Ada@Example.com", "ada@example.com "),
        (SharedField.MOBILE, "0400 000 000", "0400-000-000"),
        (SharedField.PHONE, "(02) 9000 0000", "0290000000"),
        (SharedField.HOME_ADDRESS, HOME, replace(HOME, country="AUSTRALIA")),
        (SharedField.HOME_ADDRESS, HOME, replace(HOME, country="", state="New South Wales")),
        (SharedField.HOME_ADDRESS, HOME, replace(HOME, state="nsw", line1="4  Harbour Lane ")),
        (SharedField.HOME_ADDRESS, Address(), Address(country="Australia")),
        (SharedField.HOME_ADDRESS, replace(HOME, country="New Zealand"), replace(HOME, country="new  zealand")),
        (SharedField.TERMINATION, LEFT, Termination(LEFT.on)),
        (SharedField.TERMINATION, Termination(LEFT.on), LEFT),
        (SharedField.DATE_OF_BIRTH, None, None),
        (SharedField.GENDER, Gender.MALE, Gender.MALE),
    ],
)
def test_what_a_system_does_to_a_value_on_its_way_is_no_difference(
    field: SharedField, left: FieldValue, right: FieldValue
) -> None:
    assert same(field, left, right)


@pytest.mark.parametrize(
    ("field", "left", "right"),
    [
        (SharedField.LAST_NAME, "Macdonald", "MacDonald"),
        (SharedField.FIRST_NAME, "Ada", ""),
        (SharedField.EMAIL, "ada@example.com", "ada@example.org"),
        (SharedField.PHONE, "+61 2 9000 0000", "02 9000 0000"),
        (SharedField.HOME_ADDRESS, HOME, replace(HOME, line2="Unit 3")),
        (SharedField.HOME_ADDRESS, HOME, replace(HOME, postcode="0800")),
        (SharedField.HOME_ADDRESS, HOME, Address()),
        (SharedField.TERMINATION, LEFT, None),
        (SharedField.TERMINATION, LEFT, replace(LEFT, reason=TerminationReason.DISMISSAL)),
        (SharedField.TERMINATION, LEFT, replace(LEFT, on=date(2026, 11, 2))),
        (SharedField.START_ON, date(2020, 2, 3), None),
        (SharedField.GENDER, Gender.NON_BINARY, Gender.NOT_STATED),
    ],
)
def test_what_a_person_would_call_different_is(field: SharedField, left: FieldValue, right: FieldValue) -> None:
    assert not same(field, left, right)


@pytest.mark.parametrize(
    ("field", "value", "blank"),
    [
        (SharedField.TITLE, " \u00a0", True),
        (SharedField.HOME_ADDRESS, Address(country="Australia"), True),
        (SharedField.GENDER, Gender.NOT_STATED, True),
        (SharedField.START_ON, None, True),
        (SharedField.PHONE, "-", True),
        (SharedField.TITLE, "Ms", False),
        (SharedField.GENDER, Gender.NON_BINARY, False),
        (SharedField.HOME_ADDRESS, Address(postcode="2041"), False),
    ],
)
def test_what_says_nothing_is_blank(field: SharedField, value: FieldValue, blank: bool) -> None:
    assert is_blank(field, value) is blank


def test_one_email_goes_to_xero_work_before_home() -> None:
    both = replace(ADA, work_email=" w@example.com", home_email="h@example.com")
    assert ours_value(both, SharedField.EMAIL) == "w@example.com"
    assert ours_value(replace(both, work_email="  "), SharedField.EMAIL) == "h@example.com"


def test_a_termination_is_date_and_reason_together() -> None:
    left = replace(ADA, termination_on=LEFT.on, termination_reason=LEFT.reason)
    assert ours_value(left, SharedField.TERMINATION) == LEFT
    assert ours_value(ADA, SharedField.TERMINATION) is None


def test_every_shared_field_has_a_group_and_a_label() -> None:
    assert set(GROUPS) == set(LABELS) == set(SharedField)
    assert SharedField.MOBILE.group is FieldGroup.CONTACT
    assert SharedField.DATE_OF_BIRTH.label == "Date of birth"


TEXTS = st.text(max_size=40)
ADDRESSES = st.builds(Address, TEXTS, TEXTS, TEXTS, TEXTS, TEXTS, TEXTS)
DATES = st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 1, 1))
TERMINATIONS = st.builds(Termination, DATES, st.one_of(st.none(), st.sampled_from(TerminationReason)))
VALUES: dict[SharedField, st.SearchStrategy[FieldValue]] = dict.fromkeys(DETAIL_FIELDS, TEXTS) | {
    SharedField.DATE_OF_BIRTH: st.one_of(st.none(), DATES),
    SharedField.START_ON: st.one_of(st.none(), DATES),
    SharedField.GENDER: st.sampled_from(Gender),
    SharedField.HOME_ADDRESS: ADDRESSES,
    SharedField.TERMINATION: st.one_of(st.none(), TERMINATIONS),
    **PAYROLL_STRATEGIES,
}
PAIRS = st.sampled_from(SharedField).flatmap(lambda field: st.tuples(st.just(field), VALUES[field]))


@given(PAIRS)
def test_comparing_form_is_its_own_comparing_form(pair: tuple[SharedField, FieldValue]) -> None:
    field, value = pair
    assert normalise(field, normalise(field, value)) == normalise(field, value)
    assert same(field, value, value)


@given(PAIRS)
def test_every_value_survives_being_stored(pair: tuple[SharedField, FieldValue]) -> None:
    field, value = pair
    assert value_from_json(field, json.loads(json.dumps(value_as_json(value)))) == value


@given(TEXTS)
def test_cleaning_is_done_once(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(PAIRS.filter(lambda pair: pair[0] in DETAIL_FIELDS))
def test_what_xero_takes_comes_back_the_same_so_that_nothing_goes_round_for_ever(
    pair: tuple[SharedField, FieldValue],
) -> None:
    """Send one value, read it back through the wire: equal, unless Xero would have refused it or takes no blank."""
    field, value = pair
    ours = with_value(field, value)
    if check_for_xero(ours, [field]):
        return
    sent = to_xero({field: ours_value(ours, field)}, ours=ours, theirs=None)
    read = from_xero(Employee.model_validate({"EmployeeID": str(ID), **sent}), time_zone="Australia/Sydney")
    assert same(field, ours_value(ours, field), theirs_value(read, field))


def with_value(field: SharedField, value: FieldValue) -> EmployeeRecord:
    """Return Ada with a shared field set."""
    if field is SharedField.EMAIL:
        return replace(ADA, work_email=value)  # type: ignore[arg-type]
    if isinstance(value, Termination):
        return replace(ADA, termination_on=value.on, termination_reason=value.reason)
    if field is SharedField.TERMINATION:
        return ADA
    return replace(ADA, **{field.value: value})  # type: ignore[arg-type]
