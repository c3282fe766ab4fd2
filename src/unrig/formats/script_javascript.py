"""What JavaScript calls, by its syntax tree (tree-sitter); nothing is run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import tree_sitter
import tree_sitter_javascript

from unrig.formats.script_words import HOUR, of_call, of_module, shown
from unrig.model.capability import Capability, Shown

LONGEST = 8 << 20
"""Bytes that are parsed, a second's work; bundles of Electron programs have one to five million."""
MOST_CALLS = 200_000
DAMAGED = 0.1
"""Of the text that may stand in no rule of the grammar: what has more is another language."""
DECODERS = frozenset({"atob", "unescape", "Buffer.from", "String.fromCharCode"})
RUNNERS = frozenset({"eval", "Function", "vm.runInThisContext", "vm.runInNewContext", "execScript"})
TIMERS = frozenset({"setTimeout", "setInterval"})
MILLISECONDS = 1000
BUFFER = re.compile(rb"['\"](?:base64|hex)['\"]")
_QUERY = """
(call_expression function: (_) @callee arguments: (_) @arguments) @call
(new_expression constructor: (_) @callee arguments: (_) @arguments) @call
(import_statement source: (string) @from)
"""


class Calls:
    """What one script calls: abilities, and how often it runs what it decodes."""

    def __init__(self) -> None:
        """Start empty."""
        self.shown: list[Shown] = []
        self.decoded_arguments = 0
        self.truncated = False


def read_calls(data: memoryview) -> Calls | None:
    """Return what a text calls, or None where it is no JavaScript."""
    tree = tree_sitter.Parser(language()).parse(bytes(data))
    root = tree.root_node
    if root.has_error and _damage(root) > DAMAGED * len(data):
        return None
    calls = Calls()
    cursor = tree_sitter.QueryCursor(_query(), match_limit=MOST_CALLS)
    for _pattern, captured in cursor.matches(root):
        if "from" in captured:
            _module(calls, data, captured["from"][0])
        else:
            _call(calls, data, captured["callee"][0], captured["arguments"][0])
    calls.truncated = cursor.did_exceed_match_limit
    return calls


def _damage(root: tree_sitter.Node) -> int:
    return sum(child.end_byte - child.start_byte for child in root.children if child.type == "ERROR")


def _module(calls: Calls, data: memoryview, node: tree_sitter.Node) -> None:
    capability = of_module(_text(data, node).strip("'\"`"))
    if capability:
        calls.shown.append(shown(capability, data, node.start_byte, node.end_byte - node.start_byte))


def _call(calls: Calls, data: memoryview, callee: tree_sitter.Node, arguments: tree_sitter.Node) -> None:
    name = _text(data, callee)
    length = min(arguments.end_byte, callee.end_byte + 80) - callee.start_byte
    first = arguments.named_children[0] if arguments.named_children else None
    if name == "require" and first is not None and first.type == "string":
        capability = of_module(_text(data, first).strip("'\"`"))
    elif name == "Buffer.from":
        capability = Capability.DECODING if BUFFER.search(data, arguments.start_byte, arguments.end_byte) else None
    elif name in TIMERS:
        capability = Capability.LONG_SLEEP if _milliseconds(data, arguments) >= HOUR * MILLISECONDS else None
    else:
        capability = of_call(name)
    if capability:
        calls.shown.append(shown(capability, data, callee.start_byte, length))
    if name in RUNNERS and any(_decodes(data, child) for child in arguments.named_children):
        calls.decoded_arguments += 1


def _decodes(data: memoryview, node: tree_sitter.Node) -> bool:
    """Tell whether a call decodes, itself or in what it is made of: `atob(x).toString()`."""
    while node.type in ("call_expression", "member_expression"):
        inner = node.child_by_field_name("function") or node.child_by_field_name("object")
        if inner is None:
            return False
        if node.type == "call_expression" and _text(data, inner) in DECODERS:
            return True
        node = inner
    return False


def _milliseconds(data: memoryview, arguments: tree_sitter.Node) -> int:
    children = arguments.named_children
    text = _text(data, children[1]) if len(children) > 1 else ""
    product = 1
    for factor in text.replace("_", "").split("*"):
        try:
            product *= int(float(factor))
        except (ValueError, OverflowError):
            return 0
    return product


def _text(data: memoryview, node: tree_sitter.Node) -> str:
    return bytes(data[node.start_byte : min(node.end_byte, node.start_byte + 128)]).decode("utf-8", "replace")


def preload() -> None:
    """Load grammar and query; call it before a worker is sealed."""
    _query()


@cache
def language() -> tree_sitter.Language:
    """Return the grammar of JavaScript."""
    return tree_sitter.Language(tree_sitter_javascript.language())


@cache
def _query() -> tree_sitter.Query:
    return tree_sitter.Query(language(), _QUERY)


def abilities(calls: Calls) -> Iterator[Shown]:
    """Yield the first call that shows each ability, in the order of the text."""
    seen = set[Capability]()
    for one in sorted(calls.shown, key=lambda shown: shown.span.offset if shown.span else 0):
        if one.capability not in seen:
            seen.add(one.capability)
            yield one
