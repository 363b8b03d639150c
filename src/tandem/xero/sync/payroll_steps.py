"""Payroll details in the steps of a run: Xero's values into Tandem, and Tandem's into the body of a request.

Whole tax file numbers are in neither a plan nor a journal: one comes from the vault at the moment of sending (ADR 31).
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

from tandem.people.payroll_imports import Imported, Source, import_payroll
from tandem.people.payroll_records import PayrollDetails, TaxFileNumber
from tandem.people.records import EmployeeRecord
from tandem.people.tax_numbers import digits_to_send, marker
from tandem.xero.catalog.selectors import lists_of
from tandem.xero.client.wire import Employee
from tandem.xero.mapping.bank import normalise_accounts
from tandem.xero.mapping.employee import XeroEmployee, from_xero, payroll_changes, theirs_value
from tandem.xero.mapping.employment import check_employee_group
from tandem.xero.mapping.fields import OF_PAYROLL, PAYROLL_FIELDS, FieldValue, SharedField, fields_of, ours_value
from tandem.xero.mapping.payroll import TAX_FIELDS, Lists, payroll_from_xero, payroll_to_xero
from tandem.xero.mapping.requests import to_xero
from tandem.xero.mapping.superannuation import fund_tasks
from tandem.xero.mapping.tax_file_number import NumberNotAtHand, is_only_theirs
from tandem.xero.mapping.values import same
from tandem.xero.models import Run
from tandem.xero.sync.desk import Desk

Values = Mapping[SharedField, FieldValue]
TOLD = frozenset({"bank_accounts", "super_memberships", "tax_declaration"})


class NotSendable(Exception):
    """What was planned cannot go as it stands; `code` says why, and the next plan looks again."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def person_in_full(account_id: UUID, found: Employee, *, time_zone: str, lists: Lists) -> XeroEmployee:
    """Return what a single read shows of somebody, payroll details included. Inside the account's scope."""
    person = from_xero(found, time_zone=time_zone)
    payroll, oddities = payroll_from_xero(found, lists=lists, marker=partial(marker, account_id))
    return replace(person, payroll=payroll, oddities=person.oddities + oddities)


def tells_payroll(answer: Employee) -> bool:
    """Say whether the answer to a write names all that payroll is read from: what it leaves out is unknown, not blank."""
    return answer.sent >= TOLD


def compared_fields(
    record: EmployeeRecord, person: XeroEmployee, *, withheld: Collection[SharedField]
) -> list[SharedField]:
    """Return the fields that a run compares of two records: payroll details where both have them."""
    payroll = person.payroll if record.payroll else None
    fields = [field for field in fields_of(payroll) if field not in withheld]
    if payroll and is_only_theirs(ours_value(record, SharedField.TAX_FILE_NUMBER), payroll.tax_file_number):
        fields.remove(SharedField.TAX_FILE_NUMBER)
    return fields


def agreed_fields(
    record: EmployeeRecord, person: XeroEmployee, *, withheld: Collection[SharedField]
) -> dict[SharedField, FieldValue]:
    """Return the fields that mean the same on both sides, as Tandem holds them."""
    return {
        field: ours_value(record, field)
        for field in compared_fields(record, person, withheld=withheld)
        if field not in person.unread | person.unusable
        and same(field, ours_value(record, field), theirs_value(person, field))
    }


def take_over(desk: Desk, record: EmployeeRecord, values: Values) -> Imported:
    """Bring the payroll part of a step to Tandem, in one action. Inside the account's scope."""
    parts = [field.value for field in values if field in OF_PAYROLL]
    if not parts:
        return Imported(record.revision, bank_waits=False)
    details = payroll_changes(record.payroll or PayrollDetails(), values)
    details = replace(details, bank_accounts=normalise_accounts(details.bank_accounts))
    source = Source(desk.via, _who_let_it_go_ahead(desk))
    return import_payroll(desk.actor, employee_id=record.employee_id, details=details, parts=parts, source=source)


def _who_let_it_go_ahead(desk: Desk) -> UUID | None:
    """Return who approved the run, or asked for it: the same person is no second pair of eyes."""
    run = Run.objects.filter(account_id=desk.account_id, run_id=desk.run_id)
    approved_by, asked_by = run.values_list("approved_by_user_id", "by_user_id").get()
    return approved_by or asked_by


def body_of(
    desk: Desk, values: Values, *, ours: EmployeeRecord, theirs: XeroEmployee | None, read: Employee | None
) -> dict[str, object]:
    """Return the body of a request; `read` is the person as Xero just answered. Inside the account's scope.

    Raise NotSendable where a fund or an employee group is not in Xero any more, or a tax file number is not at hand whole.
    """
    body = to_xero(
        {field: value for field, value in values.items() if field not in PAYROLL_FIELDS}, ours=ours, theirs=theirs
    )
    of_payroll: dict[SharedField, Any] = {field: value for field, value in values.items() if field in PAYROLL_FIELDS}
    if not of_payroll:
        return body
    lists = lists_of(desk.account_id, desk.connection_id)
    if fund_tasks(of_payroll.get(SharedField.SUPER_MEMBERSHIPS, ()), funds=lists.funds):
        raise NotSendable("fund_not_in_xero")
    if check_employee_group(of_payroll.get(SharedField.EMPLOYEE_GROUP, ""), groups=lists.groups):
        raise NotSendable("group_not_in_xero")
    try:
        return body | payroll_to_xero(of_payroll, read=read, lists=lists, digits=_digits(desk, ours, of_payroll))
    except NumberNotAtHand:
        raise NotSendable("tax_number_not_at_hand") from None


def _digits(desk: Desk, ours: EmployeeRecord, values: Values) -> str:
    """Return the whole number where the declaration goes and Tandem has one."""
    held = ours.payroll.tax_file_number if ours.payroll else None
    if TAX_FIELDS.isdisjoint(values) or not isinstance(held, TaxFileNumber):
        return ""
    return digits_to_send(desk.actor, employee_id=ours.employee_id)
