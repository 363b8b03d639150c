"""Payroll AU 1.0: what Xero has and the sandbox not yet."""

LATER = (
    "payslip",
)  # fmt: skip
