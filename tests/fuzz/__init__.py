"""Random damage to everything that a user gives: configurations, catalogues, mutation files, methods, and running jobs.

``python tests/fuzz`` runs the long form; ``test_fuzz.py`` a small part of it. The same seed makes the same cases.
"""
