"""Drills, and the throw-away links that they are made on.

A link's rows lie in a scope of their own: `account_id` holds the id of the drill's scope, which is no account. So within a
transaction on a link the database shows not one row of the customer's.
"""

import uuid

from django.db import models
from django.db.models import Q


class Drill(models.Model):
    """One rehearsal of a break and a reconnect. Its steps stay as its receipt."""

    drill_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.UUIDField()
    # The scope of the throw-away link's rows.
    scope_id = models.UUIDField(unique=True)
    by_user_id = models.UUIDField(null=True)
    tells_others = models.BooleanField(default=False)
    started_at = models.DateTimeField()
    # A list of objects with step, outcome, began_at, ended_at and facts: what StepRecord is made from.
    steps = models.JSONField(default=list)
    # Set while a step is being done; whoever comes meanwhile leaves it alone.
    working_since = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=12, blank=True)  # passed, failed, interrupted

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account_id"], condition=Q(ended_at__isnull=True), name="xero_drill_one_open"
            )
        ]
        indexes = [models.Index(fields=["account_id", "-started_at"], name="xero_drill_newest")]

    def __str__(self) -> str:
        return str(self.drill_id)


class DrillLink(models.Model):
    """What one made-up person allowed in the simulator. Removed when the drill ends."""

    link_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.UUIDField()
    part = models.CharField(max_length=8)  # first, second
    email = models.EmailField()
    xero_tenant_id = models.UUIDField(null=True)
    xero_connection_id = models.UUIDField(null=True)
    scopes = models.JSONField(default=list)
    access_token = models.BinaryField(null=True)
    refresh_token = models.BinaryField(null=True)
    # What was asked with it and how the simulator answered: subject, at, answer, count.
    facts = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account_id", "part"], name="xero_drilllink_part")]

    def __str__(self) -> str:
        return str(self.link_id)
