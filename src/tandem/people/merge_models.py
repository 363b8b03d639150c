"""Two records of one person that somebody merged: the pointer from the one that was put away to the one that was kept."""

import uuid

from django.db import models
from django.db.models import Q


class Merge(models.Model):
    """`sealed_values` holds what the kept record took over and what it held before; `moved_link` is the link's Xero id."""

    merge_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.UUIDField()
    kept = models.ForeignKey("people.Employee", on_delete=models.CASCADE, related_name="+")
    other = models.ForeignKey("people.Employee", on_delete=models.CASCADE, related_name="+")
    sealed_values = models.BinaryField()
    moved_link = models.UUIDField(null=True)
    merged_at = models.DateTimeField()
    merged_by_id = models.UUIDField(null=True)
    undone_at = models.DateTimeField(null=True)
    undone_by_id = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["other"], condition=Q(undone_at__isnull=True), name="people_merge_one_in_force"
            )
        ]

    def __str__(self) -> str:
        return str(self.merge_id)
