"""What the board's lead says of its seconds: on which processors they were measured."""

from __future__ import annotations

import pandas as pd
import pytest

from aenmf.reference.on_the_board import _where


@pytest.mark.parametrize(
    "processors, said",
    [
        (["A, x", "A, x"], "All were measured on one kind of processor (A, x)."),
        (["A, x", "B, y"], "They were measured on different processors and indicate"),
        (["A, x", None], "Not all results name their processor"),
        ([None, None], "The results do not name the processors"),
    ],
)
def test_where_seconds_were_measured(processors, said):
    assert _where(pd.DataFrame({"processor": processors})).startswith(said)


def test_a_board_from_before_processors_were_named():
    assert _where(pd.DataFrame({"processor": []})).startswith("The results do not name the processors")
    assert _where(pd.DataFrame({"seconds": [1.0]})).startswith("The results do not name the processors")
