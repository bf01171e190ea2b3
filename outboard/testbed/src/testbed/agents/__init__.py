"""Fake neutron agents: all of a cloud's hosts in one process, over the real RPC.

They do what a real agent does that the API shows, and nothing to any kernel. This package runs in the bed's
venv, beside neutron, and is the only part that imports it.
"""
