"""Bindings, runs, steps, the journal, conflicts and match proposals."""

import uuid

from django.db import models
from django.db.models import Q

from tandem.xero.models.connection import Connection


class Binding(models.Model):
    """A confirmed pair. `base` holds the shared fields as both sides last agreed on them, `payroll_base` those of payroll, sealed."""

    binding_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.UUIDField()
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE)
    employee = models.ForeignKey("people.Employee", on_delete=models.CASCADE)
    xero_employee_id = models.UUIDField()
    base = models.JSONField(default=dict)
    held = models.JSONField(default=list)  # names of fields that an undo put back: they wait for a person
    # Names of fields edited in Xero after a write that Xero never confirmed: they wait for a person, too.
    doubted = models.JSONField(default=list)
    payroll_base = models.BinaryField(null=True)
    matched_by = models.CharField(max_length=30)  # stored, name_and_birth_date, created_in_xero, created_in_hr, person
    bound_at = models.DateTimeField()
    xero_updated_at = models.DateTimeField(null=True)
    seen_revision = models.BigIntegerField(default=0)
    missing_in_xero_since = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "employee"], name="xero_binding_employee"),
            models.UniqueConstraint(fields=["connection", "xero_employee_id"], name="xero_binding_xero_employee"),
        ]

    def __str__(self) -> str:
        return str(self.binding_id)


class XeroPerson(models.Model):
    """What Xero held of one person when Tandem read it last; sealed. `person_id` follows from the two ids.

    Kept for everybody in Xero, linked or not, so that a run has to read only what changed.
    """

    person_id = models.UUIDField(primary_key=True, editable=False)
    account_id = models.UUIDField()
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE)
    xero_employee_id = models.UUIDField()
    record = models.BinaryField(null=True)
    updated_at = models.DateTimeField(null=True)  # Xero's UpdatedDateUTC of the record
    listed_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    wants_detail = models.BooleanField(default=False)
    missing_since = models.DateTimeField(null=True)
    unreadable = models.CharField(max_length=200, blank=True)  # field names and codes, never a value

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "xero_employee_id"], name="xero_person_xero_employee")
        ]
        indexes = [models.Index(fields=["connection"], condition=Q(wants_detail=True), name="xero_person_wants_detail")]

    def __str__(self) -> str:
        return str(self.person_id)

    @staticmethod
    def row_id(connection_id: uuid.UUID, xero_employee_id: uuid.UUID) -> uuid.UUID:
        """Return the row of a person: it follows from the two ids, so that a row can be written without reading it."""
        return uuid.uuid5(connection_id, str(xero_employee_id))


class Run(models.Model):
    """One plan: previewed, approved, executed. `checkpoint` is where a resumed run goes on."""

    run_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.UUIDField()
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE)
    kind = models.CharField(max_length=10)  # import, export, both
    reach = models.CharField(max_length=20)  # authority, changed, everything, person
    employee_id = models.UUIDField(null=True)
    trigger = models.CharField(max_length=10)  # person, schedule, gap
    status = models.CharField(
        max_length=12
    )  # reading, planned, approved, running, parked, done, failed, stale, cancelled
    stop_code = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField()
    by_user_id = models.UUIDField(null=True)
    approved_by_user_id = models.UUIDField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    resume_at = models.DateTimeField(null=True)
    leased_until = models.DateTimeField(null=True)
    leased_by = models.CharField(max_length=60, blank=True)
    checkpoint = models.JSONField(default=dict)
    fingerprint = models.CharField(max_length=64, blank=True)
    preferences_version = models.IntegerField(default=0)
    counts = models.JSONField(default=dict)
    estimated_calls = models.IntegerField(default=0)
    undoes = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="undone_by")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["connection"],
                condition=Q(status__in=["reading", "approved", "running", "parked"]),
                name="xero_run_one_active",
            )
        ]
        indexes = [models.Index(fields=["account_id", "-created_at"], name="xero_run_newest")]

    def __str__(self) -> str:
        return str(self.run_id)


