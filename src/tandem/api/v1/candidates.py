"""Candidates: who may be hired, who of the employees they may be, and what becomes of them."""

from datetime import date, datetime
from uuid import UUID

from django.http import HttpRequest
from ninja import Path, Router, Schema, Status

from tandem.api.auth import actor_of
from tandem.api.v1.schemas import EmployeeOut
from tandem.people import candidates
from tandem.people.candidate_rules import CandidateDetails, CandidateRecord
from tandem.people.records import EmployeeRecord

router = Router(tags=["candidates"])


class CandidateIn(Schema):
    """Somebody who may be hired; the date of birth is what they are known by later."""

    first_name: str
    last_name: str
    date_of_birth: date | None = None
    email: str = ""
    mobile: str = ""
    job_title: str = ""

    @property
    def details(self) -> CandidateDetails:
        """Return it as the people room takes it."""
        return CandidateDetails(
            self.first_name.strip(),
            self.last_name.strip(),
            self.date_of_birth,
            self.email.strip(),
            self.mobile.strip(),
            self.job_title.strip(),
        )


class CandidateChangeIn(CandidateIn):
    """What is to be known of a candidate; with the revision that was read, nobody else's change is written over."""

    seen_revision: int | None = None


class CandidateOut(Schema):
    """A candidate who is still open, and the employees who may be the same person."""

    candidate_id: UUID
    first_name: str
    last_name: str
    date_of_birth: date | None
    email: str
    mobile: str
    job_title: str
    entered_at: datetime
    revision: int
    may_be: list[UUID]

    @classmethod
    def of(cls, found: CandidateRecord, alike: tuple[EmployeeRecord, ...]) -> "CandidateOut":
        """Make it from what the list shows."""
        return cls(
            candidate_id=found.candidate_id,
            **vars(found.details),
            entered_at=found.entered_at,
            revision=found.revision,
            may_be=[one.employee_id for one in alike],
        )


class MatchIn(Schema):
    """The employee who is the candidate."""

    employee_id: UUID


class EnteredOut(Schema):
    """The candidate who was just entered."""

    candidate_id: UUID


@router.get("/candidates", response=list[CandidateOut], summary="Who may be hired")
def show_candidates(request: HttpRequest, account_id: Path[UUID]) -> list[CandidateOut]:  # noqa: ARG001  the key is checked against it
    """Return the open candidates, the newest first."""
    return [CandidateOut.of(one, alike) for one, alike in candidates.list_candidates(actor_of(request))]


@router.post("/candidates", response={201: EnteredOut}, summary="Enter a candidate")
def enter(request: HttpRequest, account_id: Path[UUID], payload: CandidateIn) -> Status[EnteredOut]:  # noqa: ARG001
    """Put somebody on the list; they are in no payroll and go nowhere before they are hired."""
    entered = candidates.enter_candidate(actor_of(request), details=payload.details)
    return Status(201, EnteredOut(candidate_id=entered))


@router.put("/candidates/{candidate_id}", response=CandidateOut, summary="Change a candidate")
def change(
    request: HttpRequest,
    account_id: Path[UUID],  # noqa: ARG001
    candidate_id: UUID,
    payload: CandidateChangeIn,
) -> CandidateOut:
    """Change what is known of a candidate; what is left out is blank."""
    actor = actor_of(request)
    candidates.change_candidate(actor, candidate_id, details=payload.details, seen_revision=payload.seen_revision)
    found = [pair for pair in candidates.list_candidates(actor) if pair[0].candidate_id == candidate_id]
    return CandidateOut.of(*found[0])


@router.post("/candidates/{candidate_id}/hire", response=EmployeeOut, summary="Hire a candidate")
def hire(request: HttpRequest, account_id: Path[UUID], candidate_id: UUID) -> EmployeeOut:  # noqa: ARG001
    """Make an employee of a candidate, whom the next run matches as every employee."""
    return EmployeeOut.of(candidates.hire_candidate(actor_of(request), candidate_id))


@router.post("/candidates/{candidate_id}/match", response=EmployeeOut, summary="Match a candidate")
def match(request: HttpRequest, account_id: Path[UUID], candidate_id: UUID, payload: MatchIn) -> EmployeeOut:  # noqa: ARG001
    """Say that a candidate is an employee already; the record takes over only what it lacks."""
    found = candidates.join_candidate(actor_of(request), candidate_id, employee_id=payload.employee_id)
    return EmployeeOut.of(found)


@router.delete("/candidates/{candidate_id}", response=list[CandidateOut], summary="Remove a candidate")
def remove(request: HttpRequest, account_id: Path[UUID], candidate_id: UUID) -> list[CandidateOut]:  # noqa: ARG001
    """Remove a candidate for good, with everything that was known of them. The answer is who is still open."""
    actor = actor_of(request)
    candidates.remove_candidate(actor, candidate_id)
    return [CandidateOut.of(one, alike) for one, alike in candidates.list_candidates(actor)]
