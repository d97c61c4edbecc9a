"""Matrix files keep every bit, and damaged ones are refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aenmf.errors import UserError
from aenmf.files.matrices import matrix_frame, read_matrix_tsv, write_matrix_tsv
from support.catalogue_files import (
    write,
)

values = st.one_of(st.integers(0, 2**60).map(float), st.floats(0, allow_infinity=False), st.just(0.1 + 0.2))


@given(st.lists(values, min_size=96, max_size=96))
@settings(max_examples=50, deadline=None)
def test_matrix_files_keep_every_bit(tmp_path_factory, numbers):
    path = tmp_path_factory.mktemp("m") / "m.tsv"
    frame = matrix_frame(np.array(numbers)[:, None], ["x"])
    write_matrix_tsv(path, frame)
    pd.testing.assert_frame_equal(read_matrix_tsv(path), frame, check_exact=True)


def test_matrix_files_are_plain_and_may_be_indexed_by_signature(tmp_path):
    frame = pd.DataFrame(
        [[1.0, 0.5], [20000.0, 1e-300]], index=pd.Index(["SBS1", "NA"], name="signature"), columns=["a", '"b"']
    )
    write_matrix_tsv(tmp_path / "m.tsv", frame)
    assert (tmp_path / "m.tsv").read_text() == 'signature\ta\t"b"\nSBS1\t1\t0.5\nNA\t20000\t1e-300\n'
    back = read_matrix_tsv(tmp_path / "m.tsv")
    assert back.index.name == "signature" and list(back.index) == ["SBS1", "NA"] and list(back.columns) == ["a", '"b"']
    for bad in (frame.rename_axis(None), frame.rename(columns={"a": "a\tb"})):
        with pytest.raises(ValueError):
            write_matrix_tsv(tmp_path / "m.tsv", bad)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("signature\ta\ns\t1\ns\t2\n", "twice"),
        ("signature\ta\ta\ns\t1\t2\n", "twice"),
        ("signature\ta\ns\tx\n", "row 2"),
        ("signature\ta\ns\t1\t2\n", "row 2"),
        ("channel\ta\nA[C>A]A\t1\n", "canonical order"),
    ],
)
def test_damaged_matrix_files_are_refused(tmp_path, text, says):
    with pytest.raises(UserError, match=says):
        read_matrix_tsv(write(tmp_path / "m.tsv", text))
    with pytest.raises(UserError, match="cannot be read"):
        read_matrix_tsv(tmp_path / "absent.tsv")