class Step(models.Model):
    """One line of a plan. The values it carries are sealed, and die with the undo window."""

    step_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.UUIDField()
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="steps")
    position = models.IntegerField()
    item = models.CharField(max_length=10)  # step, conflict, problem, skip, proposal, settle
    target = models.CharField(max_length=6, blank=True)  # hr, xero
    verb = models.CharField(max_length=12, blank=True)  # create, update, terminate, bind
    employee_id = models.UUIDField(null=True)
    xero_employee_id = models.UUIDField(null=True)
    fields = models.JSONField(default=list)  # names only
    payload = models.BinaryField(null=True)  # sealed JSON: changes with before and after, or the reason
    reason_code = models.CharField(max_length=60, blank=True)
    status = models.CharField(
        max_length=12, default="planned"
    )  # planned, intended, applied, rejected, unknown, skipped
    outcome_code = models.CharField(max_length=60, blank=True)
    outcome_at = models.DateTimeField(null=True)
    idempotency_key = models.CharField(max_length=128, blank=True)
    attempts = models.IntegerField(default=0)
    intended_at = models.DateTimeField(null=True)
    # The exact body that was sent, sealed: a retry under the same key must repeat its bytes (xero.md 3.4).
    request = models.BinaryField(null=True)
    # When Xero was last searched for a person whose creation it never confirmed.
    searched_at = models.DateTimeField(null=True)
    can_be_undone = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "position"], name="xero_step_position")]
        indexes = [
            models.Index(fields=["account_id", "employee_id"], name="xero_step_employee"),
            models.Index(
                fields=["account_id", "-outcome_at"], condition=Q(outcome_at__isnull=False), name="xero_step_newest"
            ),
        ]

    def __str__(self) -> str:
        return str(self.step_id)


class JournalEntry(models.Model):
    """Append-only: every intent before its call, every outcome after it."""

    entry_id = models.BigAutoField(primary_key=True)
    account_id = models.UUIDField()
    step = models.ForeignKey(Step, on_delete=models.CASCADE)
    at = models.DateTimeField()
    event = models.CharField(
        max_length=12
    )  # intended, applied, rejected, unknown, read_back, searched, adopted, given_up, skipped, stepped_back
    idempotency_key = models.CharField(max_length=128, blank=True)
    request_digest = models.CharField(max_length=64, blank=True)
    code = models.CharField(max_length=60, blank=True)
    correlation_id = models.CharField(max_length=60, blank=True)
    xero_employee_id = models.UUIDField(null=True)

    def __str__(self) -> str:
        return f"{self.event} {self.step_id}"


class Conflict(models.Model):
    """Both sides changed one field differently; a person decides. Values are sealed."""

    conflict_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.UUIDField()
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE)
    run = models.ForeignKey(Run, null=True, on_delete=models.SET_NULL)
    employee_id = models.UUIDField()
    field = models.CharField(max_length=40)
    values_sealed = models.BinaryField(null=True)  # {"base":..., "hr":..., "xero":...}
    values_digest = models.CharField(max_length=64)
    opened_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by_user_id = models.UUIDField(null=True)
    decision = models.CharField(max_length=10, blank=True)  # hr, xero
    applied_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "employee_id", "field"],
                condition=Q(closed_at__isnull=True),
                name="xero_conflict_one_open",
            )
        ]

    def __str__(self) -> str:
        return f"{self.field} of {self.employee_id}"


class MatchProposal(models.Model):
    """A Xero employee that may be one of ours: a person looks."""

    proposal_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.UUIDField()
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE)
    xero_employee_id = models.UUIDField()
    xero_summary_sealed = models.BinaryField(null=True)  # name, birth date, suburb for the side-by-side view
    candidate_ids = models.JSONField(default=list)
    reason_code = models.CharField(max_length=40)
    opened_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by_user_id = models.UUIDField(null=True)
    decision = models.CharField(max_length=12, blank=True)  # match, new_person, leave
    employee_id = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "xero_employee_id"],
                condition=Q(decided_at__isnull=True),
                name="xero_proposal_one_open",
            )
        ]

    def __str__(self) -> str:
        return str(self.proposal_id)
