"""Code of many small inert functions, with the exception directory that tells where each begins and ends.

What a compiler and a linker would make: the same functions come out again from another build with other addresses
(`layout`), with other registers (`compiler`), with a few of them changed or added. A function moves and reckons, calls
a few others that lie deeper, and returns; nothing is written, and nothing is called from outside.
"""

from __future__ import annotations

import struct

from msgspec import Struct

from unrig.drill.build import _x64 as x64
from unrig.drill.build.payload import Kind, payload
from unrig.drill.build.pe_headers import SECTION_ALIGNMENT
from unrig.drill.build.pe_parts import Directory, Extent, Part, Place, aligned
from unrig.drill.build.pe_spec import CodeSpec, Machine, Mention, PeSpec
from unrig.drill.build.seeds import between, derive, stream

_ALIGNMENT = 16
_DEPTH = 4
"""Calls lead from one level to a deeper one, so that no run is long."""
_DESCRIPTOR, _SLOT = 20, 8
"""Bytes of an import descriptor and of an address table's entry (PE specification, 6.4)."""


class Body(Struct, frozen=True, kw_only=True):
    """One function before it has an address."""

    frame: x64.Frame
    steps: tuple[x64.Step, ...]

    def size(self) -> int:
        """Return its bytes."""
        return len(self.frame.prologue) + sum(len(step.code) for step in self.steps) + len(self.frame.epilogue)


class Code(Struct, frozen=True, kw_only=True):
    """The code section, and each function's place in it by its number."""

    data: bytes
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    """RVAs."""
    unwinds: tuple[bytes, ...]


def compiled(spec: PeSpec, code: CodeSpec, rva: int, seed: int) -> Code:
    """Return the code as it stands at `rva`; what it reads and names stands behind it.

    Raises:
        ValueError: it is not for x64, has no function, or mentions what is not imported.
    """
    if spec.machine is not Machine.X64 or code.functions < 1 or code.added < 0:
        raise ValueError(f"functions are made for x64, at least one, not {spec.machine}: {code.functions}+{code.added}")
    slots = _slots(spec)
    bodies = [_body(code, number, slots, seed) for number in range(code.functions + code.added)]
    starts, end = _laid_out(code, bodies, rva, seed)
    constants = aligned(end, _ALIGNMENT)
    pool = payload(derive(seed, "constants"), _ALIGNMENT * x64.CONSTANTS, Kind.STRUCTURED)
    size = constants + len(pool) + _ALIGNMENT - rva
    places = {x64.Target.CONSTANT: constants, x64.Target.IMPORT: aligned(rva + size, SECTION_ALIGNMENT)}
    data = bytearray(x64.BREAK * size)
    for start, body in zip(starts, bodies, strict=True):
        data[start - rva : start - rva + body.size()] = _placed(body, start, starts, places)
    data[constants - rva : constants - rva + len(pool)] = pool
    return Code(
        data=bytes(data),
        starts=tuple(starts),
        ends=tuple(start + body.size() for start, body in zip(starts, bodies, strict=True)),
        unwinds=tuple(body.frame.unwind for body in bodies),
    )


def exception_data(code: Code, place: Place) -> Part:
    """Return RUNTIME_FUNCTION entries by address, and behind them one UNWIND_INFO of each kind, shared."""
    kinds = list(dict.fromkeys(code.unwinds))
    rows = sorted(zip(code.starts, code.ends, code.unwinds, strict=True))
    size = 12 * len(rows)
    at = {kind: place.rva + size + sum(map(len, kinds[:index])) for index, kind in enumerate(kinds)}
    entries = b"".join(struct.pack("<III", start, end, at[kind]) for start, end, kind in rows)
    return Part(data=entries + b"".join(kinds), directories={Directory.EXCEPTION: Extent(rva=place.rva, size=size)})


