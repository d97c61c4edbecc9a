"""Values of options as a dataclass declares them: whole numbers, numbers, text, true or false."""

from __future__ import annotations

from collections.abc import Sequence
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

NAMES = {int: "a whole number", float: "a number", bool: "true or false", str: "text", NoneType: "null"}
"""The types that are checked, as messages call them, and lists; values of other types are left to the class."""


def declared_types(options_class: type) -> dict[str, Any]:
    """The type that a class declares for each option; none where its module cannot say, as of names it does not import."""
    try:
        return get_type_hints(options_class)
    except (NameError, TypeError, AttributeError):
        return {}


def as_declared(name: str, value: Any, declared: Any) -> Any:
    """A value of a configuration as the declared type.

    YAML 1.1 reads ``1e-10`` as text and ``3`` as a whole number: where numbers are declared, both are numbers.

    Raises:
        ValueError: the value is of another type; the message names the option.
    """
    if get_origin(declared) in (Sequence, list, tuple) and not isinstance(value, list | tuple | str):
        raise ValueError(f"{name} must be a list, not {value!r}")
    types = get_args(declared) if get_origin(declared) in (Union, UnionType) else (declared,)
    words = str in types and len(types) > 1  # a number or certain words, which the class alone knows
    if words or not all(kind in NAMES for kind in types) or type(value) in types:
        return value
    for kind in types:
        if kind in (int, float) and not isinstance(value, bool):
            try:
                number = float(value)
                if kind is float or number == int(number):
                    return kind(number)
            except (TypeError, ValueError, OverflowError):
                pass
    raise ValueError(f"{name} must be {' or '.join(NAMES[kind] for kind in types)}, not {value!r}")
