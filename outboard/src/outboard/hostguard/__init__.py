"""hostguard: one state machine a host over nova-compute and the neutron agents."""
