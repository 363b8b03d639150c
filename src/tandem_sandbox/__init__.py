"""A simulator of Xero's sign-in, connections and Payroll AU. Not affiliated with Xero; shares nothing with the product."""
