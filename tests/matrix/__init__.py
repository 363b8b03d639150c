"""Every life event and fault of the sandbox against the connection's health: `python -m tests.matrix.report`."""
