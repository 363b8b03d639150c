"""A connection, the grants that carry it, and the evidence of whether it works."""

import uuid
from collections.abc import Mapping
from types import MappingProxyType

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

#: Narrows rows that hang on a connection to those of the one in use.
IN_USE: Mapping[str, bool] = MappingProxyType({"connection__archived_at__isnull": True})


class InUse(models.Manager["Connection"]):
    """The connections that accounts work with: without those of organisations that were moved away from."""

    def get_queryset(self) -> models.QuerySet["Connection"]:
        """Leave the archived ones out, so that whoever asks by the account gets the one in use."""
        return super().get_queryset().filter(archived_at__isnull=True)


class Connection(models.Model):
    """An account's link to one Xero organisation. Survives disconnect, so that nothing has to be set up twice.

    `state`, `cause` and `since` repeat the last diagnosis so that lists can be drawn; pages diagnose anew. `objects` are
    those in use, one for each account; `every` has the archived ones too (docs/adr/0029-moving.md).
    """

    connection_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.UUIDField()
    xero_tenant_id = models.UUIDField(null=True)
    tenant_name = models.CharField(max_length=200, blank=True)
    organisation_time_zone = models.CharField(max_length=60, blank=True)
    organisation_status = models.CharField(max_length=30, blank=True)
    state = models.CharField(max_length=20, default="not_set_up")
    cause = models.CharField(max_length=40, blank=True)
    cause_is_certain = models.BooleanField(default=False)
    since = models.DateTimeField(null=True)
    proved_at = models.DateTimeField(null=True)
    # Until when every proof counts if nothing is called any more: a worker that stands still leaves no row green.
    proved_until = models.DateTimeField(null=True)
    connected_at = models.DateTimeField(null=True)
    disconnected_at = models.DateTimeField(null=True)
    broken_at = models.DateTimeField(null=True)
    # After a reconnect nothing is written until the gap report is approved (design 6).
    gap_since = models.DateTimeField(null=True)
    gap_until = models.DateTimeField(null=True)
    imported_until = models.DateTimeField(null=True)
    last_import_at = models.DateTimeField(null=True)
    last_export_at = models.DateTimeField(null=True)
    listed_people = models.IntegerField(null=True)
    # The first pay day of any pay calendar, as Xero had it when it was asked last: at most once a day.
    next_pay_on = models.DateField(null=True)
    pay_days_read_at = models.DateTimeField(null=True)
    # Whether a second person should stand ready, and until when somebody said "not now".
    wants_standby = models.BooleanField(default=True)
    standby_put_off_until = models.DateTimeField(null=True)
    # Since when another organisation has its place. What hangs on it stays, and comes back with it.
    archived_at = models.DateTimeField(null=True)

    objects = InUse()
    every = models.Manager["Connection"]()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account_id"], condition=Q(archived_at__isnull=True), name="xero_connection_one_in_use"
            ),
            models.UniqueConstraint(fields=["account_id", "xero_tenant_id"], name="xero_connection_organisation_once"),
        ]

    def __str__(self) -> str:
        return str(self.connection_id)


class MoveRequest(models.Model):
    """Somebody asks to move the account to another Xero organisation; another person has to approve."""

    request_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.UUIDField()
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    from_name = models.CharField(max_length=200)
    to_name = models.CharField(max_length=200)
    # The archived connection to go back to; empty where the organisation is new to the account.
    back_to = models.ForeignKey(Connection, null=True, on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(max_length=200)
    asked_by_user_id = models.UUIDField()
    asked_at = models.DateTimeField()
    # By when it has to be approved; once it is, by when it has to be done.
    expires_at = models.DateTimeField()
    approved_by_user_id = models.UUIDField(null=True)
    approved_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_because = models.CharField(max_length=12, blank=True)  # done, refused, withdrawn, expired
    closed_by_user_id = models.UUIDField(null=True)
    # The settings that were in force before the move cleared the two automatic ticks.
    preferences_version = models.IntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account_id"], condition=Q(closed_at__isnull=True), name="xero_move_one_open"
            )
        ]

    def __str__(self) -> str:
        return str(self.request_id)


