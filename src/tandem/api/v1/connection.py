"""The connection, its timeline and disconnect receipts."""

from typing import Annotated
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from ninja import Field, Path, Router

from tandem.api.auth import actor_of
from tandem.api.v1.schemas import (
    ConnectionOut,
    DisconnectIn,
    EntryOut,
    LinkOut,
    ReceiptOut,
)
from tandem.kernel.actor import Actor
from tandem.kernel.errors import Invalid, Problem
from tandem.kernel.permissions import Permission
from tandem.tenancy.selectors import get_account
from tandem.timeline.selectors import list_entries
from tandem.xero import facade

router = Router(tags=["connection"])
LONGEST_PAGE = 200


@router.get("/connection", response=ConnectionOut, summary="How the connection is")
def show_connection(request: HttpRequest, account_id: Path[UUID]) -> ConnectionOut:  # noqa: ARG001  the key is checked against it
    """Answer from the proofs there are; nothing is asked of Xero. Connected is said only when all four stand."""
    return ConnectionOut.of(facade.get_connection_page(actor_of(request)))


@router.post("/connection/probe", response=ConnectionOut, summary="Ask Xero now")
def probe(request: HttpRequest, account_id: Path[UUID]) -> ConnectionOut:  # noqa: ARG001
    """Prove the connection by asking Xero, and say how it is."""
    actor = actor_of(request)
    facade.probe_now(actor)
    return ConnectionOut.of(facade.get_connection_page(actor))


@router.get("/connection/reconnect-link", response=LinkOut, summary="Where a person reconnects")
def reconnect_link(request: HttpRequest, account_id: Path[UUID]) -> LinkOut:  # noqa: ARG001
    """Return the page on which an administrator reconnects: a consent needs a person at a browser."""
    actor = actor_of(request)
    actor.require(Permission.VIEW_INTEGRATION)
    slug = get_account(actor.account_id).slug
    path = reverse("xero-reconnect", kwargs={"account": slug})
    return LinkOut(url=settings.TANDEM.base_url.rstrip("/") + path)


@router.post("/connection/disconnect", response=ReceiptOut, summary="Disconnect, with a receipt")
def disconnect(request: HttpRequest, account_id: Path[UUID], payload: DisconnectIn) -> ReceiptOut:  # noqa: ARG001
    """Disconnect from Xero on purpose; the organisation's name must be given, as a person would type it."""
    actor = actor_of(request)
    _confirm(actor, payload.organisation)
    return ReceiptOut.of(facade.disconnect(actor))


def _confirm(actor: Actor, organisation: str) -> None:
    actor.require(Permission.MANAGE_INTEGRATION)
    connected = facade.connection_summary(actor).organisation_name
    if not connected or organisation.strip() != connected:
        message = "This is not the organisation that is connected. Read it at /connection and send it exactly."
        raise Invalid(Problem("organisation", message))


@router.get("/receipts/{receipt_id}", response=ReceiptOut, summary="The receipt of a disconnect")
def show_receipt(request: HttpRequest, account_id: Path[UUID], receipt_id: UUID) -> ReceiptOut:  # noqa: ARG001
    """Return what a disconnect did and proved, step by step."""
    return ReceiptOut.of(facade.get_receipt(actor_of(request), receipt_id=receipt_id))


@router.get("/timeline", response=list[EntryOut], summary="What happened, newest first")
def show_timeline(
    request: HttpRequest,
    account_id: Path[UUID],  # noqa: ARG001
    before: Annotated[int | None, Field(ge=1)] = None,
    limit: Annotated[int, Field(ge=1, le=LONGEST_PAGE)] = 50,
) -> list[EntryOut]:
    """Return entries below the sequence number `before`; each is chained to the one before it by a digest."""
    actor = actor_of(request)
    actor.require(Permission.MANAGE_INTEGRATION)
    return [EntryOut.of(entry) for entry in list_entries(actor, limit=limit, before=before)]
