"""Who was told stood in a list on the notice; now each telling is a row. Apart from the tables, as data."""

from django.db import migrations

WHO_WAS_TOLD = """
INSERT INTO notices_telling (telling_id, account_id, notice_id, letter_id, user_id, address, rung, urgency, told_at)
SELECT DISTINCT ON (n.notice_id, l.to_address)
       gen_random_uuid(), n.account_id, n.notice_id, l.letter_id, l.to_user_id, l.to_address, 'administrators', 'soon',
       l.written_at
FROM notices_notice n
JOIN notices_letter l ON l.account_id = n.account_id AND l.to_user_id = ANY(n.told_user_ids) AND l.written_at >= n.opened_at
WHERE n.closed_at IS NULL
ORDER BY n.notice_id, l.to_address, l.written_at
"""


class Migration(migrations.Migration):
    dependencies = [("notices", "0004_a_ladder_of_people")]

    operations = [migrations.RunSQL(WHO_WAS_TOLD, "DELETE FROM notices_telling")]
