"""Fixtures that need Django; the plugin in pyproject.toml has set it up by the time this file is read."""

pytest_plugins = ["tandem.testing.cast", "tandem.testing.xero", "tandem.xero.sync.tests.office"]
