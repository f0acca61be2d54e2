"""Explains why ``pytest.raises`` did not catch an exception of botocore: two classes have the same name.

Each session of botocore makes its own classes for each service. So a failure may say that the test expects
``MessageRejected`` and got ``MessageRejected``.
"""

from __future__ import annotations

import ast
import linecache
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType, TracebackType

    Section = tuple[str, str]

_RAISES = frozenset({"raises", "assertRaises", "assertRaisesRegex"})
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


class _Expected(NamedTuple):
    """The expression that gives ``pytest.raises`` its class, and the file and line of the expression."""

    expression: str
    place: str


def sections(error: BaseException | None) -> list[Section]:
    """Return a section if a test expects another class of the exception's name; otherwise an empty list."""
    base: Any = getattr(sys.modules.get("botocore.exceptions"), "ClientError", None)
    if base is None or not isinstance(error, base):
        return []
    name = type(error).__name__
    if not any(each.__name__ == name for each in base.__subclasses__() if each is not type(error)):
        return []
    expected = next(_all_expected(error.__traceback__, name), None)
    if expected is None:
        return []
    known: Any = error  # a ClientError, which only botocore could tell a type checker
    code = known.response.get("Error", {}).get("Code", name)
    text = (
        f"boto3 made two classes named {name}: the test expects {expected.expression} ({expected.place}),\n"
        f"and {known.operation_name} raised the other one. Each session has its own for 'ses' and 'sesv2'.\n"
        "Use the exceptions of the client that makes the call, or catch botocore.exceptions.ClientError and\n"
        f"compare error.response['Error']['Code'] with {code!r}."
    )
    return [(f"sesfake: two classes named {name}", text)]


def _all_expected(traceback: TracebackType | None, name: str) -> Iterator[_Expected]:
    """Find what the exception passed on its way: each ``raises`` that expects a class of this name.

    The exception would not have passed a ``raises`` of its own class. So what is found is always another class.
    """
    while traceback is not None:
        frame, line = traceback.tb_frame, traceback.tb_lineno
        lines = linecache.getlines(frame.f_code.co_filename, frame.f_globals)
        if any(word in text for text in lines for word in ("raises", "assertRaises")):
            tree: ast.AST = ast.Module([], [])
            with suppress(SyntaxError, ValueError):
                tree = ast.parse("".join(lines))
            for call in _raises_around(tree, line):
                for each in _classes(call.args[0]):
                    if _name(each, frame) == name:
                        place = f"{Path(frame.f_code.co_filename).name}:{call.lineno}"
                        yield _Expected(ast.unparse(each), place)
        traceback = traceback.tb_next


def _raises_around(tree: ast.AST, line: int) -> list[ast.Call]:
    """Return the calls of ``raises`` that guard a line: in a ``with`` around it, or with the function as argument."""
    found: list[ast.Call] = []
    node: ast.AST | None = tree
    while node is not None:
        if isinstance(node, _SCOPES):
            found = []  # a `with` around a definition does not guard the calls of the function
        elif isinstance(node, (ast.With, ast.AsyncWith)) and node.body[0].lineno <= line:
            found += [call for item in node.items if (call := _raises(item.context_expr)) is not None]
        elif (call := _raises(node)) is not None and len(call.args) > 1:
            found.append(call)
        node = next((each for each in ast.iter_child_nodes(node) if _covers(each, line)), None)
    return found


def _raises(node: ast.AST) -> ast.Call | None:
    if not isinstance(node, ast.Call) or not node.args:
        return None
    called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return node if called in _RAISES else None


def _covers(node: ast.AST, line: int) -> bool:
    return getattr(node, "lineno", line + 1) <= line <= (getattr(node, "end_lineno", None) or 0)


def _classes(node: ast.expr) -> list[ast.expr]:
    return node.elts if isinstance(node, ast.Tuple) else [node]


def _name(node: ast.expr, frame: FrameType) -> str | None:
    """Return the name of the class that an expression gives. No code of the test runs for that."""
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Name):
        value = frame.f_locals.get(node.id, frame.f_globals.get(node.id))
        return value.__name__ if isinstance(value, type) else None
    return None
