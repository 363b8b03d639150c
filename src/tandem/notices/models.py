"""What people are told: one open notice per incident, and the mail that went out about it."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Notice(models.Model):
    """One open incident, shown in the product until it is closed. Says codes and ids; pages make the sentence."""

    notice_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.UUIDField()
    incident = models.CharField(max_length=100)
    kind = models.CharField(max_length=40)
    facts = models.JSONField(default=dict)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    told_user_ids = ArrayField(models.UUIDField(), default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account_id", "incident"],
                condition=models.Q(closed_at__isnull=True),
                name="notices_notice_one_open",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.incident}"


class Letter(models.Model):
    """A mail as it was handed over for delivery; the demo's mailbox shows these."""

    letter_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.UUIDField()
    to_user_id = models.UUIDField(null=True)
    to_address = models.EmailField()
    subject = models.CharField(max_length=200)
    body = models.TextField()
    written_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)
    problem_code = models.CharField(max_length=60, blank=True)

    class Meta:
        indexes = [models.Index(fields=["account_id", "-written_at"], name="notices_letter_newest")]

    def __str__(self) -> str:
        return str(self.letter_id)
