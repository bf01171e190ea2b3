"""What ``benchmarks/run.py`` is made of: one module a question, and what they share."""
