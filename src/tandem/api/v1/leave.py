"""Leave: what is left, what was asked for, and what becomes of it. The role Payroll Tab, as on the pages."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Path, Router, Schema, Status

from tandem.api.auth import actor_of
from tandem.flows import leave as flows
from tandem.kernel.actor import Actor
from tandem.kernel.errors import NotFound
from tandem.people import leave
from tandem.people.leave_records import LeaveLine, LeaveTerms
from tandem.xero import facade

router = Router(tags=["leave"])
NEVER_READ = "No balances of this person were read yet. They come with an import."


class LeaveTypeOut(Schema):
    """A leave type of Xero's pay items; one that is not current cannot be asked for any more."""

    leave_type_id: UUID
    name: str
    unit: str
    is_current: bool


class LeaveIn(Schema):
    """What is asked for: one of the leave types, the first and the last day away."""

    leave_type_id: UUID
    from_on: date
    until_on: date
    title: str = ""
    description: str = ""

    @property
    def terms(self) -> LeaveTerms:
        """Return it as the people room takes it."""
        return LeaveTerms(self.leave_type_id, self.from_on, self.until_on, self.title.strip(), self.description.strip())


class ApprovalIn(Schema):
    """Which revision of the request was looked at; a newer one is refused."""

    revision: int


class RejectionIn(Schema):
    """A word for whoever asked."""

    note: str = Field("", max_length=leave.NOTE_LENGTH)


class LeaveOut(Schema):
    """One request; `in_xero` says in words where it stands there, and is empty where there is nothing to say."""

    request_id: UUID
    employee_id: UUID
    leave_type_id: UUID
    leave_type: str
    from_on: date
    until_on: date
    title: str
    description: str
    status: str
    asked_at: datetime
    decided_at: datetime | None
    note: str
    revision: int
    in_xero: str

    @classmethod
    def of(cls, actor: Actor, lines: Sequence[LeaveLine]) -> "list[LeaveOut]":
        """Make them from what lists show, with where each stands in Xero."""
        states = facade.leave_pages.leave_states(actor, lines=lines)
        return [cls._of(line, states.get(line.request.request_id)) for line in lines]

    @classmethod
    def _of(cls, line: LeaveLine, state: facade.leave_pages.LeaveState | None) -> "LeaveOut":
        terms = line.request.terms
        return cls(
            request_id=line.request.request_id,
            employee_id=line.request.employee_id,
            leave_type_id=terms.leave_type_id,
            leave_type=line.leave_type_name,
            from_on=terms.from_on,
            until_on=terms.until_on,
            title=terms.title,
            description=terms.description,
            status=line.request.status.value,
            asked_at=line.asked_at,
            decided_at=line.decided_at,
            note=line.decision_note,
            revision=line.revision,
            in_xero=state.text if state else "",
        )


class BalanceOut(Schema):
    """How much of one leave type is left; below nothing where leave was taken in advance."""

    leave_type_id: UUID
    name: str
    units: Decimal
    unit: str


class BalancesOut(Schema):
    """Balances as of a time; `said` names what could not be read of them."""

    read_at: datetime
    balances: list[BalanceOut]
    said: list[str]


@router.get("/leave", response=list[LeaveOut], summary="Leave that waits for a decision")
def show_waiting(request: HttpRequest, account_id: Path[UUID]) -> list[LeaveOut]:  # noqa: ARG001  the key is checked against it
    """Return everything that nobody has decided yet, the soonest days first."""
    actor = actor_of(request)
    return LeaveOut.of(actor, leave.list_waiting_leave(actor))


@router.get("/leave/types", response=list[LeaveTypeOut], summary="Leave types")
def show_types(request: HttpRequest, account_id: Path[UUID]) -> list[LeaveTypeOut]:  # noqa: ARG001
    """Return the leave types of Xero's pay items as they were read last."""
    return [LeaveTypeOut(**vars(one)) for one in facade.list_leave_types(actor_of(request))]


@router.get("/employees/{employee_id}/leave", response=list[LeaveOut], summary="The leave of one employee")
def show_leave(request: HttpRequest, account_id: Path[UUID], employee_id: UUID) -> list[LeaveOut]:  # noqa: ARG001
    """Return somebody's leave, the latest days first."""
    actor = actor_of(request)
    return LeaveOut.of(actor, leave.list_leave(actor, employee_id=employee_id))


@router.get("/employees/{employee_id}/leave/balances", response=BalancesOut, summary="What is left")
def show_balances(request: HttpRequest, account_id: Path[UUID], employee_id: UUID) -> BalancesOut:  # noqa: ARG001
    """Return what is left of each leave type as of the last full read of this person; 404 where there was none."""
    found = facade.find_balances(actor_of(request), employee_id=employee_id)
    if found is None:
        raise NotFound(NEVER_READ)
    balances = [BalanceOut(**vars(one)) for one in found.balances]
    return BalancesOut(read_at=found.read_at, balances=balances, said=list(found.sentences))


@router.post("/employees/{employee_id}/leave", response={201: LeaveOut}, summary="Ask for leave")
def ask(request: HttpRequest, account_id: Path[UUID], employee_id: UUID, payload: LeaveIn) -> Status[LeaveOut]:  # noqa: ARG001
    """Ask for leave on somebody's behalf; it waits for a decision, and everything wrong with it is said at once."""
    actor = actor_of(request)
    return Status(201, _one(actor, employee_id, flows.ask_leave(actor, employee_id=employee_id, terms=payload.terms)))


@router.post("/employees/{employee_id}/leave/{request_id}/approve", response=LeaveOut, summary="Approve leave")
def approve(
    request: HttpRequest,
    account_id: Path[UUID],  # noqa: ARG001
    employee_id: UUID,
    request_id: UUID,
    payload: ApprovalIn,
) -> LeaveOut:
    """Approve a request as it was looked at; it then goes to Xero. Never that of whoever made the key."""
    actor = actor_of(request)
    flows.approve_leave(actor, employee_id=employee_id, request_id=request_id, seen=payload.revision)
    return _one(actor, employee_id, request_id)


@router.post("/employees/{employee_id}/leave/{request_id}/refuse", response=LeaveOut, summary="Refuse leave")
def refuse(
    request: HttpRequest,
    account_id: Path[UUID],  # noqa: ARG001
    employee_id: UUID,
    request_id: UUID,
    payload: RejectionIn,
) -> LeaveOut:
    """Refuse a request that waits, with a word for whoever asked. Never that of whoever made the key."""
    actor = actor_of(request)
    flows.reject_leave(actor, employee_id=employee_id, request_id=request_id, note=payload.note)
    return _one(actor, employee_id, request_id)


@router.post("/employees/{employee_id}/leave/{request_id}/withdraw", response=LeaveOut, summary="Withdraw leave")
def withdraw(request: HttpRequest, account_id: Path[UUID], employee_id: UUID, request_id: UUID) -> LeaveOut:  # noqa: ARG001
    """Take leave back that waits or is approved; what is left to do in Xero is said under `in_xero`."""
    actor = actor_of(request)
    flows.withdraw_leave(actor, employee_id=employee_id, request_id=request_id)
    return _one(actor, employee_id, request_id)


def _one(actor: Actor, employee_id: UUID, request_id: UUID) -> LeaveOut:
    line = leave.find_leave(actor, employee_id=employee_id, request_id=request_id)
    return LeaveOut.of(actor, [line])[0]
