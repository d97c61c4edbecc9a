"""The paper's tables: each a tidy frame of numbers and a layout that is written as Markdown and LaTeX."""
