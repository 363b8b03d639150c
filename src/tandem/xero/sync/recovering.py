"""Find out what became of writes that were announced and never confirmed, before anything is sent again.

An update may be repeated: the same values land on the same person. A create may not, however young its key: a lost call
that lands once Xero has forgotten the key makes a second person, and nobody can say when it lands (ADR 39).
"""

from datetime import timedelta
from uuid import UUID

from django.conf import settings

from tandem.kernel import clock
from tandem.kernel.scoping import scope
from tandem.xero.models import Grant, Step
from tandem.xero.sync import doubts, items, journal, lease
from tandem.xero.sync.pages import StepStatus
from tandem.xero.sync.plan import Step as PlannedStep
from tandem.xero.sync.plan import Verb
from tandem.xero.sync.xero_steps import Writer

OPEN = (StepStatus.UNKNOWN.value, StepStatus.INTENDED.value)
NEVER_SENT = "never_sent"


def search_apart() -> timedelta:
    """Return how long the two searches for a person whose creation was never confirmed lie apart, at least."""
    return timedelta(seconds=settings.TANDEM.xero.search_apart_seconds)


class Recovery(Writer):
    """Settles what an earlier worker, or an earlier call, left open."""

    def recover(self, step_id: UUID) -> bool:
        """Find out what became of an announced write; return whether it is settled, and if not, when to come back."""
        row = self._row(step_id)
        with scope(self._desk.account_id):
            step = items.planned_step(row)
            journal.write(row, "read_back", code=row.status)
        return self._settle_create(row, step) if step.verb is Verb.CREATE else self._settle_update(row, step)

    def _settle_create(self, row: Step, step: PlannedStep) -> bool:
        """Begin anew what surely never left; else look for the person, and never send them again by itself."""
        with scope(self._desk.account_id):
            has_left = journal.may_have_left(row)
        if not has_left:
            return self._begin_anew(row)
        person = self._back.search(row, step)
        if person is not None:
            self.note_done(row, step, person, event="adopted")
            return True
        return self._give_up_or_wait(row)

    def _begin_anew(self, row: Step) -> bool:
        """Plan again what never reached Xero, and do it, unless its run is over: then the next plan has it."""
        self._step_back(row, code=NEVER_SENT)
        if row.run_id != self._desk.run_id:
            return True
        self.apply(row.step_id)
        return self._is_settled(row.step_id)

    def _give_up_or_wait(self, row: Step) -> bool:
        """After a first search without a find, come back ten minutes later; after the second, ask a person."""
        if row.searched_at is not None and clock.now() - row.searched_at >= search_apart():
            with scope(self._desk.account_id):
                lease.hold(self._desk.lease, over_is_fine=True)
                journal.write(row, "given_up", code=doubts.UNCONFIRMED)
            return True
        if row.searched_at is None:
            row.searched_at = clock.now()
            with scope(self._desk.account_id):
                row.status = StepStatus.UNKNOWN.value
                row.save(update_fields=["searched_at", "status"])
                journal.write(row, "searched", code="not_found")
        return False

    def _settle_update(self, row: Step, step: PlannedStep) -> bool:
        """Read back; leave to a person what somebody edited since, and send once more what surely did not land.

        Inside the key's window the identical bytes go out again under the same key: Xero answers as it did before. Beyond
        it, or where another person's grant announced it, the update is planned and read anew.
        """
        look = self._back.look(row, step)
        if look.is_done and look.person is not None:
            self.note_done(row, step, look.person, event="applied")
            return True
        if look.edited:
            self._leave_to_a_person(row, step, look)
            return True
        if self._is_in_window(row):
            body = self._stored_body(row)
            self._announce(row)
            self._send(row, step, body, is_retry=True)
        else:
            self._new_group(row)
            self.apply(row.step_id)
        return self._is_settled(row.step_id)

    def _is_in_window(self, row: Step) -> bool:
        window = timedelta(seconds=settings.TANDEM.xero.idempotency_window_seconds)
        with scope(self._desk.account_id):
            first = journal.first_intent_at(row, key=row.idempotency_key)
            since = Grant.objects.values_list("primary_since", flat=True).get(
                account_id=self._desk.account_id, grant_id=self._session.ground.grant_id
            )
        if first is None or (since is not None and first < since):
            return False
        return clock.now() - first < window

    def _is_settled(self, step_id: UUID) -> bool:
        return self._row(step_id).status not in OPEN
