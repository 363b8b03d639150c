"""What people ask for of their own record, at rest."""

import uuid

from django.db import models
from django.db.models import Q


class OwnChange(models.Model):
    """One kind of values that somebody asks for of their own record; sealed, and gone with the decision.

    `fields` names what changes. `decision_note` is what the one who refused wrote to the one who asked.
    """

    change_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.UUIDField()
    employee = models.ForeignKey("people.Employee", on_delete=models.CASCADE)
    kind = models.CharField(max_length=12)
    fields = models.JSONField(default=list)
    sealed_values = models.BinaryField(null=True)
    asked_at = models.DateTimeField()
    asked_by_id = models.UUIDField()
    outcome = models.CharField(max_length=12, blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_by_id = models.UUIDField(null=True)
    decision_note = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["employee", "kind"], condition=Q(outcome=""), name="people_one_own_change_waits"
            )
        ]
        indexes = [models.Index(fields=["account_id", "outcome", "asked_at"], name="people_own_changes_waiting")]

    def __str__(self) -> str:
        return str(self.change_id)
