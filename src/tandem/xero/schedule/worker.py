"""The tasks of procrastinate. Arguments are ids; whatever is lost with a worker is due again by itself."""

import asyncio
from uuid import UUID

from django.db import close_old_connections
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from tandem.xero.schedule import actions
from tandem.xero.sync import working
from tandem.xero.sync.queue import WORK

SECONDS_WITHOUT_A_HEARTBEAT = 30


@app.task(name=WORK)
def work(*, account_id: str, run_id: str) -> None:
    """Carry a run as far as it goes; its due row brings it back when it has to wait."""
    close_old_connections()
    try:
        working.work(UUID(account_id), UUID(run_id))
    finally:
        close_old_connections()


@app.task(name="tandem.due")
def due(*, due_id: int) -> None:
    """Do one piece of work that the dispatcher has leased."""
    close_old_connections()
    try:
        found = actions.find_due(due_id)
        if found is not None:
            actions.do(found)
    finally:
        close_old_connections()


@app.periodic(cron="* * * * * */5")
@app.task(name="tandem.dispatch", queueing_lock="dispatch", pass_context=False)
async def dispatch(timestamp: int) -> None:
    """Hand out what is due, for every account."""
    del timestamp
    for found in await asyncio.to_thread(_claim):
        try:
            await due.configure(queueing_lock=f"due {found.due_id}").defer_async(due_id=found.due_id)
        except AlreadyEnqueued:
            continue


def _claim() -> list[actions.DueWork]:
    try:
        return actions.claim_due()
    finally:
        close_old_connections()


@app.task(name="tandem.tell")
def tell(*, account_id: str) -> None:
    """Tell whoever is to be told now, and send what was written, of one account."""
    close_old_connections()
    try:
        actions.tell(UUID(account_id))
    finally:
        close_old_connections()


@app.periodic(cron="* * * * * */5")
@app.task(name="tandem.tell_all", queueing_lock="tell")
async def tell_all(timestamp: int) -> None:
    """Hand out the accounts for which somebody is to be told, or a letter waits."""
    del timestamp
    for account_id in await asyncio.to_thread(_to_be_told):
        try:
            await tell.configure(queueing_lock=f"tell {account_id}").defer_async(account_id=str(account_id))
        except AlreadyEnqueued:
            continue


def _to_be_told() -> list[UUID]:
    try:
        return actions.to_be_told()
    finally:
        close_old_connections()


@app.periodic(cron="*/2 * * * *")
@app.task(name="tandem.reap", queueing_lock="reap")
async def reap(timestamp: int) -> None:
    """Give the jobs of workers that died back to the others, and every account its nightly job."""
    del timestamp
    stalled = await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=SECONDS_WITHOUT_A_HEARTBEAT)
    for job in stalled:
        await app.job_manager.retry_job(job)
    await asyncio.to_thread(_ensure_nightly)


def _ensure_nightly() -> None:
    try:
        actions.ensure_nightly()
    finally:
        close_old_connections()


def stand_ready() -> None:
    """See to what must be due before the first round: every account's nightly job."""
    actions.ensure_nightly()
