"""Ways to break the product, and the promise that the simulation must then find broken. Each is a plausible mistake."""

from dataclasses import dataclass
from typing import Any

import pytest
from tests.mistakes import Mistake, put_in_place
from tests.simulation.broken import Promise

from tandem.kernel.scoping import scope
from tandem.xero.connections.health import LightState, Reading
from tandem.xero.sync.pages import StepStatus
from tandem.xero.sync.payroll_steps import body_of
from tandem.xero.sync.threeway import Verdict


@dataclass(frozen=True)
class Mutation:
    """One mistake: `mistake` receives the right function and returns the wrong one. `seed` is one that finds it."""

    name: str
    promise: Promise
    place: str
    mistake: Mistake
    seed: int

    def apply(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Put the mistake into the running product."""
        put_in_place(self.mistake, self.place, monkeypatch=monkeypatch)


def _forgets_what_it_announced(_right: Any) -> Any:
    """After a crash or a lost answer, plan the write again under a new key without looking."""

    def recover(writer: Any, step_id: Any) -> bool:
        row = writer._row(step_id)
        writer._new_group(row)
        writer.apply(step_id)
        return bool(writer._row(step_id).status == StepStatus.APPLIED.value)

    return recover


def _announces_nothing(right: Any) -> Any:
    """Keep the announcement for later: the key is made, nothing is committed."""

    def announce(writer: Any, row: Any, body: Any = None) -> None:
        row.idempotency_key = row.idempotency_key or f"{row.step_id}-1"

    return announce


def _lets_xero_win(right: Any) -> Any:
    """Take Xero's value wherever both sides changed, whatever was chosen."""

    def compare(field: Any, **values: Any) -> Verdict:
        found: Verdict = right(field, **values)
        return Verdict.THEIRS if found is Verdict.CLASH else found

    return compare


def _does_not_look_again(_right: Any) -> Any:
    """Send what was planned without comparing with what Xero holds now."""

    def body(writer: Any, step: Any) -> Any:
        record, desk = writer._ours(step), writer._desk
        found = writer._back.fetch(step.xero_employee_id) if step.xero_employee_id else None
        person = writer._back.keep(found) if found else None
        with scope(desk.account_id):
            return body_of(desk, step.after, ours=record, theirs=person, read=found)

    return body


def _proof_lasts_for_ever(_right: Any) -> Any:
    """Believe a proof however old it is."""

    def proof(ok_at: Any, window: Any, now: Any) -> Reading:
        return Reading(LightState.PROVED if ok_at else LightState.UNPROVEN, ok_at)

    return proof


def _sends_a_mask(right: Any) -> Any:
    """Send back the masked number that a page showed."""

    def body(*args: Any, **kwargs: Any) -> Any:
        return right(*args, **kwargs) | {"TaxDeclaration": {"TaxFileNumber": "XXXXXX782"}}

    return body


def _first_organisation(right: Any) -> Any:
    """Take the first organisation that anybody asked for."""
    first: list[Any] = []

    def headers(request: Any, credentials: Any) -> Any:
        found = right(request, credentials)
        if "Xero-Tenant-Id" in found:
            first.append(found["Xero-Tenant-Id"])
            found["Xero-Tenant-Id"] = first[0]
        return found

    return headers


def _drops_the_email(right: Any) -> Any:
    """Forget one field of what goes to Xero, and agree on it all the same."""

    def body(*args: Any, **kwargs: Any) -> Any:
        found = right(*args, **kwargs)
        found.pop("Email", None)
        return found

    return body


MUTATIONS = (
    Mutation(
        "forgets what it announced", Promise.ONE_OF_EACH, "tandem.xero.sync.recovering:Recovery.recover",
        _forgets_what_it_announced, 0,
    ),
    Mutation(
        "announces nothing", Promise.JOURNAL, "tandem.xero.sync.xero_steps:Writer._announce", _announces_nothing, 0,
    ),
    Mutation("lets Xero win", Promise.AUTHORITY, "tandem.xero.sync.pairs.compare", _lets_xero_win, 0),
    Mutation(
        "does not look again", Promise.NOTHING_LOST, "tandem.xero.sync.xero_steps:Writer._body",
        _does_not_look_again, 4,
    ),
    Mutation(
        "proof lasts for ever", Promise.STATUS, "tandem.xero.connections.lights._proof", _proof_lasts_for_ever, 0,
    ),
    Mutation("sends a mask", Promise.MASK, "tandem.xero.sync.xero_steps.body_of", _sends_a_mask, 0),
    Mutation("first organisation", Promise.APART, "tandem.xero.client.transport._headers", _first_organisation, 5),
    Mutation("drops the email", Promise.AUTHORITY, "tandem.xero.sync.xero_steps.body_of", _drops_the_email, 0),
)  # fmt: skip
BY_NAME = {mutation.name: mutation for mutation in MUTATIONS}
