"""Unusual circumstances of a user, each tried with the commands of a user and reported as it ended."""
