"""What payroll needs of a person, at rest. Bank numbers and tax file numbers are sealed; no row history holds them."""

import uuid

from django.db import models
from django.db.models import Q


class PayBankAccount(models.Model):
    """One account that wages go to, in its place; `sealed_numbers` holds BSB and account number."""

    bank_account_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.UUIDField()
    employee = models.ForeignKey("people.Employee", on_delete=models.CASCADE)
    place = models.PositiveSmallIntegerField()
    account_name = models.CharField(max_length=100)
    sealed_numbers = models.BinaryField()
    amount = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    takes_remainder = models.BooleanField(default=False)
    statement_text = models.CharField(max_length=100, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["employee", "place"], name="people_bank_account_place")]

    def __str__(self) -> str:
        return str(self.bank_account_id)


class PayBankChange(models.Model):
    """A whole list of bank accounts that waits for a second person; the proposal dies with the decision.

    `asked_by_id` is None where an automatic import asks. Of what an import asked for a keyed mark is kept, so that a list
    that was refused is not asked for again.
    """

    change_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.UUIDField()
    employee = models.ForeignKey("people.Employee", on_delete=models.CASCADE)
    sealed_accounts = models.BinaryField(null=True)
    asked_at = models.DateTimeField()
    asked_by_id = models.UUIDField(null=True)
    via = models.CharField(max_length=60, blank=True, default="")
    mark = models.CharField(max_length=64, blank=True, default="")
    outcome = models.CharField(max_length=12, blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_by_id = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["employee"], condition=Q(outcome=""), name="people_one_bank_change_waits")
        ]

    def __str__(self) -> str:
        return str(self.change_id)


class PaySuperMembership(models.Model):
    """One membership in a super fund."""

    membership_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.UUIDField()
    employee = models.ForeignKey("people.Employee", on_delete=models.CASCADE)
    place = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=12)
    usi = models.CharField(max_length=40, blank=True)
    abn = models.CharField(max_length=20, blank=True)
    fund_name = models.CharField(max_length=100, blank=True)
    member_number = models.CharField(max_length=100)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["employee", "place"], name="people_super_membership_place")]

    def __str__(self) -> str:
        return str(self.membership_id)


class PayTaxDeclaration(models.Model):
    """What somebody declared about tax and income, all but the tax file number."""

    declaration_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.UUIDField()
    employee = models.OneToOneField("people.Employee", on_delete=models.CASCADE)
    income_type = models.CharField(max_length=30, blank=True)
    employment_basis = models.CharField(max_length=30, blank=True)
    contractor_abn = models.CharField(max_length=20, blank=True)
    country_of_residence = models.CharField(max_length=2, blank=True)
    residency = models.CharField(max_length=30, blank=True)
    tax_scale = models.CharField(max_length=40, blank=True)
    work_condition = models.CharField(max_length=40, blank=True)
    senior_status = models.CharField(max_length=40, blank=True)
    tax_free_threshold = models.BooleanField(null=True)
    student_debt = models.BooleanField(null=True)
    leave_loading = models.BooleanField(null=True)
    tax_offset = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    extra_withholding = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    withholding_variation = models.DecimalField(max_digits=5, decimal_places=2, null=True)

    def __str__(self) -> str:
        return str(self.declaration_id)


class PayTaxNumber(models.Model):
    """The vault: a sealed tax file number with its end and keyed mark, or why there is none."""

    number_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account_id = models.UUIDField()
    employee = models.OneToOneField("people.Employee", on_delete=models.CASCADE)
    sealed_digits = models.BinaryField(null=True)
    ending = models.CharField(max_length=3, blank=True)
    mark = models.CharField(max_length=64, blank=True)
    exemption = models.CharField(max_length=20, blank=True)
    answered_at = models.DateTimeField()
    answered_by_id = models.UUIDField(null=True)

    def __str__(self) -> str:
        return str(self.number_id)
