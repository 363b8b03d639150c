"""What the world looks like over HTTP, in the shapes that Xero uses."""
