"""Networks and routers on the right agents: a plan of few moves, and a mover that leaves nothing unserved."""
