"""When something is due. Ids and times only, so that the dispatcher can read it for every account."""

from django.db import models


class Due(models.Model):
    """One kind of work of one connection (or account) and when it is due next; leased while somebody does it."""

    due_id = models.BigAutoField(primary_key=True)
    subject_id = models.UUIDField()  # connection id; account id for the nightly job
    for_account = models.UUIDField()
    kind = models.CharField(max_length=12)  # probe, refresh, import, export, resume, nightly, leave
    due_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject_id", "kind"], name="xero_due_once")]
        indexes = [models.Index(fields=["due_at"], name="xero_due_soonest")]

    def __str__(self) -> str:
        return f"{self.kind} at {self.due_at:%H:%M}"
