from django.db import migrations

from tandem.kernel.policies import USER, account_policy


class Migration(migrations.Migration):
    dependencies = [("access", "0001_initial"), ("tenancy", "0001_initial")]

    operations = [
        # A sign-in may list its own memberships, and through them its accounts, before it has chosen one.
        account_policy("access_membership", or_readable_if=f"user_id = {USER}"),
        account_policy(
            "tenancy_account",
            or_readable_if=f"EXISTS (SELECT FROM access_membership m WHERE m.account_id = tenancy_account.account_id"
            f" AND m.user_id = {USER} AND m.is_active)",
        ),
    ]
