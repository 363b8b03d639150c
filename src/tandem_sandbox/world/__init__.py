"""The simulated world: pure values and rules, no HTTP."""
