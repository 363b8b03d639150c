"""People whom Tandem sent to Xero and Xero never confirmed: how many there may be, what settles them, what a person says."""

from uuid import UUID

from django.db.models import QuerySet

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.errors import NotFound
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scope, scoped
from tandem.xero.matching.matching import Side
from tandem.xero.models import Binding, Step
from tandem.xero.sync import journal, lease
from tandem.xero.sync.desk import Desk
from tandem.xero.sync.pages import ItemKind, StepStatus
from tandem.xero.sync.plan import Verb

#: Two searches did not find them: a person decides.
UNCONFIRMED = "create_unconfirmed"
LEFT_ALONE = "left_alone"
SEND_AGAIN = "send_again"
#: Somebody in Xero was linked to the record since, so there is nothing left to decide.
LINKED_SINCE = "linked_since"
HELD_BACK = "others_unconfirmed"
#: With so many in doubt nobody is added until they are settled: what swallows answers goes on swallowing them.
MOST = 3


def in_doubt(desk: Desk) -> QuerySet[Step]:
    """Return the creations that may have happened or not, decided ones left out. Inside the account's scope."""
    return Step.objects.filter(
        account_id=desk.account_id,
        run__connection_id=desk.connection_id,
        item=ItemKind.STEP.value,
        target=Side.XERO.value,
        verb=Verb.CREATE.value,
        status__in=[StepStatus.UNKNOWN.value, StepStatus.INTENDED.value],
    ).exclude(outcome_code=LEFT_ALONE)


def are_too_many(desk: Desk) -> bool:
    """Say whether nobody more may be added to Xero for now."""
    with scope(desk.account_id):
        return in_doubt(desk).count() >= MOST


def hold_back(desk: Desk, step_id: UUID) -> None:
    """Leave somebody out of this run; the next plan has them again."""
    with scope(desk.account_id):
        lease.hold(desk.lease)
        row = Step.objects.select_for_update().get(account_id=desk.account_id, step_id=step_id)
        if row.status == StepStatus.PLANNED.value:
            journal.write(row, "skipped", code=HELD_BACK)


def close_linked(desk: Desk) -> None:
    """Close the questions about people who were linked since: they landed late, or somebody found them by hand."""
    with scope(desk.account_id):
        waiting = in_doubt(desk).filter(outcome_code=UNCONFIRMED)
        linked = Binding.objects.filter(account_id=desk.account_id, connection_id=desk.connection_id)
        for row in waiting.filter(employee_id__in=linked.values("employee_id")).select_for_update():
            journal.write(row, "skipped", code=LINKED_SINCE)


@scoped
def decide_unknown(actor: Actor, step_id: UUID, *, send_again: bool) -> None:
    """Say whether a person whose creation Xero never confirmed is to be sent again by the next run.

    Raise NotFound where nobody is asked: before both searches were made nothing is sent again, whoever presses.
    """
    actor.require(Permission.MANAGE_INTEGRATION)
    row = (
        Step.objects.select_for_update()
        .filter(
            account_id=actor.account_id,
            step_id=step_id,
            status=StepStatus.UNKNOWN.value,
            outcome_code=UNCONFIRMED,
        )
        .first()
    )
    if row is None:
        raise NotFound("This was settled already. Nothing was changed.")
    if send_again:
        row.status = StepStatus.REJECTED.value
    row.outcome_code, row.outcome_at = SEND_AGAIN if send_again else LEFT_ALONE, clock.now()
    row.save(update_fields=["status", "outcome_code", "outcome_at"])
