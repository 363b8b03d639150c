"""What a probe's list shows and a list of changes may not: who is gone from it, and who is on it unknown.

A run of a large organisation asks Xero for what changed, so it is told here whom to read in full.
"""

from datetime import timedelta
from uuid import UUID

from django.db.models import Q

from tandem.kernel import clock
from tandem.kernel.scoping import scope
from tandem.xero.models import Connection, XeroPerson

#: More than these are no oversight of a list: the light of the data tells, or the daily list of everybody brings them.
AT_MOST = 20
READ_AGAIN = timedelta(days=1)


def leave_for_next_run(
    account_id: UUID, connection_id: UUID, *, listed: frozenset[UUID], missing: frozenset[UUID]
) -> None:
    """Have people read in full: the `missing` once a day at most, and those `listed` whom no run has seen.

    Before the first import nobody is known, and it reads everybody anyway.
    """
    with scope(account_id):
        if Connection.objects.filter(
            account_id=account_id, connection_id=connection_id, imported_until__isnull=True
        ).exists():
            return
        rows = XeroPerson.objects.filter(account_id=account_id, connection_id=connection_id)
        if 0 < len(missing) <= AT_MOST:
            is_due = Q(read_at__isnull=True) | Q(read_at__lt=clock.now() - READ_AGAIN)
            rows.filter(is_due, xero_employee_id__in=missing).update(wants_detail=True)
        unknown = listed - set(rows.filter(xero_employee_id__in=listed).values_list("xero_employee_id", flat=True))
        if len(unknown) <= AT_MOST:
            XeroPerson.objects.bulk_create(
                (
                    XeroPerson(
                        person_id=XeroPerson.row_id(connection_id, one),
                        account_id=account_id,
                        connection_id=connection_id,
                        xero_employee_id=one,
                        wants_detail=True,
                    )
                    for one in sorted(unknown)
                ),
                ignore_conflicts=True,
            )
