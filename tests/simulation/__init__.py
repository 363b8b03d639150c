"""The whole product and the whole simulated Xero in one process, driven by chance that repeats."""
