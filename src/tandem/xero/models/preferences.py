"""What the customer chose for the sync, in versions that are never changed."""

import uuid

from django.db import models


class PreferencesVersion(models.Model):
    """One version of an account's preferences; the highest is in force. `because` says which event made it."""

    preferences_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.UUIDField()
    version = models.IntegerField()
    chosen = models.JSONField()
    because = models.CharField(max_length=30)  # saved, disconnect, reconnect, restore, default
    at = models.DateTimeField()
    by_user_id = models.UUIDField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account_id", "version"], name="xero_preferences_version")]

    def __str__(self) -> str:
        return f"version {self.version}"
