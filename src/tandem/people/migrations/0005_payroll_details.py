import uuid

import django.db.models.deletion
from django.db import migrations, models

from tandem.kernel.policies import account_policy


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0004_absences_and_position_changes"),
    ]

    operations = [
        migrations.CreateModel(
            name="PayTaxDeclaration",
            fields=[
                (
                    "declaration_id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("account_id", models.UUIDField()),
                ("income_type", models.CharField(blank=True, max_length=30)),
                ("employment_basis", models.CharField(blank=True, max_length=30)),
                ("contractor_abn", models.CharField(blank=True, max_length=20)),
                ("country_of_residence", models.CharField(blank=True, max_length=2)),
                ("residency", models.CharField(blank=True, max_length=30)),
                ("tax_scale", models.CharField(blank=True, max_length=40)),
                ("work_condition", models.CharField(blank=True, max_length=40)),
                ("senior_status", models.CharField(blank=True, max_length=40)),
                ("tax_free_threshold", models.BooleanField(null=True)),
                ("student_debt", models.BooleanField(null=True)),
                ("leave_loading", models.BooleanField(null=True)),
                ("tax_offset", models.DecimalField(decimal_places=2, max_digits=12, null=True)),
                ("extra_withholding", models.DecimalField(decimal_places=2, max_digits=12, null=True)),
                ("withholding_variation", models.DecimalField(decimal_places=2, max_digits=5, null=True)),
                ("employee", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, to="people.employee")),
            ],
        ),
        migrations.CreateModel(
            name="PayTaxNumber",
            fields=[
                ("number_id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("account_id", models.UUIDField()),
                ("sealed_digits", models.BinaryField(null=True)),
                ("ending", models.CharField(blank=True, max_length=3)),
                ("mark", models.CharField(blank=True, max_length=64)),
                ("exemption", models.CharField(blank=True, max_length=20)),
                ("answered_at", models.DateTimeField()),
                ("answered_by_id", models.UUIDField(null=True)),
                ("employee", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, to="people.employee")),
            ],
        ),
        migrations.CreateModel(
            name="PayBankAccount",
            fields=[
                (
                    "bank_account_id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("account_id", models.UUIDField()),
                ("place", models.PositiveSmallIntegerField()),
                ("account_name", models.CharField(max_length=100)),
                ("sealed_numbers", models.BinaryField()),
                ("amount", models.DecimalField(decimal_places=2, max_digits=12, null=True)),
                ("takes_remainder", models.BooleanField(default=False)),
                ("statement_text", models.CharField(blank=True, max_length=100)),
                ("employee", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="people.employee")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("employee", "place"), name="people_bank_account_place")
                ],
            },
        ),
        migrations.CreateModel(
            name="PayBankChange",
            fields=[
                ("change_id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("account_id", models.UUIDField()),
                ("sealed_accounts", models.BinaryField(null=True)),
                ("asked_at", models.DateTimeField()),
                ("asked_by_id", models.UUIDField()),
                ("outcome", models.CharField(blank=True, max_length=12)),
                ("decided_at", models.DateTimeField(null=True)),
                ("decided_by_id", models.UUIDField(null=True)),
                ("employee", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="people.employee")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("outcome", "")), fields=("employee",), name="people_one_bank_change_waits"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PaySuperMembership",
            fields=[
                (
                    "membership_id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("account_id", models.UUIDField()),
                ("place", models.PositiveSmallIntegerField()),
                ("kind", models.CharField(max_length=12)),
                ("usi", models.CharField(blank=True, max_length=40)),
                ("abn", models.CharField(blank=True, max_length=20)),
                ("fund_name", models.CharField(blank=True, max_length=100)),
                ("member_number", models.CharField(max_length=100)),
                ("employee", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="people.employee")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("employee", "place"), name="people_super_membership_place")
                ],
            },
        ),
        account_policy("people_paybankaccount"),
        account_policy("people_paybankchange"),
        account_policy("people_paysupermembership"),
        account_policy("people_paytaxdeclaration"),
        account_policy("people_paytaxnumber"),
    ]
