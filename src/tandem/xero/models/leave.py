"""Leave as Xero holds it: balances, import only; applications, each with its request here; and every write of one."""

import uuid

from django.db import models
from django.db.models import Q

from tandem.xero.models.connection import Connection


class LeaveBalances(models.Model):
    """What one person in Xero has left of every leave type, as read last; sealed. Its id follows from both keys.

    Kept for everybody who was read, linked or not, so that whoever is linked later has balances at once.
    """

    balances_id = models.UUIDField(primary_key=True, editable=False)
    account_id = models.UUIDField()
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE)
    xero_employee_id = models.UUIDField()
    record = models.BinaryField()
    read_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.balances_id)


class LeaveDesk(models.Model):
    """Who works on the leave of a connection, by a lease with an end; when Xero's was read last, and what it could not say."""

    desk_id = models.UUIDField(primary_key=True, editable=False)  # the connection's id
    account_id = models.UUIDField()
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE)
    read_at = models.DateTimeField(null=True)
    said = models.JSONField(default=list)
    leased_by = models.CharField(max_length=40, blank=True)
    leased_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.desk_id)


class LeaveLink(models.Model):
    """An application in Xero and its request here; without the one it was never sent, without the other never taken.

    `agreed` is what both sides agreed on last, `theirs` what Xero held when it was read last. A write is announced here
    with its key and sealed bytes before it goes out; `state` says how far it came.
    """

    link_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.UUIDField()
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE)
    request = models.ForeignKey("people.LeaveAsked", null=True, on_delete=models.SET_NULL)
    application_id = models.UUIDField(null=True)
    xero_employee_id = models.UUIDField()
    agreed = models.JSONField(null=True)
    theirs = models.JSONField(null=True)
    is_gone = models.BooleanField(default=False)
    is_new = models.BooleanField(default=True)  # something was read or chosen that nobody has looked at yet
    settled_revision = models.BigIntegerField(default=0)
    task = models.CharField(max_length=500, blank=True)
    asks = models.BooleanField(default=False)
    state = models.CharField(max_length=12, blank=True)  # intended, unknown, refused, unconfirmed
    verb = models.CharField(max_length=10, blank=True)
    sent = models.JSONField(null=True)
    body = models.BinaryField(null=True)
    said = models.BinaryField(null=True)  # what Xero said against it, sealed
    attempt_group = models.IntegerField(default=0)
    failures = models.IntegerField(default=0)
    intended_at = models.DateTimeField(null=True)
    searched_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "application_id"],
                condition=Q(application_id__isnull=False),
                name="xero_leave_application",
            ),
            models.UniqueConstraint(
                fields=["connection", "request"], condition=Q(request__isnull=False), name="xero_leave_request"
            ),
        ]

    def __str__(self) -> str:
        return str(self.link_id)


class LeaveEntry(models.Model):
    """Append-only: every intent before its call, every outcome after it. Ids and codes, never a value."""

    entry_id = models.BigAutoField(primary_key=True)
    account_id = models.UUIDField()
    link_id = models.UUIDField()
    at = models.DateTimeField()
    event = models.CharField(max_length=12)  # intended, applied, rejected, unknown, adopted, stepped_back, given_up
    verb = models.CharField(max_length=10)
    idempotency_key = models.CharField(max_length=128)
    request_digest = models.CharField(max_length=64, blank=True)
    code = models.CharField(max_length=60, blank=True)
    correlation_id = models.CharField(max_length=60, blank=True)

    def __str__(self) -> str:
        return f"{self.event} {self.link_id}"
