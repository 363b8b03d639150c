"""The append-only, hash-chained record of what happened to an account's connection, people and settings.

Holds ids, codes and counts; never a value. Subjects are plain ids, so that this room knows no other.
"""

from django.db import models


class Head(models.Model):
    """The newest link of an account's chain; its row is the lock that keeps the chain single."""

    account_id = models.UUIDField(primary_key=True)
    sequence = models.BigIntegerField(default=0)
    digest = models.CharField(max_length=64, default="")

    def __str__(self) -> str:
        return f"{self.sequence} of {self.account_id}"


class Entry(models.Model):
    """One thing that happened."""

    account_id = models.UUIDField()
    sequence = models.BigIntegerField()
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=10)
    actor_id = models.UUIDField(null=True)
    event = models.CharField(max_length=60)
    subject_kind = models.CharField(max_length=30, blank=True)
    subject_id = models.UUIDField(null=True)
    facts = models.JSONField(default=dict)
    previous_digest = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account_id", "sequence"], name="timeline_entry_sequence")]
        indexes = [models.Index(fields=["account_id", "subject_id", "-sequence"], name="timeline_entry_subject")]

    def __str__(self) -> str:
        return f"{self.sequence} {self.event}"


class Checkpoint(models.Model):
    """What stands in place of entries that were removed: the last of them, how many, and a signature over it all.

    Written only by the function `tandem_timeline_prune`; the application role may read it.
    """

    account_id = models.UUIDField()
    sequence = models.BigIntegerField()
    digest = models.CharField(max_length=64)
    removed = models.BigIntegerField()
    older_than = models.DateTimeField()
    made_at = models.DateTimeField()
    previous_signature = models.CharField(max_length=64, blank=True)
    signature = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account_id", "sequence"], name="timeline_checkpoint_sequence")]

    def __str__(self) -> str:
        return f"up to {self.sequence} of {self.account_id}"
