"""The vault of tax file numbers: keep one, show it for a reason, remove it, let it go after its time (safety.md).

Its digits are sealed with a key of their own purpose. Outside they are known by their last three and a keyed mark; a mask
never takes the place of a whole number, since only whole numbers that add up are taken in.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from tandem.kernel import clock
from tandem.kernel.actor import Actor, ActorKind
from tandem.kernel.errors import Invalid, NotFound, NotPermitted, Problem
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scope, scoped, scoped_part
from tandem.people.actions import NIGHTLY, touch
from tandem.people.errors import EmployeeNotFound
from tandem.people.models import PayTaxNumber
from tandem.people.official_numbers import compact, ending_of, tfn_fault
from tandem.people.payroll_records import TaxFileNumber, TfnExemption
from tandem.people.records import EmployeeStatus
from tandem.people.selectors import employees_of, get_employee
from tandem.tenancy import vault
from tandem.tenancy.records import AccountRecord
from tandem.timeline.actions import record
from tandem.timeline.events import Event

COLUMN = "people_paytaxnumber.sealed_digits"
PURPOSE = "tax file number"
FIELD = "tax_file_number"
#: For how long a second factor counts as fresh.
FRESH = timedelta(minutes=5)
Answer = TaxFileNumber | TfnExemption | None


class RevealReason(StrEnum):
    """Why somebody looks at a whole number. A list, since words that people type would hold names and numbers."""

    PERSON_ASKS = "person_asks"
    COMPARE = "compare"
    REPORT = "report"
    CORRECT = "correct"


class SecondFactorStale(NotPermitted):
    """A whole tax file number is shown only right after a second factor."""

    code = "second_factor_stale"
    public_message = "Confirm your second factor again, then ask once more. Nothing was shown."


@scoped
def keep_tax_answer(
    actor: Actor, *, employee_id: UUID, digits: str = "", exemption: TfnExemption | None = None
) -> bool:
    """Keep a whole number, or why there is none; the one ends the other. Say whether anything was different.

    Raise Invalid for anything but a whole number that adds up: an end or a mask is never taken.
    """
    _lock(actor, employee_id, Permission.EDIT_PAYROLL)
    fault = "" if exemption else tfn_fault(digits)
    if fault:
        raise Invalid(Problem(FIELD, fault))
    if not put_tax_answer(actor, employee_id, digits=digits, exemption=exemption):
        return False
    touch(actor, employee_id=employee_id)
    _say(actor, Event.PAYROLL_CHANGED, employee_id, {"fields": [FIELD]})
    return True


def put_tax_answer(actor: Actor, employee_id: UUID, *, digits: str = "", exemption: TfnExemption | None = None) -> bool:
    """Put a checked answer in place of the one before; say whether anything was different. With the record locked."""
    row = _row(actor, employee_id) or PayTaxNumber(account_id=actor.account_id, employee_id=employee_id)
    number = "" if exemption else compact(digits)
    mark = marker(actor.account_id, number) if number else ""
    if not row._state.adding and (row.mark, row.exemption) == (mark, exemption.value if exemption else ""):
        return False
    sealed = vault.seal(actor.account_id, number, column=COLUMN, row_id=row.number_id, purpose=PURPOSE)
    row.sealed_digits = sealed if number else None
    row.ending, row.mark, row.exemption = ending_of(number), mark, exemption.value if exemption else ""
    row.answered_at, row.answered_by_id = clock.now(), actor.user_id
    row.save()
    return True


def marker(account_id: UUID, digits: str) -> str:
    """Return the keyed mark of a number, the same for the same digits within one account."""
    return vault.fingerprint(account_id, compact(digits), purpose=PURPOSE)


def answers_of(actor: Actor, employee_ids: Collection[UUID]) -> Mapping[UUID, TaxFileNumber | TfnExemption]:
    """Return what is known of numbers outside the vault, of those who gave an answer. Call inside the account's scope."""
    rows = PayTaxNumber.objects.filter(account_id=actor.account_id, employee_id__in=list(employee_ids))
    return {
        row.employee_id: TfnExemption(row.exemption) if row.exemption else TaxFileNumber(row.ending, row.mark)
        for row in rows.defer("sealed_digits")
    }


