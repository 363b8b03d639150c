"""What lies ahead of an employment, in the words of a page."""

from collections.abc import Iterable
from datetime import date

from django.urls import reverse

from tandem.people.merging import MergeRecord
from tandem.people.records import AbsenceRecord, DeletedRecord, EmployeeRecord, PositionChangeRecord
from tandem.web.templatetags.tandem_ui import day
from tandem.web.xero.present import written

DELETION_POINTS = (
    "The record leaves every list and goes to the recycle bin, as it is.",
    "The sign-in linked to it loses this account until the record is restored.",
    "Xero is not changed: who is linked there stays there.",
)


def contract(employee: EmployeeRecord) -> str:
    """Say when the contract ends."""
    return f"Ends on {day(employee.contract_ends_on)}" if employee.contract_ends_on else "Has no end"


def position_changes(rows: Iterable[PositionChangeRecord], slug: str, *, may_edit: bool) -> list[dict[str, str]]:
    """Return the changes of position, the latest first."""
    return [
        {
            "what": row.job_title,
            "when": f"From {day(row.from_on)}",
            "detail": "No longer payroll" if row.leaves_payroll else "",
            "state": _state(is_taken_back=row.is_taken_back, is_done=row.is_done),
            "undo_url": reverse("employee-position-undo", args=[slug, row.employee_id, row.change_id])
            if may_edit and not row.is_taken_back and not row.is_done
            else "",
        }
        for row in rows
    ]


def absences(rows: Iterable[AbsenceRecord], slug: str, *, today: date, may_edit: bool) -> list[dict[str, str]]:
    """Return the absences, the latest first."""
    return [
        {
            "what": "Away",
            "when": f"{day(row.from_on)} to {day(row.until_on)}" if row.until_on else f"From {day(row.from_on)}",
            "detail": "" if row.until_on else "Nobody knows until when",
            "state": _state(is_taken_back=row.is_taken_back, is_done=bool(row.until_on and row.until_on < today)),
            "undo_url": reverse("employee-absence-undo", args=[slug, row.employee_id, row.absence_id])
            if may_edit and not row.is_taken_back
            else "",
        }
        for row in rows
    ]


def _state(*, is_taken_back: bool, is_done: bool) -> str:
    if is_taken_back:
        return "Taken back"
    return "Over" if is_done else "Planned"


def in_bin(row: DeletedRecord, slug: str, merge: MergeRecord | None, *, may_unmerge: bool) -> dict[str, str]:
    """Return one record of the recycle bin; one that was merged comes back only with its merge."""
    unmerge = reverse("match-unmerge", args=[slug, merge.merge_id]) if merge and may_unmerge else ""
    return {
        "name": row.full_name,
        "number": row.employee_number,
        "deleted_text": written(row.deleted_at),
        "merged_text": f"Merged into {merge.kept_name}" if merge else "",
        "unmerge_url": unmerge,
        "restore_url": "" if merge else reverse("employee-restore", args=[slug, row.employee_id]),
    }