def _body(code: CodeSpec, number: int, slots: dict[str, int], seed: int) -> Body:
    """Return a function: the same for every build but for what the spec sets apart."""
    named = next((each for each in code.mentions if each.function == number), None)
    if named and named.imports:
        return _mentioning(named, slots)
    own = derive(seed, f"function/{number}")
    frame = x64.FRAMES[between(own, "frame", 0, 2) if number else 1]
    steps = _steps(code, own, "steps", between(own, "length", 3, code.largest))
    if frame is not x64.LEAF and number < code.functions:
        steps = _with_calls(code, number, own, steps)
    if number in code.changed:
        at = between(own, "changed at", 0, len(steps))
        more = _steps(code, own, f"change/{code.change}", between(own, f"change/{code.change}/length", 1, 5))
        steps = (*steps[:at], *more, *steps[at:])
    if number == code.caller and code.added:
        steps = (*steps, *(x64.call(code.functions + index) for index in range(code.added)))
        frame = x64.PLAIN if frame is x64.LEAF else frame
    return Body(frame=frame, steps=steps)


def _steps(code: CodeSpec, seed: int, label: str, count: int) -> tuple[x64.Step, ...]:
    draws = stream(seed, label, x64.DRAWN * count)
    cuts = range(0, len(draws), x64.DRAWN)
    return tuple(x64.drawn(draws[at : at + x64.DRAWN], code.compiler) for at in cuts)


def _with_calls(code: CodeSpec, number: int, seed: int, steps: tuple[x64.Step, ...]) -> tuple[x64.Step, ...]:
    """Return the steps with up to two calls of functions that lie one level deeper."""
    deeper = range(number % _DEPTH + 1, code.functions, _DEPTH) if number % _DEPTH + 1 < _DEPTH else range(0)
    for index in range(between(seed, "calls", 0, 2) if deeper else 0):
        at = between(seed, f"call/{index}/at", 0, len(steps))
        called = deeper[between(seed, f"call/{index}", 0, len(deeper) - 1)]
        steps = (*steps[:at], x64.call(called), *steps[at:])
    return steps


def _mentioning(named: Mention, slots: dict[str, int]) -> Body:
    """Return a function that returns at once, and names imports behind that."""
    missing = [name for name in named.imports if name not in slots]
    if missing:
        raise ValueError(f"a function can mention what is imported, not {', '.join(missing)}")
    before = x64.Step(x64.CLEAR + x64.RETURN)
    given = (x64.argument(named.argument),) if named.argument else ()
    steps = (step for name in named.imports for step in (*given, x64.mention(slots[name])))
    return Body(frame=x64.LEAF, steps=(before, *steps))


def _laid_out(code: CodeSpec, bodies: list[Body], rva: int, seed: int) -> tuple[list[int], int]:
    """Return where each function starts, by number, and where the last ends; the program's start is the first."""
    order = list(range(1, code.functions))
    turn = between(seed, f"layout/{code.layout}/turn", 0, code.functions) if code.layout else 0
    order = order[turn:] + order[:turn]
    at = between(seed, "added at", 0, len(order))
    order = [0, *order[:at], *range(code.functions, len(bodies)), *order[at:]]
    gaps = stream(seed, f"layout/{code.layout}/gaps", len(order)) if code.layout else bytes(len(order))
    starts, end = [0] * len(bodies), rva
    for number, gap in zip(order, gaps, strict=True):
        starts[number] = aligned(end, _ALIGNMENT) + (gap % 3 * _ALIGNMENT if number else 0)
        end = starts[number] + bodies[number].size()
    return starts, end


def _slots(spec: PeSpec) -> dict[str, int]:
    """Return where in .rdata the address of each `library!function` stands: imports are the first thing there."""
    at = _DESCRIPTOR * (len(spec.imports) + 1)
    slots: dict[str, int] = {}
    for library, functions in spec.imports.items():
        slots |= {f"{library}!{function}": at + _SLOT * index for index, function in enumerate(functions)}
        at += _SLOT * (len(functions) + 1)
    return slots


def _placed(body: Body, start: int, starts: list[int], places: dict[x64.Target, int]) -> bytes:
    """Return a function's bytes at `start`, its displacements counted from the next instruction."""
    data = body.frame.prologue
    for step in body.steps:
        data += step.code
        if step.target is x64.Target.NOTHING:
            continue
        target = starts[step.number] if step.target is x64.Target.FUNCTION else places[step.target] + step.number
        data = data[:-4] + struct.pack("<i", target - start - len(data))
    return data + body.frame.epilogue
