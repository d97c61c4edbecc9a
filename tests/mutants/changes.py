"""The small mistakes that can be put into a module: each a line, what it says before and after, and the module with it."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from typing import NamedTuple

COMPARED = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq}
COMPARED |= {ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is}
REVERSED = {ast.Lt: ast.Gt, ast.LtE: ast.GtE, ast.Gt: ast.Lt, ast.GtE: ast.LtE}
COMPUTED = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.And: ast.Or, ast.Or: ast.And}
CONVERSIONS = {"int", "float", "str", "bool", "list", "tuple", "set", "dict", "frozenset", "Path", "len"}


class Mutant(NamedTuple):
    """A module with one mistake."""

    line: int
    before: str
    after: str
    source: str


def mutants(source: str, within: str = "") -> list[Mutant]:
    """All mistakes of these kinds in a module, or in one of its functions, in the order of its lines."""
    tree = ast.parse(source)
    parts = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == within]
    found = []
    for node, field, place, new in _changes(parts[0] if within else tree):
        old = getattr(node, field)
        said = old if place is None else old[place]
        if isinstance(said, ast.AST) and hasattr(said, "lineno"):
            line, before, after = said.lineno, ast.unparse(said), ast.unparse(new)
        else:
            line, before, after = node.lineno, ast.unparse(node), ""
        _put(node, field, place, new)
        after = after or ast.unparse(node)
        found.append(Mutant(line, before, after, ast.unparse(tree)))
        _put(node, field, place, said)
    return sorted(found, key=lambda mutant: mutant.line)


def _put(node: ast.AST, field: str, place: int | None, new: object) -> None:
    if place is None:
        setattr(node, field, new)
    else:
        getattr(node, field)[place] = new


def _changes(tree: ast.AST) -> Iterator[tuple[ast.AST, str, int | None, ast.AST]]:
    """What can be changed: a node, its field, the place in it if it is a list, and what to put there."""
    for node in _code(tree):
        if isinstance(node, ast.Compare):
            for place, operator in enumerate(node.ops):
                for kinds in (COMPARED, REVERSED):
                    if type(operator) in kinds:
                        yield node, "ops", place, kinds[type(operator)]()
        elif isinstance(node, ast.BinOp | ast.BoolOp | ast.AugAssign) and type(node.op) in COMPUTED:
            yield node, "op", None, COMPUTED[type(node.op)]()
        if isinstance(node, ast.If | ast.While | ast.IfExp):
            yield node, "test", None, ast.UnaryOp(ast.Not(), node.test)
        for field, value in ast.iter_fields(node):
            for place, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
                if new := _replaced(child):
                    yield node, field, place, new


def _replaced(node: object) -> ast.AST | None:
    """What to put in place of a constant, a call of one argument, or a statement that only calls."""
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return ast.Constant(node.value + 1)
    if isinstance(node, ast.Constant) and type(node.value) is bool:
        return ast.Constant(not node.value)
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        return ast.copy_location(ast.Pass(), node)
    if isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if (
            name not in CONVERSIONS
            and not name.endswith("Error")
            and not isinstance(node.args[0], ast.GeneratorExp | ast.Starred)
        ):
            return copy.deepcopy(node.args[0])
    return None


def _code(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes in which a mistake matters: no imports, annotations or decorators, and no text of an error."""
    yield node
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list"):
            continue
        for child in value if isinstance(value, list) else [value]:
            silent = isinstance(child, ast.Import | ast.ImportFrom | ast.JoinedStr)
            strict = isinstance(child, ast.keyword) and child.arg == "strict"
            if isinstance(child, ast.AST) and not silent and not strict:
                yield from _code(child)
