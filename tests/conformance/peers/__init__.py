"""Programs nobody here wrote, each in its own words at the simulator. Only Xero's base addresses are redirected."""
