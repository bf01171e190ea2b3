"""A real, unmodified OpenStack on loopback, for the tests of outboard."""
