"""The data-path bed: hosts with Open vSwitch and neutron's own agents, and a client that asks them."""
