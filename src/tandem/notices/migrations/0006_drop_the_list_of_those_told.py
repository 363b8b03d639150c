from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("notices", "0005_move_who_was_told")]

    operations = [migrations.RemoveField("notice", "told_user_ids")]
