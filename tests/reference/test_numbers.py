"""Numbers within sentences and the table of times come from the kept runs."""

from __future__ import annotations

import json
import re

import pytest

from aenmf.errors import UserError
from aenmf.files.layout import to_markdown
from aenmf.reference.keep import pages, renew_page
from aenmf.reference.numbers import number, numbers, times_layout


def test_every_number_that_a_page_shows_is_known_and_is_renewed(root):
    known = numbers(root / "results/reference")
    shown = {
        name for page in pages() for name in re.findall(r"<!-- number (\w+) -->", page.read_text(encoding="utf-8"))
    }
    assert shown and shown <= set(known)
    assert renew_page("with <!-- number compared -->0<!-- end --> of", root / "results/reference") == (
        f"with <!-- number compared -->{known['compared']}<!-- end --> of"
    )


def test_an_unknown_number_is_the_user_s_mistake():
    with pytest.raises(UserError, match="no number is called 'excludin'"):
        number({"excluding": "9"}, "excludin")


def test_numbers_are_left_where_the_reference_lacks_tables(tmp_path):
    page = "with <!-- number compared -->0<!-- end --> of"
    assert renew_page(page, tmp_path) == page


def test_what_is_significant_after_the_correction_is_part_of_what_excludes_one(root):
    reference = root / "results/reference"
    known = numbers(reference)
    assert int(known["significant"]) <= int(known["excluding"]) <= int(known["compared"])
    each = [known[f"significant_{which}"].split(" of ") for which in ("train", "test")]
    assert sum(int(some) for some, _ in each) == int(known["significant"])
    assert sum(int(of) for _, of in each) == int(known["compared"])


def test_the_minutes_of_a_run_are_those_of_its_stages(tmp_path):
    for folder, run, stages in (("", "paper", {"fit": 90.0, "data": 6.0, "tables": 24.0}), ("x", "x_y", {"fit": 60.0})):
        (tmp_path / folder).mkdir(exist_ok=True)
        facts = {"config": {"run": run}, "processor": "AMD EPYC", "seconds_by_stage": stages}
        (tmp_path / folder / "manifest.json").write_text(json.dumps(facts), encoding="utf-8")
    text = to_markdown(times_layout(tmp_path))
    assert "| paper | 2 | fit 75 %, tables 20 % |" in text and "| x\\_y | 1 | fit 100 % |" in text
    assert "an AMD EPYC" in text
