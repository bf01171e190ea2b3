"""Neutron's answers, in few requests: what there is, who hosts it, and whether anything changed."""
