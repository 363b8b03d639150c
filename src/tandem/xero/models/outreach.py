"""What support wrote to whom: one row for each account of each sending, whether or not a letter went."""

import uuid

from django.db import models


class Outreach(models.Model):
    """One account in one sending. The batch makes a second press of the same button harmless."""

    outreach_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.UUIDField()
    batch_id = models.UUIDField()
    at = models.DateTimeField()
    by_user_id = models.UUIDField(null=True)
    state = models.CharField(max_length=20)
    cause = models.CharField(max_length=40, blank=True)
    outcome = models.CharField(max_length=20)  # outreach.Outcome
    letters = models.IntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch_id", "account_id"], name="xero_outreach_once")]
        indexes = [
            models.Index(fields=["at"], name="xero_outreach_newest"),
            models.Index(fields=["account_id", "-at"], name="xero_outreach_account"),
        ]

    def __str__(self) -> str:
        return str(self.outreach_id)
