"""Where the story plays: the simulated Xero's control door, the clock, who can sign in; and how a claim is proved."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from enum import IntEnum
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

from tandem.access.selectors import find_actor, get_user_by_email
from tandem.flows.demo import DemoSignIns
from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.clock import FrozenClock
from tandem.tenancy.selectors import get_account
from tandem.xero import facade
from tandem.xero.facade import ConsentPurpose, RunKind
from tandem.xero.schedule.actions import run_due, soonest

Control = Callable[[str, str, Any], Any]
SESSION = "the browser session of the story"
ROSA, AMIR = "rosa.byrne@example.com", "amir.lim@example.com"
BAKERY, BOOKS = "Harbour Lane Bakery Pty Ltd", "Second Street Books Pty Ltd"


class Promise(IntEnum):
    """The five promises of the product."""

    THE_STATUS_NEVER_LIES = 1
    THE_BREAK_IS_FORESEEN = 2
    RECONNECTING_IS_ONE_BUTTON = 3
    NOTHING_IS_LOST_DOUBLED_OR_UNSEEN = 4
    SECRETS_STAY_SECRET = 5


class BrokenPromise(Exception):
    """A claim of the story does not hold."""

    def __init__(self, promise: Promise, claim: str, seen: str) -> None:
        self.promise = promise
        super().__init__(f"Promise {promise.value} is broken. Claimed: {claim}. Seen: {seen}.")


@dataclass
class Stage:
    """Where the story plays: the simulated Xero's control door, a clock that both sides read, who can sign in.

    `idle_hours` is how long nobody acts, after the break and after the reconnect; what shows within an hour need not be
    waited for longer.
    """

    control: Control
    frozen: FrozenClock
    sign_ins: DemoSignIns
    say: Callable[[str], None]
    read_stored: Callable[[], str]
    idle_hours: int = 4
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def account_id(self) -> UUID:
        return self.sign_ins.account_id

    def actor(self, email: str = "") -> Actor:
        """Return somebody who is signed in; the administrator unless another is named."""
        user = get_user_by_email(email or self.sign_ins.administrator.email)
        actor = find_actor(user, account=get_account(self.account_id))
        if actor is None:
            raise LookupError(f"{email} has no access.")
        return actor

    def claim(self, promise: Promise, says: str, *, holds: bool, seen: object) -> None:
        """Print a proof, or raise BrokenPromise."""
        if not holds:
            raise BrokenPromise(promise, says, str(seen))
        self.say(f"   [promise {promise.value}] {says}: {seen}")

    def pass_time(self, **much: float) -> None:
        """Let time go by, and the worker do whatever falls due on the way when it falls due."""
        end = clock.now() + timedelta(**much)
        while clock.now() < end:
            due_at = soonest()
            self.frozen.move_to(min(end, max(due_at or end, clock.now() + timedelta(seconds=1))))
            run_due()

    def organisation(self, name: str = BAKERY) -> dict[str, Any]:
        """Return an organisation of the simulated Xero by name."""
        rows = self.control("GET", "world", None)["organisations"]
        return next(row for row in rows if row["name"] == name)

    def people_in_xero(self) -> list[dict[str, Any]]:
        """Return everybody as the simulated Xero holds them."""
        found: list[dict[str, Any]] = self.control(
            "GET", f"world/organisations/{self.organisation()['id']}/employees", None
        )
        return found

    def writes(self) -> list[dict[str, Any]]:
        """Return the payroll writes that the simulated Xero has seen."""
        rows: list[dict[str, Any]] = self.control("GET", "log?path=/payroll.xro/*&method=POST", None)
        return rows

    def connections(self, user: str = "") -> list[dict[str, Any]]:
        """Return the connections that the simulated Xero lists for the bakery."""
        ours = self.organisation()["id"]
        rows = self.control("GET", "world", None)["connections"]
        return [row for row in rows if row["organisation"] == ours and (not user or row["user"] == user)]

    def consent(self, *, user: str, organisation: str = BAKERY, purpose: ConsentPurpose) -> facade.ConsentOutcome:
        """Press the button, sign in at the simulated Xero, allow the organisation, and come back."""
        actor = self.actor()
        address = facade.start_consent(actor, purpose=purpose, session_key=SESSION)
        answer = self.control(
            "POST",
            "consent",
            {"authorize_url": address, "user": user, "organisations": [organisation], "allow": True},
        )
        params = dict(parse_qsl(urlsplit(answer["redirect_to"]).query))
        assert actor.user_id is not None  # noqa: S101  the administrator has a sign-in
        return facade.finish_consent(session_key=SESSION, user_id=actor.user_id, params=params)

    def run(self, kind: RunKind, *, approve: bool = True) -> facade.RunPage:
        """Preview a run, approve it, and let the worker carry it out; return its page."""
        run_id = facade.preview_run(self.actor(), kind=kind, reach=facade.Reach.EVERYTHING)
        self.settle(run_id)
        if approve:
            facade.approve_run(self.actor(), run_id)
            self.settle(run_id)
        return facade.get_run(self.actor(), run_id)

    def settle(self, run_id: UUID) -> None:
        """Let the worker go on until the run waits for nobody but a person."""
        give_up_at = clock.now() + timedelta(hours=2)
        run_due()
        while facade.get_run(self.actor(), run_id).is_moving and clock.now() < give_up_at:
            self.pass_time(seconds=30)
