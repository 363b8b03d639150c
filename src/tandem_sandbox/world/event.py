"""One life event as it was asked for, and how it is refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tandem_sandbox.world.state import Organisation, User
from tandem_sandbox.world.switches import Switches


class EventRefused(ValueError):
    """An event that cannot happen, with a sentence for the caller."""


@dataclass(frozen=True)
class Event:
    """One event as asked for."""

    kind: str
    user: User | None
    organisation: Organisation | None
    details: Mapping[str, Any]
    now: datetime
    switches: Switches

    def both(self) -> tuple[User, Organisation]:
        """Return the user and the organisation, or refuse."""
        if self.user is None or self.organisation is None:
            raise EventRefused(f"The event {self.kind} needs a user (e-mail) and an organisation.")
        return self.user, self.organisation

    def place(self) -> Organisation:
        """Return the organisation, or refuse."""
        if self.organisation is None:
            raise EventRefused(f"The event {self.kind} needs an organisation.")
        return self.organisation

    def words(self, name: str, sentence: str) -> str:
        """Return a text that must be there, or refuse with the sentence."""
        value = str(self.details.get(name) or "").strip()
        if not value:
            raise EventRefused(sentence)
        return value
