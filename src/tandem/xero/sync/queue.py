"""Hand a run to the workers: a durable due time that survives everything, and a job that is picked up at once."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import AlreadyEnqueued

from tandem.xero.connections.due import DueKind, set_due

WORK = "tandem.sync.work"


def wake(account_id: UUID, connection_id: UUID, run_id: UUID, at: datetime) -> None:
    """Make the run due, which the dispatcher sees, and tell an idle worker at once. Inside a transaction."""
    set_due(account_id, connection_id, DueKind.RESUME, at)
    transaction.on_commit(lambda: _tell(account_id, run_id))


def _tell(account_id: UUID, run_id: UUID) -> None:
    """Queue the job. A worker does not: its own connector is not for threads, and its dispatcher is about to look."""
    if not isinstance(app.connector, DjangoConnector):
        return
    try:
        with transaction.atomic():
            app.configure_task(WORK, queueing_lock=f"run {run_id}", allow_unknown=True).defer(
                account_id=str(account_id), run_id=str(run_id)
            )
    except AlreadyEnqueued:
        return
