"""The shape of the code base in figures, and the aims it is held to (`make check` prints both).

    python tools/layout.py [--check] [--offenders N]

Counts physical lines. A function's length is from `def` to its end; typed means every argument and the return;
documented means public modules, classes and functions with a docstring; cycles are those of import time.
"""

from __future__ import annotations

import argparse
import ast
import statistics
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCE, TESTS = ROOT / "src" / "unrig", ROOT / "tests"
Function = ast.FunctionDef | ast.AsyncFunctionDef
AIMS = {
    "median module": 120,
    "largest module": 400,
    "median function": 9,
    "functions over 60": 0,
    "typed %": 100,
    "documented %": 98,
    "tests : code": 1.2,
    "broad excepts": 1,
    "modules in cycles": 0,
}
AT_LEAST = {"typed %", "documented %", "tests : code"}
BROAD = {"Exception", "BaseException"}
ENFORCED = {"largest module", "functions over 60", "typed %", "documented %", "broad excepts", "modules in cycles"}
"""Aims that fail the check; the medians and the ratio of tests are printed and reviewed."""


@dataclass
class Shape:
    """What one module looks like."""

    name: str
    lines: int
    functions: list[tuple[str, int, bool]] = field(default_factory=list)
    """Name, lines, typed."""
    public: int = 0
    documented: int = 0
    broad: int = 0
    imports: set[str] = field(default_factory=set)


def main() -> int:
    """Print the table; with --check, fail where an enforced aim is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--offenders", type=int, default=0)
    arguments = parser.parse_args()
    shapes = [_shape(path) for path in sorted(SOURCE.rglob("*.py"))]
    figures = _figures(shapes)
    missed = [name for name, value in figures.items() if not _met(name, value)]
    for name, value in figures.items():
        mark = "" if name not in missed else "  <- missed"
        print(f"  {name:<20} {value:>8g}   aim {'>=' if name in AT_LEAST else '<='} {AIMS[name]}{mark}")
    _print_offenders(shapes, arguments.offenders)
    return 1 if arguments.check and ENFORCED.intersection(missed) else 0


def _met(name: str, value: float) -> bool:
    return value >= AIMS[name] if name in AT_LEAST else value <= AIMS[name]


def _figures(shapes: list[Shape]) -> dict[str, float]:
    functions = [function for shape in shapes for function in shape.functions]
    code = sum(shape.lines for shape in shapes)
    tests = sum(len(path.read_text().splitlines()) for path in TESTS.rglob("*") if path.suffix in (".py", ".md"))
    return {
        "median module": statistics.median(shape.lines for shape in shapes if shape.lines),
        "largest module": max(shape.lines for shape in shapes),
        "median function": statistics.median(lines for _, lines, _ in functions),
        "functions over 60": sum(lines > 60 for _, lines, _ in functions),
        "typed %": round(100 * sum(typed for _, _, typed in functions) / len(functions), 1),
        "documented %": round(100 * sum(s.documented for s in shapes) / sum(s.public for s in shapes), 1),
        "tests : code": round(tests / code, 2),
        "broad excepts": sum(shape.broad for shape in shapes),
        "modules in cycles": len(_in_cycles({shape.name: shape.imports for shape in shapes})),
    }


def _shape(path: Path) -> Shape:
    text = path.read_text()
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    shape = Shape(".".join(parts[:-1] if parts[-1] == "__init__" else parts), len(text.splitlines()))
    _visit(ast.parse(text), shape, inside_function=False, hidden=False)
    return shape


def _visit(node: ast.AST, shape: Shape, *, inside_function: bool, hidden: bool) -> None:
    if isinstance(node, Function):
        typed = _is_typed(node)
        shape.functions.append((node.name, (node.end_lineno or 0) - node.lineno + 1, typed))
    if isinstance(node, ast.Module | ast.ClassDef | Function) and not inside_function:
        name = getattr(node, "name", "")
        hidden = hidden or (name.startswith("_"))
        if not hidden and (not isinstance(node, ast.Module) or node.body):
            shape.public += 1
            shape.documented += ast.get_docstring(node) is not None
    if isinstance(node, ast.ExceptHandler):
        shape.broad += _is_broad(node.type)
    if isinstance(node, ast.Call):
        shape.broad += _suppresses_all(node)
    if isinstance(node, ast.ImportFrom) and node.module and not inside_function:
        shape.imports |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
        return
    for child in ast.iter_child_nodes(node):
        _visit(child, shape, inside_function=inside_function or isinstance(node, Function), hidden=hidden)


def _is_typed(node: Function) -> bool:
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    arguments += [extra for extra in (node.args.vararg, node.args.kwarg) if extra]
    return all(a.annotation or a.arg in ("self", "cls") for a in arguments) and node.returns is not None


def _is_broad(kind: ast.expr | None) -> bool:
    caught = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return any(one is None or (isinstance(one, ast.Name) and one.id in BROAD) for one in caught)


def _suppresses_all(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    return name == "suppress" and any(_is_broad(argument) for argument in call.args)


def _in_cycles(graph: dict[str, set[str]]) -> set[str]:
    """Return the modules that can reach themselves through imports at import time."""
    known = {
        name: {target for target in targets if target in graph and target != name} for name, targets in graph.items()
    }
    return {name for name in known if name in _reachable(known, name)}


def _reachable(graph: dict[str, set[str]], start: str) -> set[str]:
    seen: set[str] = set()
    waiting = list(graph[start])
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += graph[name]
    return seen


def _print_offenders(shapes: list[Shape], count: int) -> None:
    for shape in sorted(shapes, key=lambda s: -s.lines)[:count]:
        print(f"  module {shape.lines:5} {shape.name}")
    functions = [(lines, f"{shape.name}:{name}") for shape in shapes for name, lines, _ in shape.functions]
    for lines, name in sorted(functions, reverse=True)[:count]:
        print(f"  fn     {lines:5} {name}")


if __name__ == "__main__":
    sys.exit(main())
