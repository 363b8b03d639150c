"""What the API sends and takes: ids, codes, times and the sentences of the pages. Never a token, tax or bank number."""

from datetime import date, datetime
from uuid import UUID

from ninja import Field, Schema

from tandem.people.records import EmployeeRecord, TerminationReason
from tandem.timeline.selectors import TimelineEntry
from tandem.xero.facade import (
    Authoriser,
    Choice,
    ConnectionPage,
    FieldGroup,
    Reach,
    ReceiptRecord,
    RunItem,
    RunKind,
    RunPage,
    RunSummary,
)


class LightOut(Schema):
    """One of the four proofs: proved, failed or unproven, and since when."""

    name: str
    state: str
    at: datetime | None


class AuthoriserOut(Schema):
    """Whose consent the connection uses."""

    grant_id: UUID
    role: str
    name: str
    authorised_at: datetime
    refreshed_at: datetime | None

    @classmethod
    def of(cls, one: Authoriser) -> "AuthoriserOut":
        """Make it from the page's value."""
        return cls(
            grant_id=one.grant_id,
            role=one.role,
            name=one.name,
            authorised_at=one.authorised_at,
            refreshed_at=one.refreshed_at,
        )


class ConnectionOut(Schema):
    """How the connection is, from the proofs there are. `certain` false means most likely."""

    connection_id: UUID | None
    organisation: str
    state: str
    cause: str | None
    certain: bool
    concerns: list[str]
    headline: str
    explanation: str
    next_step: str
    since: datetime | None
    proved_at: datetime | None
    resumes_at: datetime | None
    imports_blocked: bool
    writes_blocked: bool
    lights: list[LightOut]
    authorisers: list[AuthoriserOut]
    calls_left_today: int | None

    @classmethod
    def of(cls, page: ConnectionPage) -> "ConnectionOut":
        """Make it from what the connection page shows."""
        health = page.health
        return cls(
            connection_id=page.summary.connection_id,
            organisation=page.summary.organisation_name,
            state=health.state.value,
            cause=health.cause.value if health.cause else None,
            certain=health.certain,
            concerns=[concern.value for concern in health.concerns],
            headline=health.headline,
            explanation=health.explanation,
            next_step=health.next_step.code.value,
            since=health.since,
            proved_at=page.summary.proved_at,
            resumes_at=health.resumes_at,
            imports_blocked=health.blocks_imports,
            writes_blocked=health.blocks_writes,
            lights=[
                LightOut(name=light.value, state=reading.state.value, at=reading.at)
                for light, reading in health.lights.items()
            ],
            authorisers=[AuthoriserOut.of(one) for one in (page.primary, page.standby) if one],
            calls_left_today=page.calls_left_today,
        )


class LinkOut(Schema):
    """An address for a person: it opens after signing in."""

    url: str


class DisconnectIn(Schema):
    """Typed on purpose: the name of the organisation that is to be disconnected."""

    organisation: str


class ReceiptStepOut(Schema):
    """One step of a disconnect, and what was proved."""

    step: str
    outcome: str
    sentence: str
    at: datetime


class ReceiptOut(Schema):
    """What a disconnect did; `where_to_look` is empty unless something could not be proved from here."""

    receipt_id: UUID
    at: datetime
    organisation: str
    finished: bool
    steps: list[ReceiptStepOut]
    where_to_look: str

    @classmethod
    def of(cls, receipt: ReceiptRecord) -> "ReceiptOut":
        """Make it from the receipt."""
        return cls(
            receipt_id=receipt.receipt_id,
            at=receipt.at,
            organisation=receipt.organisation_name,
            finished=receipt.is_finished,
            steps=[
                ReceiptStepOut(step=step.step.value, outcome=step.outcome.value, sentence=step.sentence, at=step.at)
                for step in receipt.steps
            ],
            where_to_look=receipt.where_to_look,
        )


class EntryOut(Schema):
    """One entry of the timeline: ids, codes and counts."""

    sequence: int
    at: datetime
    event: str
    actor_kind: str
    actor_id: UUID | None
    subject_kind: str
    subject_id: UUID | None
    facts: dict[str, str | int | bool | list[str] | None]

    @classmethod
    def of(cls, entry: TimelineEntry) -> "EntryOut":
        """Make it from the entry."""
        return cls(**vars(entry))


