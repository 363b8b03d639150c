"""What people are told: one open notice per incident, who was told of it, and the mail that went out."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from tandem.notices.digest_rules import RunLetters
from tandem.notices.rules import DAILY_LETTER_AT, Urgency


class Notice(models.Model):
    """One open incident, shown in the product until it is closed. Says codes and ids; pages make the sentence.

    `climbs_at` is when the ladder of people is looked at again; what is no ladder is told once and no more.
    """

    notice_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.UUIDField()
    incident = models.CharField(max_length=100)
    kind = models.CharField(max_length=40)
    facts = models.JSONField(default=dict)
    urgency = models.CharField(max_length=10, default="soon")
    opened_at = models.DateTimeField()
    # Over, but not for long enough to say so: it is shown as over, and nobody has heard of it.
    calm_since = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    is_ladder = models.BooleanField(default=False)
    climbs_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by_user_id = models.UUIDField(null=True)
    # Never told: whoever leaves, and whoever the notice is about.
    left_out_user_ids = ArrayField(models.UUIDField(), default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account_id", "incident"],
                condition=Q(closed_at__isnull=True),
                name="notices_notice_one_open",
            )
        ]
        indexes = [
            models.Index(fields=["account_id", "-opened_at"], name="notices_notice_newest"),
            models.Index(fields=["climbs_at"], condition=Q(climbs_at__isnull=False), name="notices_notice_climbing"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.incident}"


class Letter(models.Model):
    """A mail, in plain text and in HTML that says the same. Its id makes its Message-ID, so that a copy is known as one.

    `next_try_at` is empty once it went out, or was given up.
    """

    letter_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.UUIDField()
    notice = models.ForeignKey(Notice, null=True, on_delete=models.SET_NULL)
    kind = models.CharField(max_length=20, default="letter")  # letter, reminder, digest, recovered, sign_in
    to_user_id = models.UUIDField(null=True)
    to_address = models.EmailField()
    subject = models.CharField(max_length=200)
    body = models.TextField()
    html = models.TextField(blank=True)
    written_at = models.DateTimeField()
    tries = models.IntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    leased_until = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)
    problem_code = models.CharField(max_length=60, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["account_id", "-written_at"], name="notices_letter_newest"),
            models.Index(fields=["next_try_at"], condition=Q(next_try_at__isnull=False), name="notices_letter_waiting"),
        ]

    def __str__(self) -> str:
        return str(self.letter_id)


class Telling(models.Model):
    """Somebody was told of an incident: on which rung, how pressing it was, and by which letter."""

    telling_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.UUIDField()
    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="tellings")
    letter = models.ForeignKey(Letter, null=True, on_delete=models.SET_NULL)
    user_id = models.UUIDField(null=True)
    address = models.EmailField()
    rung = models.CharField(max_length=20)
    urgency = models.CharField(max_length=10)
    told_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["notice", "address", "urgency"], name="notices_telling_once"),
        ]

    def __str__(self) -> str:
        return str(self.telling_id)


class Choices(models.Model):
    """When one member of an account wants to be told. Without a row: of everything, the daily letter in the morning."""

    choices_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.UUIDField()
    user_id = models.UUIDField()
    quiet_from = models.TimeField(null=True)
    quiet_until = models.TimeField(null=True)
    daily_letter_at = models.TimeField(default=DAILY_LETTER_AT)
    away_until = models.DateField(null=True)
    least_urgency = models.CharField(max_length=10, default=Urgency.DIGEST.value)
    run_letters = models.CharField(max_length=10, default=RunLetters.DAILY.value)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account_id", "user_id"], name="notices_choices_one")]

    def __str__(self) -> str:
        return str(self.choices_id)


class RunReader(models.Model):
    """Up to when one member of an account was told what automatic runs did."""

    reader_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.UUIDField()
    user_id = models.UUIDField()
    told_until = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account_id", "user_id"], name="notices_run_reader_one")]

    def __str__(self) -> str:
        return str(self.reader_id)