class Grant(models.Model):
    """One Xero user's consent. Tokens are sealed; a retired or dead grant has none."""

    grant_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.UUIDField()
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=12)  # primary, standby, quarantined, retired
    xero_userid = models.UUIDField()
    holder_name = models.CharField(max_length=200, blank=True)
    holder_email = models.EmailField(blank=True)
    holder_employee_id = models.UUIDField(null=True)
    # How the person at Xero was found in Tandem: holders.Match; "" while nobody was.
    holder_match = models.CharField(max_length=12, blank=True)
    authorised_by_user_id = models.UUIDField(null=True)
    authorised_at = models.DateTimeField()
    # Since when it carries the connection; an older announcement of a write was another person's.
    primary_since = models.DateTimeField(null=True)
    authentication_event_id = models.UUIDField(null=True)
    xero_connection_id = models.UUIDField(null=True)
    # The organisation that this grant reaches; a call is made only where it is also the connection's.
    xero_tenant_id = models.UUIDField(null=True)
    scopes = ArrayField(models.CharField(max_length=80), default=list)
    access_token = models.BinaryField(null=True)
    access_expires_at = models.DateTimeField(null=True)
    refresh_token = models.BinaryField(null=True)
    # Kept for Xero's grace window, in case the answer that replaced it was lost (xero.md 2.3).
    previous_refresh_token = models.BinaryField(null=True)
    previous_until = models.DateTimeField(null=True)
    token_version = models.BigIntegerField(default=0)
    refreshed_at = models.DateTimeField(null=True)
    # A refresh that got no answer: those who waited for it do not ask again at once.
    refresh_failed_at = models.DateTimeField(null=True)
    died_at = models.DateTimeField(null=True)
    died_of = models.CharField(max_length=40, blank=True)
    retired_at = models.DateTimeField(null=True)
    # Why its connection may still be listed in Xero: "" for gone, else a code with the path in Xero on the page.
    leftover = models.CharField(max_length=30, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection"], condition=Q(role="primary"), name="xero_grant_one_primary"),
            models.UniqueConstraint(fields=["connection"], condition=Q(role="standby"), name="xero_grant_one_standby"),
        ]
        indexes = [
            models.Index(fields=["xero_userid"], name="xero_grant_user"),
            models.Index(fields=["xero_connection_id"], name="xero_grant_xero_connection"),
        ]

    def __str__(self) -> str:
        return str(self.grant_id)


class GuestLink(models.Model):
    """An address that lets somebody without a sign-in authorise once. Only the digest of its secret is kept."""

    link_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.UUIDField()
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    purpose = models.CharField(max_length=12)  # reconnect, standby
    token_digest = models.CharField(max_length=64, unique=True)
    # The one organisation that may be allowed with it.
    xero_tenant_id = models.UUIDField()
    made_for = models.CharField(max_length=100)
    made_by_user_id = models.UUIDField(null=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    # The browser that went to Xero with it last, and how long others are kept off meanwhile.
    taken_by_digest = models.CharField(max_length=64, blank=True)
    taken_until = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)
    grant = models.ForeignKey(Grant, null=True, on_delete=models.SET_NULL, related_name="+")
    revoked_at = models.DateTimeField(null=True)
    revoked_by_user_id = models.UUIDField(null=True)

    class Meta:
        indexes = [models.Index(fields=["account_id", "-made_at"], name="xero_guestlink_newest")]

    def __str__(self) -> str:
        return str(self.link_id)


class ConsentFlow(models.Model):
    """One trip to Xero's consent page: bound to a browser session, single use, short-lived."""

    flow_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.UUIDField()
    purpose = models.CharField(max_length=12)  # connect, reconnect, standby, move, widen
    state_digest = models.CharField(max_length=64, unique=True)
    session_digest = models.CharField(max_length=64)
    code_verifier = models.BinaryField()
    started_by_user_id = models.UUIDField(null=True)
    started_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=40, blank=True)
    grant = models.ForeignKey(Grant, null=True, on_delete=models.SET_NULL)
    # Set when a guest went, who has no sign-in; started_by_user_id is empty then.
    guest_link = models.ForeignKey(GuestLink, null=True, on_delete=models.CASCADE, related_name="+")
    # The organisations this consent offers, while a person chooses: [{id, tenant_id, tenant_name, created}].
    offered = models.JSONField(default=list)

    def __str__(self) -> str:
        return str(self.flow_id)


