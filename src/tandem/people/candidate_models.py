"""People who may be hired: the little that is known of them before."""

import uuid

from django.db import models


class Candidate(models.Model):
    """Open until `closed_at`; then `employee` is the record they became. Removed whole when nothing comes of it."""

    candidate_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.UUIDField()
    first_name = models.CharField(max_length=100)
    last_name = models.CharField(max_length=100)
    date_of_birth = models.DateField(null=True)
    email = models.EmailField(blank=True)
    mobile = models.CharField(max_length=50, blank=True)
    job_title = models.CharField(max_length=120, blank=True)
    employee = models.ForeignKey("people.Employee", null=True, on_delete=models.CASCADE)
    entered_at = models.DateTimeField()
    entered_by_id = models.UUIDField(null=True)
    closed_at = models.DateTimeField(null=True)
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        indexes = [
            models.Index(
                fields=["account_id"], condition=models.Q(closed_at__isnull=True), name="people_candidate_open"
            )
        ]

    def __str__(self) -> str:
        return str(self.candidate_id)