@scoped_part
def digits_to_send(actor: Actor, *, employee_id: UUID) -> str:
    """Return the whole number for a request to the payroll system, "" where there is none; only to the product itself.

    No page and no person gets a number this way; a write that carried one stands in the timeline by its field.
    """
    if actor.kind is not ActorKind.SYSTEM:
        raise NotPermitted
    row = _row(actor, employee_id)
    return "" if row is None else _digits(row)


@scoped
def reveal_tax_file_number(
    actor: Actor, *, employee_id: UUID, reason: RevealReason, second_factor_at: datetime | None
) -> str:
    """Return the whole number to a person who has just given a second factor; the timeline says who and why.

    Raise SecondFactorStale for a factor older than five minutes, NotFound where there is no number.
    """
    if actor.kind is not ActorKind.USER:
        raise NotPermitted
    _lock(actor, employee_id, Permission.VIEW_PAYROLL)
    if second_factor_at is None or not timedelta(0) <= clock.now() - second_factor_at <= FRESH:
        raise SecondFactorStale
    row = _row(actor, employee_id)
    if row is None or row.sealed_digits is None:
        raise NotFound
    digits = _digits(row)
    _say(actor, Event.TAX_NUMBER_SHOWN, employee_id, {"code": reason.value})
    return digits


@scoped
def remove_tax_file_number(actor: Actor, *, employee_id: UUID) -> None:
    """Remove a number at once, as one that was collected by mistake must be; what was answered is unknown again."""
    _lock(actor, employee_id, Permission.EDIT_PAYROLL)
    row = _row(actor, employee_id)
    if row is None:
        raise NotFound
    row.delete()
    touch(actor, employee_id=employee_id)
    _say(actor, Event.TAX_NUMBER_REMOVED, employee_id, {})


def kept_until(termination_on: date | None, *, years: int) -> date | None:
    """Return the last day on which the number of somebody who left is kept; None while nobody knows that they leave."""
    if termination_on is None:
        return None
    last = termination_on.year + years
    is_leap_day = (termination_on.month, termination_on.day) == (2, 29)
    return date(last, 2, 28) if is_leap_day else termination_on.replace(year=last)


def purge_tax_file_numbers(account: AccountRecord, *, years: int) -> int:
    """Remove the numbers of people who left so many years ago, in the recycle bin too; return how many."""
    today = clock.today_in(account.time_zone)
    with scope(account.account_id):
        rows = PayTaxNumber.objects.select_for_update(of=("self",)).filter(
            account_id=account.account_id, employee__status=EmployeeStatus.TERMINATED.value
        )
        dates = rows.filter(ending__gt="").values_list("number_id", "employee__termination_on")
        old = [number for number, left in dates if (until := kept_until(left, years=years)) and until < today]
        if old:
            PayTaxNumber.objects.filter(account_id=account.account_id, number_id__in=old).delete()
            actor = Actor.system(account.account_id, because=NIGHTLY)
            facts = {"count": len(old)}
            record(
                actor,
                Event.TAX_NUMBERS_PURGED,
                subject_kind="account",
                subject_id=account.account_id,
                facts=facts,
            )
        return len(old)


def _row(actor: Actor, employee_id: UUID) -> PayTaxNumber | None:
    return PayTaxNumber.objects.filter(account_id=actor.account_id, employee_id=employee_id).first()


def _digits(row: PayTaxNumber) -> str:
    if row.sealed_digits is None:
        return ""
    return vault.unseal(row.account_id, row.sealed_digits, column=COLUMN, row_id=row.number_id, purpose=PURPOSE)


def _lock(actor: Actor, employee_id: UUID, permission: Permission) -> None:
    actor.require(permission)
    actor.require(Permission.VIEW_EMPLOYEES)
    get_employee(actor, employee_id=employee_id)
    if employees_of(actor).select_for_update(of=("self",)).filter(employee_id=employee_id).first() is None:
        raise EmployeeNotFound


def _say(actor: Actor, event: Event, employee_id: UUID, facts: dict[str, str | list[str]]) -> None:
    record(actor, event, subject_kind="employee", subject_id=employee_id, facts=facts)