class Evidence(models.Model):
    """What was tried, when, and how Xero answered. Holds classes and codes, never a body."""

    evidence_id = models.BigAutoField(primary_key=True)
    account_id = models.UUIDField()
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE)
    grant = models.ForeignKey(Grant, null=True, on_delete=models.CASCADE)
    at = models.DateTimeField()
    request_kind = models.CharField(max_length=20)  # refresh, connections, organisation, payroll, list, detail, write
    purpose = models.CharField(max_length=10)  # probe, import, export, person
    answer = models.CharField(max_length=30)  # client.errors.AnswerClass
    status = models.IntegerField(null=True)
    detail = models.CharField(max_length=60, blank=True)
    correlation_id = models.CharField(max_length=60, blank=True)
    count = models.IntegerField(null=True)
    retry_at = models.DateTimeField(null=True)
    clock_offset_seconds = models.IntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["connection", "grant", "request_kind", "-at"], name="xero_evidence_latest")]

    def __str__(self) -> str:
        return f"{self.request_kind} {self.answer}"


class Receipt(models.Model):
    """What a disconnect did and proved, step by step."""

    receipt_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.UUIDField()
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="receipts")
    at = models.DateTimeField()
    by_user_id = models.UUIDField(null=True)
    tenant_name = models.CharField(max_length=200)
    # A list of objects with step, outcome, code and time: what ReceiptStep is made from.
    steps = models.JSONField(default=list)
    preferences_version = models.IntegerField()
    finished_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.receipt_id)


class HandoverTask(models.Model):
    """Somebody who holds a grant is going to lose access: another person must authorise before the last safe day."""

    task_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.UUIDField()
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE)
    grant = models.ForeignKey(Grant, on_delete=models.CASCADE)
    employee_id = models.UUIDField(null=True)
    last_safe_on = models.DateField()
    # From this day on nothing is written with the grant; None where the reasons only warn.
    writes_stop_on = models.DateField(null=True)
    owner_user_id = models.UUIDField(null=True)
    put_off_until = models.DateField(null=True)
    # The smallest number of days before the last safe day of which people were told.
    told_days_before = models.SmallIntegerField(null=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_because = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["grant"], condition=Q(closed_at__isnull=True), name="xero_handover_one_open"
            )
        ]

    def __str__(self) -> str:
        return str(self.task_id)


class Takeover(models.Model):
    """A standby carried on where the primary could not, or was asked to. Never changed."""

    takeover_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.UUIDField()
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE)
    from_grant = models.ForeignKey(Grant, on_delete=models.CASCADE, related_name="+")
    to_grant = models.ForeignKey(Grant, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    broke_at = models.DateTimeField(null=True)
    because = models.CharField(max_length=40)  # a cause, or last_day, or by_hand
    is_certain = models.BooleanField(default=False)
    by_user_id = models.UUIDField(null=True)
    # The run in progress, and how many of the account's writes had no confirmed outcome at that moment.
    run_id = models.UUIDField(null=True)
    unconfirmed = models.IntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["connection", "-at"], name="xero_takeover_newest")]

    def __str__(self) -> str:
        return str(self.takeover_id)


class WriteApproval(models.Model):
    """A named administrator lets a leaver's grant write after all, until a stated time (design 5, rule 7)."""

    approval_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.UUIDField()
    grant = models.ForeignKey(Grant, on_delete=models.CASCADE)
    by_user_id = models.UUIDField()
    reason = models.CharField(max_length=200)
    at = models.DateTimeField()
    until = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by_user_id = models.UUIDField(null=True)

    def __str__(self) -> str:
        return str(self.approval_id)


class HandoverReason(models.Model):
    """Why a hand-over is needed. Seen only by those who may know of it; ended when it is taken back."""

    reason_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.UUIDField()
    task = models.ForeignKey(HandoverTask, on_delete=models.CASCADE, related_name="reasons")
    kind = models.CharField(max_length=20)  # people.prospects.ProspectKind
    last_safe_on = models.DateField()
    is_private = models.BooleanField(default=False)
    noted_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["task", "kind"], condition=Q(ended_at__isnull=True), name="xero_handover_reason_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.last_safe_on}"
