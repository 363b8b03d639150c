"""A simulator of Xero's sign-in, connections and Payroll AU, not affiliated with Xero. It knows no product."""
