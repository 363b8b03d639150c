"""The second key: let the standby carry, give it up, put the question off, say whether one is wanted at all."""

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest
from ninja import Path, Router, Schema

from tandem.api.auth import actor_of
from tandem.api.v1.schemas import ConnectionOut
from tandem.kernel.actor import Actor
from tandem.xero import facade
from tandem.xero.facade import TakeoverRecord

router = Router(tags=["standby"])


class TakeoverOut(Schema):
    """The last change of keys. `written_twice` counts writes that reached Xero twice, and must be 0."""

    at: datetime
    because: str
    certain: bool
    unconfirmed: int
    still_unconfirmed: int
    written_twice: int

    @classmethod
    def of(cls, one: TakeoverRecord) -> "TakeoverOut":
        """Make it from the change."""
        return cls(
            at=one.at,
            because=one.because,
            certain=one.is_certain,
            unconfirmed=one.unconfirmed,
            still_unconfirmed=one.still_unconfirmed,
            written_twice=one.written_twice,
        )


class WantedIn(Schema):
    """Whether the account wants a second key."""

    wanted: bool


def _connection(actor: Actor) -> ConnectionOut:
    return ConnectionOut.of(facade.get_connection_page(actor))


@router.get("/connection/takeover", response=TakeoverOut | None, summary="The last change of keys")
def show_takeover(request: HttpRequest, account_id: Path[UUID]) -> TakeoverOut | None:  # noqa: ARG001  the key is checked against it
    """Return why and when the standby took over last, and what of it was unconfirmed; null where it never did."""
    last = facade.last_takeover(actor_of(request))
    return TakeoverOut.of(last) if last else None


@router.post("/connection/standby/use", response=ConnectionOut, summary="Let the standby carry")
def use_standby(request: HttpRequest, account_id: Path[UUID]) -> ConnectionOut:  # noqa: ARG001
    """Let the standby carry the connection from now on, and the other stand by; refused unless Xero gives it payroll."""
    actor = actor_of(request)
    facade.swap(actor)
    return _connection(actor)


@router.post("/connection/standby/give-up", response=ConnectionOut, summary="Give the standby up")
def give_up(request: HttpRequest, account_id: Path[UUID]) -> ConnectionOut:  # noqa: ARG001
    """End the standby's authorisation; the one that carries is not touched."""
    actor = actor_of(request)
    facade.retire_standby(actor)
    return _connection(actor)


@router.post("/connection/standby/not-now", response=ConnectionOut, summary="Ask for a standby later")
def not_now(request: HttpRequest, account_id: Path[UUID]) -> ConnectionOut:  # noqa: ARG001
    """Put the question for a standby off for a month."""
    actor = actor_of(request)
    facade.put_off_standby(actor)
    return _connection(actor)


@router.post("/connection/standby/wanted", response=ConnectionOut, summary="Want a standby, or not")
def want(request: HttpRequest, account_id: Path[UUID], payload: WantedIn) -> ConnectionOut:  # noqa: ARG001
    """Say whether the account wants a standby at all."""
    actor = actor_of(request)
    facade.want_standby(actor, wanted=payload.wanted)
    return _connection(actor)
