"""Branches and employees. Row history is kept by triggers (pghistory), so that bulk updates are seen too."""

import uuid

import pghistory
from django.db import models
from django.db.models import Q

from tandem.people.candidate_models import Candidate
from tandem.people.leave_models import LeaveAsked, LeaveStep
from tandem.people.merge_models import Merge
from tandem.people.own_change_models import OwnChange
from tandem.people.payroll_models import (
    PayBankAccount,
    PayBankChange,
    PaySuperMembership,
    PayTaxDeclaration,
    PayTaxNumber,
)
from tandem.people.records import EmployeeStatus, Gender

__all__ = [
    "Absence",
    "Branch",
    "Candidate",
    "Employee",
    "LeaveAsked",
    "LeaveStep",
    "Merge",
    "OwnChange",
    "PayBankAccount",
    "PayBankChange",
    "PaySuperMembership",
    "PayTaxDeclaration",
    "PayTaxNumber",
    "PositionChange",
]


class Branch(models.Model):
    """A legal entity or department, in a tree. Its Integration API Key equals the name of a Xero employee group."""

    branch_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.UUIDField()
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    name = models.CharField(max_length=120)
    is_legal_entity = models.BooleanField(default=False)
    integration_api_key = models.CharField(max_length=100, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account_id", "name"], name="people_branch_name")]

    def __str__(self) -> str:
        return str(self.branch_id)


@pghistory.track(
    pghistory.InsertEvent(),
    pghistory.UpdateEvent(),
    model_name="EmployeeEvent",
    context_field=None,  # type: ignore[arg-type]  # its stubs forget that None means no context
    obj_field=pghistory.ObjForeignKey(db_constraint=False, related_name="events"),
)
class Employee(models.Model):
    """A person who works, worked or will work for the account."""

    employee_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.UUIDField()
    branch = models.ForeignKey(Branch, null=True, on_delete=models.PROTECT)
    employee_number = models.CharField(max_length=40, blank=True)
    title = models.CharField(max_length=20, blank=True)
    first_name = models.CharField(max_length=100)
    middle_names = models.CharField(max_length=100, blank=True)
    last_name = models.CharField(max_length=100)
    preferred_name = models.CharField(max_length=100, blank=True)
    date_of_birth = models.DateField(null=True)
    gender = models.CharField(max_length=12, default=Gender.NOT_STATED.value)
    home_line1 = models.CharField(max_length=120, blank=True)
    home_line2 = models.CharField(max_length=120, blank=True)
    home_suburb = models.CharField(max_length=100, blank=True)
    home_state = models.CharField(max_length=100, blank=True)
    home_postcode = models.CharField(max_length=100, blank=True)
    home_country = models.CharField(max_length=100, blank=True)
    phone = models.CharField(max_length=50, blank=True)
    mobile = models.CharField(max_length=50, blank=True)
    work_email = models.EmailField(blank=True)
    home_email = models.EmailField(blank=True)
    job_title = models.CharField(max_length=120, blank=True)
    start_on = models.DateField(null=True)
    status = models.CharField(max_length=12, default=EmployeeStatus.CURRENT.value)
    termination_on = models.DateField(null=True)
    termination_reason = models.CharField(max_length=1, blank=True)
    termination_is_private = models.BooleanField(default=False)
    contract_ends_on = models.DateField(null=True)
    deleted_at = models.DateTimeField(null=True)
    revision = models.BigIntegerField(default=1)
    changed_at = models.DateTimeField()
    changed_by_id = models.UUIDField(null=True)
    changed_via = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account_id", "employee_number"],
                condition=~Q(employee_number=""),
                name="people_employee_number",
            ),
            models.CheckConstraint(
                condition=Q(status=EmployeeStatus.CURRENT.value, termination_on__isnull=True)
                | (~Q(status=EmployeeStatus.CURRENT.value) & Q(termination_on__isnull=False)),
                name="people_employee_status_has_date",
            ),
        ]
        indexes = [
            models.Index(fields=["account_id", "last_name", "first_name", "employee_id"], name="people_employee_name"),
            models.Index(fields=["account_id", "changed_at"], name="people_employee_changed"),
            models.Index(fields=["account_id", "status", "termination_on"], name="people_employee_status"),
        ]

    def __str__(self) -> str:
        return str(self.employee_id)


class Absence(models.Model):
    """Somebody is away for long; without `until_on` nobody knows until when. Taken back, never removed."""

    absence_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.UUIDField()
    employee = models.ForeignKey(Employee, on_delete=models.CASCADE)
    from_on = models.DateField()
    until_on = models.DateField(null=True)
    entered_at = models.DateTimeField()
    entered_by_id = models.UUIDField(null=True)
    taken_back_at = models.DateTimeField(null=True)
    taken_back_by_id = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(until_on__isnull=True) | Q(until_on__gte=models.F("from_on")),
                name="people_absence_in_order",
            )
        ]

    def __str__(self) -> str:
        return str(self.absence_id)


class PositionChange(models.Model):
    """Another job from a day on; `leaves_payroll` says that it no longer is one in payroll. Taken back, never removed."""

    change_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.UUIDField()
    employee = models.ForeignKey(Employee, on_delete=models.CASCADE)
    from_on = models.DateField()
    job_title = models.CharField(max_length=120)
    leaves_payroll = models.BooleanField(default=False)
    entered_at = models.DateTimeField()
    entered_by_id = models.UUIDField(null=True)
    done_at = models.DateTimeField(null=True)
    taken_back_at = models.DateTimeField(null=True)
    taken_back_by_id = models.UUIDField(null=True)

    def __str__(self) -> str:
        return str(self.change_id)
