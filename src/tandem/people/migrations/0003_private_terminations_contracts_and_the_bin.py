import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0002_policies")]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="employee",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="employee",
            name="update_update",
        ),
        migrations.AddField(
            model_name="employee",
            name="contract_ends_on",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="employee",
            name="deleted_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="employee",
            name="termination_is_private",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="employeeevent",
            name="contract_ends_on",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="employeeevent",
            name="deleted_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="employeeevent",
            name="termination_is_private",
            field=models.BooleanField(default=False),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="employee",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "people_employeeevent" ("account_id", "branch_id", "changed_at", "changed_by_id", "changed_via", "contract_ends_on", "date_of_birth", "deleted_at", "employee_id", "employee_number", "first_name", "gender", "home_country", "home_email", "home_line1", "home_line2", "home_postcode", "home_state", "home_suburb", "job_title", "last_name", "middle_names", "mobile", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "preferred_name", "revision", "start_on", "status", "termination_is_private", "termination_on", "termination_reason", "title", "work_email") VALUES (NEW."account_id", NEW."branch_id", NEW."changed_at", NEW."changed_by_id", NEW."changed_via", NEW."contract_ends_on", NEW."date_of_birth", NEW."deleted_at", NEW."employee_id", NEW."employee_number", NEW."first_name", NEW."gender", NEW."home_country", NEW."home_email", NEW."home_line1", NEW."home_line2", NEW."home_postcode", NEW."home_state", NEW."home_suburb", NEW."job_title", NEW."last_name", NEW."middle_names", NEW."mobile", NOW(), \'insert\', NEW."employee_id", NEW."phone", NEW."preferred_name", NEW."revision", NEW."start_on", NEW."status", NEW."termination_is_private", NEW."termination_on", NEW."termination_reason", NEW."title", NEW."work_email"); RETURN NULL;',
                    hash="0efaa49904c8c9f1d05b1705830c23e24c4ca93e",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_9471c",
                    table="people_employee",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="employee",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "people_employeeevent" ("account_id", "branch_id", "changed_at", "changed_by_id", "changed_via", "contract_ends_on", "date_of_birth", "deleted_at", "employee_id", "employee_number", "first_name", "gender", "home_country", "home_email", "home_line1", "home_line2", "home_postcode", "home_state", "home_suburb", "job_title", "last_name", "middle_names", "mobile", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "preferred_name", "revision", "start_on", "status", "termination_is_private", "termination_on", "termination_reason", "title", "work_email") VALUES (NEW."account_id", NEW."branch_id", NEW."changed_at", NEW."changed_by_id", NEW."changed_via", NEW."contract_ends_on", NEW."date_of_birth", NEW."deleted_at", NEW."employee_id", NEW."employee_number", NEW."first_name", NEW."gender", NEW."home_country", NEW."home_email", NEW."home_line1", NEW."home_line2", NEW."home_postcode", NEW."home_state", NEW."home_suburb", NEW."job_title", NEW."last_name", NEW."middle_names", NEW."mobile", NOW(), \'update\', NEW."employee_id", NEW."phone", NEW."preferred_name", NEW."revision", NEW."start_on", NEW."status", NEW."termination_is_private", NEW."termination_on", NEW."termination_reason", NEW."title", NEW."work_email"); RETURN NULL;',
                    hash="ea7837b8431b37331791d043c51166f60ccd1314",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_bf496",
                    table="people_employee",
                    when="AFTER",
                ),
            ),
        ),
    ]
