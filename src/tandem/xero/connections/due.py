"""Say when something is due for a connection: ids and times, read by the dispatcher for every account."""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from tandem.kernel import clock
from tandem.xero.models import Due

#: A sign-in that nothing else renews meanwhile is renewed after so long.
REFRESH_AFTER = timedelta(days=7)


class DueKind(StrEnum):
    """Work that comes due by itself."""

    PROBE = "probe"
    REFRESH = "refresh"
    IMPORT = "import"
    EXPORT = "export"
    RESUME = "resume"
    NIGHTLY = "nightly"
    LEAVE = "leave"
    DIGEST = "digest"


def set_due(account_id: UUID, connection_id: UUID, kind: DueKind, at: datetime) -> None:
    """Make one kind of work due at a time, whenever it was due before."""
    Due.objects.bulk_create(
        [Due(subject_id=connection_id, for_account=account_id, kind=kind.value, due_at=at)],
        update_conflicts=True,
        unique_fields=["subject_id", "kind"],
        update_fields=["due_at"],
    )


def begin(account_id: UUID, connection_id: UUID) -> None:
    """Make a connection that has just been put in place due for its first probe now, and for a refresh later."""
    now = clock.now()
    set_due(account_id, connection_id, DueKind.PROBE, now)
    set_due(account_id, connection_id, DueKind.REFRESH, now + REFRESH_AFTER)


def hurry(connection_id: UUID, *kinds: DueKind) -> None:
    """Make work that is due later due now; what is not due at all stays so."""
    now = clock.now()
    Due.objects.filter(subject_id=connection_id, kind__in=[kind.value for kind in kinds], due_at__gt=now).update(
        due_at=now
    )


def clear_due(connection_id: UUID, *kinds: DueKind) -> None:
    """Forget that these kinds of work are due; all of them when none is named."""
    rows = Due.objects.filter(subject_id=connection_id)
    if kinds:
        rows = rows.filter(kind__in=[kind.value for kind in kinds])
    rows.delete()
