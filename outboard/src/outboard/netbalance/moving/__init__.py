"""Moves made on neutron: the new before the old ends where neutron lets us, journalled, at a limited pace."""
