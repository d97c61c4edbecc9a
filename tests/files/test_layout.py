"""A table as it is shown comes back from its JSON."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aenmf.files.layout import Cell, Layout, from_json, read_layout, to_json, to_latex, to_markdown, write_layout

TEXTS = st.text(max_size=8)


@st.composite
def layouts(draw) -> Layout:
    """Any layout, with lists or tuples, with and without what may be left out."""
    n = draw(st.integers(1, 4))
    group = draw(st.sampled_from([list, tuple]))
    cells = TEXTS | st.builds(Cell, TEXTS, st.booleans())
    rows = draw(st.lists(st.lists(cells, min_size=n, max_size=n).map(group), max_size=4))
    return Layout(
        caption=draw(TEXTS),
        label=draw(TEXTS),
        columns=group(draw(st.lists(TEXTS, min_size=n, max_size=n))),
        rows=rows,
        align=draw(st.just("") | st.text("lcr", min_size=n, max_size=n)),
        groups=draw(st.sampled_from([(), [("A", n)], [("", 1), ("B", n - 1)]])),
        rules=group(draw(st.lists(st.integers(0, len(rows)), max_size=2))),
        notes=group(draw(st.lists(TEXTS, max_size=2))),
        latex_columns=draw(st.sampled_from([(), ["p{1cm}"] * n])),
    )


@given(layouts())
def test_a_layout_comes_back_from_its_json(layout):
    back = from_json(to_json(layout))
    assert back == layout
    assert to_markdown(back) == to_markdown(layout) and to_latex(back) == to_latex(layout)


def test_the_ending_of_a_file_says_its_form(tmp_path):
    layout = Layout("Caption.", "x", ["β", "B"], [["a|b", Cell("1.05e2", bold=True)]], groups=[("", 1), ("Both", 1)])
    write_layout(layout, [tmp_path / "t.json", tmp_path / "t.md", tmp_path / "t.tex"])
    assert read_layout(tmp_path / "t.json") == layout and layout.titles == ["β", "Both: B"]
    assert (tmp_path / "t.md").read_text(encoding="utf-8") == to_markdown(layout)
    assert (tmp_path / "t.tex").read_text(encoding="utf-8") == to_latex(layout)
