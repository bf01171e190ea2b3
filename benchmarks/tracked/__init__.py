"""What the benchmark of tracks is made of."""
