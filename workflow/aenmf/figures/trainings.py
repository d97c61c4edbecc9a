"""What the trainings of the precision study are called; apart from the study, so that its figure depends on no solver."""

PUBLISHED, SAME_RULE, PLATEAU = "as configured", "float64, same rule", "float64, to a plateau"
NO_RULE = "float32, no rule"
