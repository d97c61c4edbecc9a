"""All evaluators: importing this module registers them."""

from __future__ import annotations

from aenmf.verdicts import of_errors, of_models, of_signatures
from aenmf.verdicts.measuring import EVALUATORS

__all__ = ["EVALUATORS", "of_errors", "of_models", "of_signatures"]
