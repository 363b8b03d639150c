"""Write down what was tried and how Xero answered. Call inside the account's scope; holds classes and codes only."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from tandem.kernel import clock
from tandem.xero.client.errors import AnswerClass, BadPayload, RateLimited, XeroError
from tandem.xero.client.transport import Answer
from tandem.xero.models import Connection, ConsentFlow, Evidence

LIST = "list"
VAULT = "vault"
CODE = re.compile(r"[A-Za-z_]+")
KEPT = timedelta(days=90)


@dataclass(frozen=True)
class Ground:
    """Where a call stands: the account's connection and the grant that carries it."""

    account_id: UUID
    connection_id: UUID
    grant_id: UUID


def record_call(
    ground: Ground,
    *,
    subject: str,
    purpose: str,
    answer: Answer | None,
    error: XeroError | None,
    count: int | None = None,
) -> None:
    """File one call under its subject."""
    offset = answer.clock_offset if answer else None
    Evidence.objects.create(
        account_id=ground.account_id,
        connection_id=ground.connection_id,
        grant_id=ground.grant_id,
        at=clock.now(),
        request_kind=subject,
        purpose=purpose,
        answer=(error.answer if error else AnswerClass.OK).value,
        status=answer.status if answer else None,
        detail=_code(error) if error else "",
        correlation_id=(answer.correlation_id if answer else "")[:60],
        count=count,
        retry_at=_retry_at(error),
        clock_offset_seconds=round(offset.total_seconds()) if offset is not None else None,
    )


def record_list(
    ground: Ground,
    *,
    purpose: str,
    rows: int,
    ended: int = 0,
    still_active: int = 0,
    unconfirmed: int = 0,
    is_gone_through: bool = False,
) -> AnswerClass:
    """File a complete list of active people, and say whether it is proof.

    `rows` were read. Of the bound people who were not among them, `ended` are known to have left, which makes a list
    shorter; `still_active` were found by a read of their own, which explains nothing: the list lacks them; `unconfirmed`
    were not found. An empty list where people were, an unexplained sharp drop, or a bound person who cannot be found is
    never proof (design 5). `is_gone_through` says that whoever it lacks was looked for.
    """
    connection = Connection.every.select_for_update(no_key=True).get(
        account_id=ground.account_id, connection_id=ground.connection_id
    )
    answer = _judge(connection.listed_people, rows, ended=ended, unconfirmed=unconfirmed)
    Evidence.objects.create(
        account_id=ground.account_id,
        connection_id=ground.connection_id,
        grant_id=ground.grant_id,
        at=clock.now(),
        request_kind=LIST,
        purpose=purpose,
        answer=answer.value,
        detail=f"expected={connection.listed_people or 0} unconfirmed={unconfirmed} gone_through={int(is_gone_through)}",
        count=rows,
    )
    if answer is AnswerClass.OK:
        connection.listed_people = rows + still_active
        connection.save(update_fields=["listed_people"])
    return answer


def is_doubtful(rows: int, *, expected: int | None) -> bool:
    """Say whether so few people, read as a whole list, would be no proof; pure."""
    return _judge(expected, rows, ended=0, unconfirmed=0) is not AnswerClass.OK


def _judge(expected: int | None, rows: int, *, ended: int, unconfirmed: int) -> AnswerClass:
    if unconfirmed:
        return AnswerClass.PEOPLE_MISSING
    if not expected:
        return AnswerClass.OK
    unexplained = expected - rows - ended
    if rows == 0 and unexplained > 0:
        return AnswerClass.EMPTY_PAGE
    if unexplained * 100 > expected * settings.TANDEM.windows.drop_percent:
        return AnswerClass.SHARP_DROP
    return AnswerClass.OK


def record_vault_failure(ground: Ground) -> None:
    """File that the stored tokens could not be opened."""
    Evidence.objects.create(
        account_id=ground.account_id,
        connection_id=ground.connection_id,
        grant_id=ground.grant_id,
        at=clock.now(),
        request_kind=VAULT,
        purpose="read",
        answer="vault_unavailable",
    )


def forget_old(account_id: UUID) -> None:
    """Delete evidence and consent flows that nobody asks about any more."""
    long_ago = clock.now() - KEPT
    Evidence.objects.filter(account_id=account_id, at__lt=long_ago).delete()
    ConsentFlow.objects.filter(account_id=account_id, started_at__lt=long_ago).delete()


def _code(error: XeroError) -> str:
    """Keep the code of a detail, without what follows it (`TokenExpired: token expired at ...`).

    What Xero wrote there and is not one word may quote somebody; what we say of an unreadable answer names fields.
    """
    code = error.detail.split(":")[0][:60]
    return code if isinstance(error, BadPayload) or CODE.fullmatch(code) else ""


def _retry_at(error: XeroError | None) -> datetime | None:
    if isinstance(error, RateLimited) and error.retry_after is not None:
        return clock.now() + error.retry_after
    return None
