"""Leave that was asked for, and every step that a request took."""

import uuid

from django.db import models


class LeaveAsked(models.Model):
    """One request. `leave_type_id` is the payroll's; its name is kept as it was, since payroll may rename or drop it."""

    request_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.UUIDField()
    employee = models.ForeignKey("people.Employee", on_delete=models.CASCADE)
    leave_type_id = models.UUIDField()
    leave_type_name = models.CharField(max_length=200)
    from_on = models.DateField()
    until_on = models.DateField()
    title = models.CharField(max_length=100)
    description = models.CharField(max_length=400, blank=True)
    status = models.CharField(max_length=12)  # leave_records.LeaveStatus
    asked_at = models.DateTimeField()
    asked_by_id = models.UUIDField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by_id = models.UUIDField(null=True)
    decision_note = models.CharField(max_length=200, blank=True)
    revision = models.BigIntegerField(default=1)

    class Meta:
        indexes = [models.Index(fields=["account_id", "status", "from_on"], name="people_leave_by_status")]

    def __str__(self) -> str:
        return str(self.request_id)


class LeaveStep(models.Model):
    """What happened to a request, when and by whom: nobody stands for the product, at work on what payroll says."""

    step_id = models.BigAutoField(primary_key=True)
    account_id = models.UUIDField()
    request = models.ForeignKey(LeaveAsked, on_delete=models.CASCADE)
    at = models.DateTimeField()
    by_user_id = models.UUIDField(null=True)
    what = models.CharField(max_length=20)  # leave_records.LeaveStepKind
    from_on = models.DateField()
    until_on = models.DateField()

    class Meta:
        indexes = [models.Index(fields=["account_id", "request"], name="people_leave_steps")]

    def __str__(self) -> str:
        return f"{self.what} {self.request_id}"
