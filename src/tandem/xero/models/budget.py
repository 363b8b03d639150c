"""How many calls were made: per organisation under the account's policy, and for the whole app without one."""

import uuid

from django.db import models

from tandem.xero.models.connection import Connection


class CallBudget(models.Model):
    """The counters of one organisation: this minute, today, by purpose; and what Xero last said is left."""

    connection = models.OneToOneField(Connection, primary_key=True, on_delete=models.CASCADE)
    account_id = models.UUIDField()
    minute_started_at = models.DateTimeField(null=True)
    minute_calls = models.IntegerField(default=0)
    minute_by = models.JSONField(default=dict)  # purpose -> calls
    day_started_at = models.DateTimeField(null=True)
    day_calls = models.JSONField(default=dict)  # purpose -> calls
    day_remaining = models.IntegerField(null=True)
    day_remaining_at = models.DateTimeField(null=True)
    minute_remaining = models.IntegerField(null=True)
    blocked_until = models.DateTimeField(null=True)
    blocked_by = models.CharField(max_length=20, blank=True)

    def __str__(self) -> str:
        return str(self.connection_id)


class CallDay(models.Model):
    """What one of Xero's days came to, kept for two weeks after it."""

    call_day_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.UUIDField()
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE)
    started_at = models.DateTimeField()
    calls = models.JSONField(default=dict)  # purpose -> calls

    class Meta:
        indexes = [models.Index(fields=["account_id", "-started_at"], name="xero_callday_newest")]

    def __str__(self) -> str:
        return f"{self.connection_id} {self.started_at}"


class InFlight(models.Model):
    """One call in progress; a row outlives its call only until `expires_at`, so that a dead process frees its place."""

    call_id = models.UUIDField(primary_key=True)
    account_id = models.UUIDField()
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE)
    expires_at = models.DateTimeField()
    share = models.CharField(max_length=8)

    def __str__(self) -> str:
        return str(self.call_id)


class AppBudget(models.Model):
    """Calls of the whole installation in one minute; counts only, so it needs no policy."""

    minute_started_at = models.DateTimeField(primary_key=True)
    calls = models.IntegerField(default=0)

    def __str__(self) -> str:
        return str(self.calls)
