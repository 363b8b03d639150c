"""Who looks like one person twice on one side, and is not."""

import uuid

from django.db import models


class NotOnePerson(models.Model):
    """Records of one side that somebody said are different people: ids of Tandem's records, or of employees in Xero."""

    apart_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.UUIDField()
    side = models.CharField(max_length=4)
    person_ids = models.JSONField()  # sorted
    decided_at = models.DateTimeField()
    by_user_id = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account_id", "side", "person_ids"], name="xero_said_apart_once")
        ]

    def __str__(self) -> str:
        return str(self.apart_id)
