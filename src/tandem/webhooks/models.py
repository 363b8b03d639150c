"""Where messages go, and each message on its way. A message says ids, codes, counts and times."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class Endpoint(models.Model):
    """An address that an administrator gave. The secret that signs its messages is sealed."""

    endpoint_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.UUIDField()
    url = models.CharField(max_length=500)
    events = ArrayField(models.CharField(max_length=40))
    secret = models.BinaryField()
    hint = models.CharField(max_length=8)
    made_at = models.DateTimeField()
    made_by_user_id = models.UUIDField(null=True)
    failing_since = models.DateTimeField(null=True)
    last_ok_at = models.DateTimeField(null=True)
    off_at = models.DateTimeField(null=True)
    off_because = models.CharField(max_length=20, blank=True)

    class Meta:
        indexes = [models.Index(fields=["account_id", "made_at"], name="webhooks_endpoint_listed")]

    def __str__(self) -> str:
        return str(self.endpoint_id)


class Delivery(models.Model):
    """One message on its way to one endpoint. Its text is kept as it was signed; a replay has the same message id."""

    delivery_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.UUIDField()
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE)
    message_id = models.UUIDField(default=uuid.uuid4)
    event = models.CharField(max_length=40)
    body = models.TextField()
    created_at = models.DateTimeField()
    tries = models.IntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    leased_until = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)
    status = models.IntegerField(null=True)
    problem_code = models.CharField(max_length=60, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["endpoint", "-created_at"], name="webhooks_delivery_newest"),
            models.Index(
                fields=["next_try_at"], condition=Q(next_try_at__isnull=False), name="webhooks_delivery_waiting"
            ),
        ]

    def __str__(self) -> str:
        return str(self.delivery_id)
