"""The search for the lowest loss of a factorisation: where starts come from, moves out of a local optimum, when to stop."""