class RunIn(Schema):
    """A run to preview. `employee_id` goes with the reach `person` alone."""

    kind: RunKind = RunKind.BOTH
    reach: Reach = Reach.AUTHORITY
    employee_id: UUID | None = None


class ChoiceIn(Schema):
    """A part of a plan: kinds of step (`xero_create`, `hr_update`...), groups of fields of updates, and lines to leave out."""

    kinds: list[str]
    groups: list[FieldGroup] = list(FieldGroup)
    left_out: list[UUID] = []

    @property
    def choice(self) -> Choice:
        """Return it as it is applied."""
        return Choice(frozenset(self.kinds), frozenset(self.groups), frozenset(self.left_out))


class RunOut(Schema):
    """One run as the history shows it."""

    run_id: UUID
    kind: str
    reach: str
    trigger: str
    status: str
    sentence: str
    created_at: datetime
    finished_at: datetime | None
    counts: dict[str, int]
    undoes: UUID | None

    @classmethod
    def of(cls, run: RunSummary) -> "RunOut":
        """Make it from the summary."""
        return cls(
            run_id=run.run_id,
            kind=run.kind,
            reach=run.reach,
            trigger=run.trigger.value,
            status=run.status.value,
            sentence=run.sentence,
            created_at=run.created_at,
            finished_at=run.finished_at,
            counts=run.counts,
            undoes=run.undoes,
        )


class ItemOut(Schema):
    """One line of a plan: which record, what, which fields, and how it went. Values stay on the page."""

    step_id: UUID
    kind: str
    target: str
    verb: str
    employee_id: UUID | None
    xero_employee_id: UUID | None
    fields: list[str]
    status: str
    outcome: str
    can_be_undone: bool

    @classmethod
    def of(cls, item: RunItem) -> "ItemOut":
        """Make it from the line."""
        return cls(
            step_id=item.step_id,
            kind=item.kind.value,
            target=item.target,
            verb=item.verb,
            employee_id=item.employee_id,
            xero_employee_id=item.xero_employee_id,
            fields=[change.field for change in item.changes],
            status=item.status.value,
            outcome=item.outcome,
            can_be_undone=item.can_be_undone,
        )


class RunDetailOut(RunOut):
    """One run with a page of its lines."""

    page: int
    pages: int
    estimated_calls: int
    estimated_seconds: int
    can_approve: bool
    can_cancel: bool
    can_undo: bool
    undone_by: UUID | None
    resume_at: datetime | None
    items: list[ItemOut]

    @classmethod
    def of_page(cls, page: RunPage) -> "RunDetailOut":
        """Make it from the run's page."""
        return cls(
            **RunOut.of(page.summary).dict(),
            page=page.page,
            pages=page.pages,
            estimated_calls=page.estimated_calls,
            estimated_seconds=page.estimated_seconds,
            can_approve=page.can_approve,
            can_cancel=page.can_cancel,
            can_undo=page.can_undo,
            undone_by=page.undo.undone_by,
            resume_at=page.resume_at,
            items=[ItemOut.of(item) for item in page.items],
        )


class EmployeeOut(Schema):
    """One employee: the record's identity and employment. Payroll details are not part of the API."""

    employee_id: UUID
    number: str
    first_name: str
    last_name: str
    work_email: str
    job_title: str
    status: str
    start_on: date | None
    termination_on: date | None

    @classmethod
    def of(cls, one: EmployeeRecord) -> "EmployeeOut":
        """Make it from the record."""
        return cls(
            employee_id=one.employee_id,
            number=one.employee_number,
            first_name=one.first_name,
            last_name=one.last_name,
            work_email=one.work_email,
            job_title=one.job_title,
            status=one.status.value,
            start_on=one.start_on,
            termination_on=one.termination_on,
        )


class EmployeesOut(Schema):
    """One page of employees."""

    page: int
    pages: int
    total: int
    employees: list[EmployeeOut]


class TerminationIn(Schema):
    """The last day and, where payroll reports under STP2, the reason."""

    termination_on: date
    reason: TerminationReason | None = Field(default=None, description="V I D R F C T, as payroll reports it.")
    not_public: bool = Field(default=False, description="Nobody hears of it, nor Xero, before the last day is over.")


class DepartureOut(Schema):
    """A termination as it was saved; `handover_opened` says that this person holds the Xero connection."""

    employee: EmployeeOut
    handover_opened: bool
    last_safe_on: date
