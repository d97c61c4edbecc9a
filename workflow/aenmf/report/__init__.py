"""The report of a run: one HTML page that needs nothing else, with tables, figures and every fit."""
