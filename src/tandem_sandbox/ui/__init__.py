"""The simulator's own pages."""
