from django.db import migrations

from tandem.kernel.policies import account_policy


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0001_initial")]

    operations = [account_policy("webhooks_endpoint"), account_policy("webhooks_delivery")]
