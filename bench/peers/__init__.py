"""Other readers of Xero Payroll beside Tandem: python -m bench.peers --employees 1000."""
