"""The functions of JavaScript by its syntax tree: equal whatever its layout, comments and the place it stands at."""

from __future__ import annotations

import hashlib

import tree_sitter

from unrig.formats.script_javascript import language
from unrig.model.code import Function

LONGEST = 2 << 20
"""Bytes of a script that are walked, about a second's work."""
HASH_BYTES = 8
FUNCTIONS = frozenset(
    {
        "function_declaration",
        "function_expression",
        "generator_function",
        "generator_function_declaration",
        "arrow_function",
        "method_definition",
    }
)
SKIPPED = frozenset({"comment", "hash_bang_line", ";", ","})
"""What a formatter adds and removes without a change of meaning."""


class _Open:
    """One function whose end has not come yet."""

    def __init__(self, start: int) -> None:
        self.start = start
        self.digest = hashlib.blake2b(digest_size=HASH_BYTES)


def read_functions(data: memoryview) -> tuple[Function, ...]:
    """Return every function, and what stands outside of all as the first one; `start` is an offset in the text.

    A function inside another is no part of the other, so that a change is counted where it is.
    """
    cursor = tree_sitter.Parser(language()).parse(bytes(data)).walk()
    stack = [_Open(0)]
    found: list[Function] = []
    while True:
        node = cursor.node
        assert node is not None
        if node.type in FUNCTIONS:
            stack[-1].digest.update(b"\0function")
            stack.append(_Open(node.start_byte))
        if node.type not in SKIPPED and not node.child_count:
            stack[-1].digest.update(b"\0" + bytes(data[node.start_byte : node.end_byte]))
        if cursor.goto_first_child():
            continue
        while not _next(cursor, stack, found):
            if not cursor.goto_parent():
                found.append(Function(0, len(data), stack[0].digest.hexdigest()))
                return tuple(sorted(found, key=lambda each: (each.start, -each.size)))


def _next(cursor: tree_sitter.TreeCursor, stack: list[_Open], found: list[Function]) -> bool:
    """End the node that the cursor is at, and go to the next one beside it, if there is one."""
    node = cursor.node
    assert node is not None
    if node.type in FUNCTIONS:
        done = stack.pop()
        found.append(Function(done.start, node.end_byte - done.start, done.digest.hexdigest()))
    return bool(cursor.goto_next_sibling())
