"""Links with which somebody without a sign-in authorises once."""

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest
from ninja import Path, Router, Schema, Status

from tandem.api.auth import actor_of
from tandem.xero import facade
from tandem.xero.facade import ConsentPurpose, GuestLinkRecord

router = Router(tags=["guest links"])


class GuestLinkIn(Schema):
    """What the link is for (`standby` or `reconnect`), and whom it is for: a name for administrators."""

    made_for: str
    purpose: ConsentPurpose = ConsentPurpose.STANDBY


class GuestLinkOut(Schema):
    """One link: `standing` is open, used, revoked, expired or moved. Its secret is in the answer that made it alone."""

    link_id: UUID
    purpose: str
    made_for: str
    made_at: datetime
    expires_at: datetime
    standing: str
    used_at: datetime | None
    used_by: str

    @classmethod
    def of(cls, link: GuestLinkRecord) -> "GuestLinkOut":
        """Make it from the link."""
        return cls(
            link_id=link.link_id,
            purpose=link.purpose.value,
            made_for=link.made_for,
            made_at=link.made_at,
            expires_at=link.expires_at,
            standing=link.standing.value,
            used_at=link.used_at,
            used_by=link.holder_name,
        )


class NewGuestLinkOut(Schema):
    """A link that was just made, and its address, this once."""

    link: GuestLinkOut
    url: str


@router.get("/guest-links", response=list[GuestLinkOut], summary="Links for guests")
def show_guest_links(request: HttpRequest, account_id: Path[UUID]) -> list[GuestLinkOut]:  # noqa: ARG001  the key is checked against it
    """Return the newest links, whatever became of them."""
    return [GuestLinkOut.of(link) for link in facade.list_guest_links(actor_of(request))]


@router.post("/guest-links", response={201: NewGuestLinkOut}, summary="Make a link for a guest")
def make_guest_link(request: HttpRequest, account_id: Path[UUID], payload: GuestLinkIn) -> Status[NewGuestLinkOut]:  # noqa: ARG001
    """Make a link that works once and return its address; whoever has it can authorise, so send it to one person."""
    made = facade.make_guest_link(actor_of(request), purpose=payload.purpose, made_for=payload.made_for)
    return Status(201, NewGuestLinkOut(link=GuestLinkOut.of(made.record), url=facade.guest_address(made)))


@router.delete("/guest-links/{link_id}", response=GuestLinkOut, summary="Take a link back")
def revoke_guest_link(request: HttpRequest, account_id: Path[UUID], link_id: UUID) -> GuestLinkOut:  # noqa: ARG001
    """Take a link back; a guest who is at Xero with it comes back to a refusal."""
    return GuestLinkOut.of(facade.revoke_guest_link(actor_of(request), link_id=link_id))
