"""Which organisation a page is about, how another is found, and lists that come a page at a time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode

from flask import abort, request

from tandem_sandbox.simulator import Simulator
from tandem_sandbox.world.state import Organisation, World

FEW = 20
SHOWN = 50
Item = TypeVar("Item")


@dataclass(frozen=True)
class Picker:
    """The organisations to choose from, by id and name; many are found by searching instead."""

    total: int
    options: list[tuple[str, str]]

    @property
    def is_many(self) -> bool:
        return self.total > FEW


@dataclass(frozen=True)
class Sheet(Generic[Item]):
    """One page of a list."""

    items: Sequence[Item]
    total: int
    number: int
    pages: int


def sheet(found: Sequence[Item], *, shown: int = SHOWN) -> Sheet[Item]:
    """Cut the page that was asked for out of a list; an odd number is the nearest page there is."""
    pages = max(1, -(-len(found) // shown))
    given = request.args.get("page", "1")
    wanted = int(given) if given.isascii() and given.isdigit() and len(given) < 9 else 1
    number = min(max(wanted, 1), pages)
    return Sheet(found[(number - 1) * shown : number * shown], len(found), number, pages)


def page_link(number: int) -> str:
    """Return the address of another page of this list."""
    return "?" + urlencode({**request.args.to_dict(), "page": number})


def names(world: World) -> Iterable[tuple[str, str]]:
    """Give the id and the name of every organisation that exists now, without making those nobody asked for."""
    return world.organisations.names()


def picker(sim: Simulator) -> Picker:
    """Offer the organisations to choose from."""
    total = len(sim.world.organisations)
    return Picker(total, [] if total > FEW else list(names(sim.world)))


def chosen(sim: Simulator) -> Organisation:
    """Return the organisation a page is about: the one named by id, or else the first."""
    given = request.values.get("organisation")
    first = next((org for org in sim.world.organisations.values() if not org.retired), None)
    found = sim.world.organisations.get(given) if given else first
    if found is None or found.retired:
        abort(404)
    return found
