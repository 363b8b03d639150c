"""From what the simulator answered to a state, by the same diagnosis that judges the real connection. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tandem.xero.client.errors import AnswerClass
from tandem.xero.connections.diagnosis import diagnose
from tandem.xero.connections.evidence import DataFacts, Evidence, GrantFacts, Holder, Listing, Track
from tandem.xero.connections.health import Health

#: Which light's track a call speaks for; the list of connections has a fact of its own.
TRACKS = {"refresh": "token", "organisation": "organisation", "payroll": "payroll"}


@dataclass(frozen=True)
class Fact:
    """One call and how it was answered; of a list of connections, `count` is how often ours is among them."""

    subject: str
    at: datetime
    answer: AnswerClass
    count: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it as it is stored."""
        at, answer = self.at.isoformat(), self.answer.value
        return {"subject": self.subject, "at": at, "answer": answer, "count": self.count}

    @classmethod
    def read(cls, stored: dict[str, Any]) -> "Fact":
        """Make it from what is stored."""
        at = datetime.fromisoformat(stored["at"])
        return cls(stored["subject"], at, AnswerClass(stored["answer"]), stored["count"])


@dataclass(frozen=True)
class Party:
    """The made-up person whose authorisation is looked at, and the organisation."""

    link_id: UUID
    name: str
    organisation_name: str
    scopes: frozenset[str]
    wanted: frozenset[str]


def diagnose_drill(party: Party, facts: Iterable[Fact], *, now: datetime) -> Health:
    """Say what the answers amount to, as `diagnose` says it of the real connection."""
    tracks = dict.fromkeys(TRACKS.values(), Track())
    listing, data = None, DataFacts()
    for fact in facts:
        if fact.subject == "connections":
            listing = Listing(fact.at, is_listed=bool(fact.count)) if fact.answer is AnswerClass.OK else listing
            continue
        name = TRACKS[fact.subject]
        tracks[name] = tracks[name].note(fact.at, fact.answer)
        if fact.subject == "payroll" and fact.answer is AnswerClass.OK:
            data = DataFacts(proved_at=fact.at, rows=fact.count)
    grant = GrantFacts(
        grant_id=party.link_id,
        holder=Holder(party.name),
        token=tracks["token"],
        organisation=tracks["organisation"],
        payroll=tracks["payroll"],
        listing=listing,
        scopes_granted=party.scopes,
    )
    evidence = Evidence(
        organisation_name=party.organisation_name,
        primary=grant,
        data=data,
        scopes_wanted=party.wanted,
        wants_standby=False,
    )
    return diagnose(evidence, now)
