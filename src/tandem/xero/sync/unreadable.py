"""Records of Xero's that could not be read: each is named in every plan until it can be, and the others go on.

A row without a readable id has no place of its own where that could be remembered. A list of what changed does not show
it either, so what the last whole list said of such rows is carried from reading to reading.
"""

from collections.abc import Iterable, Mapping
from uuid import UUID

from tandem.kernel.scoping import scope
from tandem.xero.client.wire import Reject
from tandem.xero.models import Run, XeroPerson
from tandem.xero.sync.desk import Desk


def listed(part: Mapping[str, object]) -> list[str]:
    """Return why rows without an id could not be read, of the lists that this reading has read itself."""
    return _texts(part.get("rejects"))


def known(part: Mapping[str, object]) -> list[str]:
    """Return why rows without an id could not be read, as far as is known: nothing tells two of them apart."""
    return max(_texts(part.get("carried")), listed(part), key=len)


def carried(desk: Desk) -> list[str]:
    """Return what the newest reading of lists of this connection knew."""
    with scope(desk.account_id):
        rows = Run.objects.filter(
            account_id=desk.account_id, connection_id=desk.connection_id, checkpoint__read__listed=True
        )
        checkpoint = rows.order_by("-created_at").values_list("checkpoint", flat=True).first()
    return known(checkpoint["read"]) if checkpoint else []


def unreadable_people(account_id: UUID, connection_id: UUID, nameless: Iterable[str]) -> tuple[Reject, ...]:
    """Return the records that could not be read, for the plan to name. Inside the account's scope."""
    rows = XeroPerson.objects.filter(account_id=account_id, connection_id=connection_id).exclude(unreadable="")
    named = [
        Reject(0, xero_id, reason)
        for xero_id, reason in rows.order_by("xero_employee_id").values_list("xero_employee_id", "unreadable")
    ]
    return (*named, *(Reject(0, None, reason) for reason in nameless))


def _texts(found: object) -> list[str]:
    return [str(reason) for reason in found] if isinstance(found, list) else []
