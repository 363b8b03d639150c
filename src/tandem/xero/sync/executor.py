"""Carry out a plan line by line; what is done is noted, so that the next worker goes on at the first open line."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from tandem.kernel import clock
from tandem.kernel.scoping import scope
from tandem.people.candidates import join_certain
from tandem.xero.client.errors import BadPayload, Refused
from tandem.xero.connections import takeover, writing
from tandem.xero.connections.writing import BARRED, ONLY_READING, REPLACED, GrantReplaced, OnlyReading, WritingBarred
from tandem.xero.governor.rules import Purpose
from tandem.xero.matching.matching import Side
from tandem.xero.models import Step
from tandem.xero.sync import doubts, journal, lease, stops
from tandem.xero.sync.desk import Desk, is_about_the_record
from tandem.xero.sync.hr_steps import BATCH, apply_batch
from tandem.xero.sync.pages import ItemKind, StepStatus
from tandem.xero.sync.plan import Verb
from tandem.xero.sync.recovering import OPEN, Recovery, search_apart
from tandem.xero.sync.stops import Parked
from tandem.xero.sync.xero_steps import Waiting, Writer

LOOK_AGAIN = timedelta(seconds=30)
LOCAL = (ItemKind.BIND.value, ItemKind.SETTLE.value)


def execute(desk: Desk) -> None:
    """Do everything that is still open in the run; park it on whatever has to wait."""
    _recover_open(desk, mine=True)
    _apply_local(desk)
    doubts.close_linked(desk)
    _apply_at_xero(desk)
    _recover_open(desk, mine=True)
    if desk.preferences.match_by_name_and_birth_date:
        join_certain(desk.actor)


def recover_old(desk: Desk) -> None:
    """Find out about writes that an earlier, abandoned run announced and never confirmed."""
    _recover_open(desk, mine=False)


def _steps(desk: Desk) -> QuerySet[Step]:
    return Step.objects.filter(account_id=desk.account_id, run_id=desk.run_id)


def _apply_local(desk: Desk) -> None:
    while True:
        with scope(desk.account_id):
            planned = _steps(desk).filter(status=StepStatus.PLANNED.value)
            local = planned.filter(item__in=LOCAL) | planned.filter(item=ItemKind.STEP.value, target=Side.HR.value)
            ids = list(local.order_by("position").values_list("step_id", flat=True)[:BATCH])
        if not ids:
            return
        apply_batch(desk, ids)


def _apply_at_xero(desk: Desk) -> None:
    with scope(desk.account_id):
        planned = _steps(desk).filter(item=ItemKind.STEP.value, target=Side.XERO.value, status=StepStatus.PLANNED.value)
        verbs = dict(planned.order_by("position").values_list("step_id", "verb"))
    if not verbs:
        return
    ids = list(verbs)
    session = desk.open_session(Purpose.WRITE)
    writer = Writer(desk, session)
    for position, step_id in enumerate(ids):
        lease.renew(desk.lease)
        if verbs[step_id] == Verb.CREATE.value and _is_held_back(desk, step_id):
            continue
        try:
            writing.refuse_barred(session.ground)
            _patiently(desk, writer, step_id)
        except WritingBarred as bar:
            _leave_waiting(desk, ids[position:], bar)
            return
        except GrantReplaced as error:
            raise Parked(error.code, clock.now()) from error


def _is_held_back(desk: Desk, step_id: UUID) -> bool:
    """Settle what is in doubt before more is sent, where much is; say whether somebody is left out all the same."""
    if doubts.are_too_many(desk):
        _recover_open(desk, mine=True)
    if not doubts.are_too_many(desk):
        return False
    doubts.hold_back(desk, step_id)
    return True


def _leave_waiting(desk: Desk, ids: Sequence[UUID], bar: WritingBarred) -> None:
    """Go on with the standby where there is one; else end the run without these lines, which the next plan has again."""
    if takeover.take_over(desk.account_id):
        raise Parked(REPLACED, clock.now()) from bar
    for step_id in ids:
        with scope(desk.account_id):
            lease.hold(desk.lease)
            row = Step.objects.select_for_update().get(account_id=desk.account_id, step_id=step_id)
            if row.status == StepStatus.PLANNED.value:
                journal.write(row, "skipped", code=bar.code)


def _patiently(desk: Desk, writer: Writer, step_id: UUID) -> None:
    """Do one step, sitting out short waits; a long one parks the run, and the step is planned again."""
    patience = stops.Patience()
    while True:
        try:
            writer.apply(step_id)
        except Waiting as wait:
            if wait.pause.code == ONLY_READING:
                raise OnlyReading from wait
            if wait.pause.code == BARRED:
                raise WritingBarred from wait
            desk.sit_out(wait.pause, patience)
        except stops.STOPPERS as error:
            raise Parked("xero_down", clock.now() + stops.XERO_IS_DOWN) from error
        else:
            return


def _recover_open(desk: Desk, *, mine: bool) -> None:
    """Settle what was announced and not confirmed; park this run until the rest can be settled."""
    found = _open_ids(desk, mine=mine)
    if not found:
        return
    recovery = Recovery(desk, desk.open_session(Purpose.WRITE))
    unsettled = [step_id for step_id in found if not _recovered(desk, recovery, step_id, mine=mine)]
    if unsettled and mine:
        raise Parked("waiting_for_proof", _look_again_at(desk, unsettled))


def _open_ids(desk: Desk, *, mine: bool) -> list[UUID]:
    with scope(desk.account_id):
        rows = Step.objects.filter(
            account_id=desk.account_id,
            run__connection_id=desk.connection_id,
            item=ItemKind.STEP.value,
            target=Side.XERO.value,
            status__in=OPEN,
        ).exclude(outcome_code__in=(doubts.UNCONFIRMED, doubts.LEFT_ALONE))
        rows = rows.filter(run_id=desk.run_id) if mine else rows.exclude(run_id=desk.run_id)
        return list(rows.order_by("intended_at", "position").values_list("step_id", flat=True))


def _recovered(desk: Desk, recovery: Recovery, step_id: UUID, *, mine: bool) -> bool:
    """Settle one write; somebody of an earlier run who cannot be read is left for the next one, which holds nobody up."""
    patience = stops.Patience()
    while True:
        lease.renew(desk.lease)
        try:
            return recovery.recover(step_id)
        except Waiting as wait:
            desk.sit_out(wait.pause, patience)
        except stops.STOPPERS as error:
            if not mine and isinstance(error, BadPayload | Refused) and is_about_the_record(error):
                return False
            raise Parked("xero_down", clock.now() + stops.XERO_IS_DOWN) from error


def _look_again_at(desk: Desk, unsettled: Sequence[UUID]) -> datetime:
    with scope(desk.account_id):
        searched = [at for at in Step.objects.filter(step_id__in=unsettled).values_list("searched_at", flat=True) if at]
    soonest = clock.now() + LOOK_AGAIN
    return max(soonest, min(searched) + search_apart()) if len(searched) == len(unsettled) else soonest
