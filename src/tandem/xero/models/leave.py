"""Leave as Xero holds it: balances, import only."""

from django.db import models

from tandem.xero.models.connection import Connection


class LeaveBalances(models.Model):
    """What one person in Xero has left of every leave type, as read last; sealed. Its id follows from both keys.

    Kept for everybody who was read, linked or not, so that whoever is linked later has balances at once.
    """

    balances_id = models.UUIDField(primary_key=True, editable=False)
    account_id = models.UUIDField()
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE)
    xero_employee_id = models.UUIDField()
    record = models.BinaryField()
    read_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.balances_id)
