"""Squashes with known truth: of consecutive commits of public histories, and of generated ones."""
