"""Accounts (our customers, the unit of isolation) and brands (the look and name they are served under)."""

import uuid

from django.db import models


class Brand(models.Model):
    """Name, host and support address that accounts are served under. Holds no customer's data."""

    key = models.SlugField(primary_key=True)
    name = models.CharField(max_length=80)
    host = models.CharField(max_length=200, blank=True)
    support_email = models.EmailField(blank=True)

    def __str__(self) -> str:
        return self.name


class Account(models.Model):
    """One customer. Its row is its scope: `account_id` names the primary key so that every policy reads alike."""

    account_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT)
    time_zone = models.CharField(max_length=60, default="Australia/Sydney")
    created_at = models.DateTimeField()
    wrapped_data_key = models.BinaryField()
    master_key_id = models.CharField(max_length=12)

    def __str__(self) -> str:
        return self.slug
