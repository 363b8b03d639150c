"""Who may sign in, to which accounts, and as what."""

import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models

from tandem.kernel import clock


class UserManager(BaseUserManager["User"]):
    """Make users by e-mail address."""

    def create_user(self, email: str, password: str | None = None, *, password_hash: str = "", **fields: Any) -> "User":
        """Make a sign-in with a password, or with what `make_password` made of one already."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.password = password_hash or make_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """One sign-in. It may belong to several accounts; what it may do there is said by its memberships."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    is_support = models.BooleanField(default=False)
    date_joined = models.DateTimeField(default=clock.now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    def __str__(self) -> str:
        return str(self.id)


class Membership(models.Model):
    """A sign-in inside one account: its roles there and the employee record it is linked to."""

    membership_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.UUIDField()
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    employee = models.ForeignKey("people.Employee", null=True, on_delete=models.SET_NULL)
    roles = ArrayField(models.CharField(max_length=30), default=list)
    is_active = models.BooleanField(default=True)
    ended_reason = models.CharField(max_length=30, blank=True)
    ended_at = models.DateTimeField(null=True)
    # Since when no role of payroll is left, where there was one.
    left_payroll_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account_id", "user"], name="access_membership_user"),
            models.UniqueConstraint(
                fields=["account_id", "employee"],
                condition=models.Q(employee__isnull=False),
                name="access_membership_employee",
            ),
        ]

    def __str__(self) -> str:
        return str(self.membership_id)


class ApiKey(models.Model):
    """What a program signs in with. It belongs to the account, not to whoever made it, and outlives their leaving."""

    key_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.UUIDField()
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64)
    hint = models.CharField(max_length=4)
    roles = ArrayField(models.CharField(max_length=30), default=list)
    made_at = models.DateTimeField()
    made_by_user_id = models.UUIDField(null=True)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_on = models.DateField(null=True)

    class Meta:
        indexes = [models.Index(fields=["account_id", "-made_at"], name="access_apikey_newest")]

    def __str__(self) -> str:
        return str(self.key_id)
