"""Xero's lists as last read, and when that was."""

from django.db import models

from tandem.xero.models.connection import Connection


class CatalogList(models.Model):
    """When one list was asked for and read last; `code` says why the newest asking gave none. Its id follows from both keys."""

    list_id = models.UUIDField(primary_key=True, editable=False)
    account_id = models.UUIDField()
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE)
    kind = models.CharField(max_length=20)  # mapping.catalog.ListKind
    asked_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    code = models.CharField(max_length=60, blank=True)

    def __str__(self) -> str:
        return self.kind


class CatalogItem(models.Model):
    """One entry of a list. What vanished from Xero is marked, since records may still name it. Its id follows from its keys."""

    item_id = models.UUIDField(primary_key=True, editable=False)
    account_id = models.UUIDField()
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE)
    kind = models.CharField(max_length=20)
    xero_id = models.UUIDField()
    name = models.CharField(max_length=200)
    facts = models.JSONField(default=dict)
    is_current = models.BooleanField(default=True)
    gone_since = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["connection", "kind"], name="xero_catalog_of_kind")]

    def __str__(self) -> str:
        return str(self.item_id)
