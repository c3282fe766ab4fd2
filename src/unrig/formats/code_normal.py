"""Machine code without the addresses that a linker chose: the same source gives the same bytes wherever it stands.

Masked are targets of calls, targets of jumps that leave the function, displacements relative to the instruction
pointer, and constants that are addresses of the image (absolute, or relative to its base as in tables of `switch`).
Other constants stay: a changed limit or delay is a changed function.

capstone says where instructions begin and end; where in them the numbers are follows from the encoding (Intel SDM
volume 2, 2.1 and appendix A; AVX and AVX-512 prefixes as in 2.3 and 2.7), for all functions of a program at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from unrig.formats.lazy_capstone import decoded
from unrig.formats.lazy_numpy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

HASH_BYTES = 8
AT_ONCE = 512 << 10
"""Bytes of code that are worked on together: some 130,000 instructions, each of which takes some 200 bytes meanwhile."""
_PAGE = 0x1000  # the first section starts here at the earliest, so that smaller constants are no addresses
_ENDS = frozenset({"ret", "jmp", "int3", "ud2", "call", "retf", "iretd", "hlt"})
_SPARE = 16  # bytes behind the last instruction, so that a look beyond it falls on nothing
_PREFIXES = (0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65, 0x66, 0x67, 0xF0, 0xF2, 0xF3)
_MOST_PREFIXES = 5
_CALL, _JUMP = 0xE8, 0xE9
_MODRM = (
    *(row + low for row in range(0x00, 0x40, 8) for low in range(4)),
    *(0x62, 0x63, 0x69, 0x6B, *range(0x80, 0x90), 0xC0, 0xC1, 0xC4, 0xC5, 0xC6, 0xC7),
    *(*range(0xD0, 0xD4), *range(0xD8, 0xE0), 0xF6, 0xF7, 0xFE, 0xFF),
)
"""Opcodes of one byte that a ModRM byte follows."""
_NO_MODRM = (
    *(*range(0x05, 0x0A), 0x0B, 0x0E, *range(0x30, 0x38), 0x77, *range(0x80, 0x90)),
    *(0xA0, 0xA1, 0xA2, 0xA8, 0xA9, 0xAA, *range(0xC8, 0xD0)),
)
"""Opcodes behind 0F that none follows."""


class Normal(Struct, frozen=True):
    """One piece of code, normalised."""

    hash: str
    decoded: int
    """Bytes up to the first that is no instruction."""
    ends: bool
    """The last instruction leaves: a return, jump, call or trap. Data seldom decodes to that."""


class Bounds(Struct, frozen=True):
    """The addresses that a constant may mean."""

    bits: int
    base: int
    size: int


class _Code(Struct, frozen=True):
    """All instructions of all pieces: where each begins and ends, and where its piece does."""

    bytes: NDArray[np.uint8]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    low: NDArray[np.int64]
    high: NDArray[np.int64]


class _Fields(Struct, frozen=True):
    """Where the numbers of each instruction are."""

    branch: NDArray[np.bool_]
    """A call or jump whose target is a number of 32 bits."""
    call: NDArray[np.bool_]
    near: NDArray[np.bool_]
    """A displacement of 32 bits stands at `displaced`."""
    relative: NDArray[np.bool_]
    """It counts from the instruction's end."""
    displaced: NDArray[np.int64]
    constant: NDArray[np.int64]
    """Where what follows the operands begins; up to the instruction's end."""


def normalise(pieces: Sequence[bytes], bounds: Bounds) -> list[Normal]:
    """Return each function's code, hashed; what does not decode is hashed as it is."""
    return [each for group in _groups(pieces) for each in _normalised(group, bounds)]


def _groups(pieces: Sequence[bytes]) -> Iterator[list[bytes]]:
    """Yield the pieces in groups that take little memory while they are worked on."""
    group: list[bytes] = []
    held = 0
    for piece in pieces:
        if group and held + len(piece) > AT_ONCE:
            yield group
            group, held = [], 0
        group.append(piece)
        held += len(piece)
    if group:
        yield group


def _normalised(pieces: Sequence[bytes], bounds: Bounds) -> list[Normal]:
    found = [decoded(bounds.bits, piece) for piece in pieces]
    lengths = np.fromiter(map(len, pieces), dtype=np.int64, count=len(pieces))
    ends = np.cumsum(lengths)
    raw = np.frombuffer(b"".join((*pieces, bytes(_SPARE))), dtype=np.uint8)
    counts = np.fromiter((len(each.sizes) for each in found), dtype=np.int64, count=len(found))
    sizes = np.concatenate([each.sizes for each in found]).astype(np.int64)
    code = _laid_out(raw, sizes, counts, ends - lengths, ends)
    masked = _masked(code, bounds).tobytes()
    bounds_of = zip((ends - lengths).tolist(), ends.tolist(), strict=True)
    return [
        Normal(
            hashlib.blake2b(masked[low:high], digest_size=HASH_BYTES).hexdigest(),
            int(each.sizes.sum()),
            each.last.removeprefix("bnd ").split(" ", 1)[0] in _ENDS,
        )
        for each, (low, high) in zip(found, bounds_of, strict=True)
    ]


def _laid_out(
    raw: NDArray[np.uint8],
    sizes: NDArray[np.int64],
    counts: NDArray[np.int64],
    lows: NDArray[np.int64],
    highs: NDArray[np.int64],
) -> _Code:
    """Return where each instruction is, of pieces that stand one behind the other."""
    low = np.repeat(lows, counts)
    behind = np.cumsum(sizes)
    first = np.cumsum(counts) - counts
    before = np.concatenate([np.zeros(1, np.int64), behind])[first]
    start = low + behind - sizes - np.repeat(before, counts)
    return _Code(raw, start, start + sizes, low, np.repeat(highs, counts))


def _masked(code: _Code, bounds: Bounds) -> NDArray[np.uint8]:
    """Return the code with zeros for all that a linker chose."""
    fields = _fields(code, bounds.bits)
    masked = code.bytes.copy()
    length = code.end - fields.constant
    four, eight = length == 4, length == 8
    number = _number(code.bytes, code.end - 4)
    target = code.end + number
    leaves = (target < code.low) | (target >= code.high)
    gone = four & np.where(fields.branch, fields.call | leaves, _is_address(number, bounds))
    _zero(masked, (code.end - 4)[gone], 4)
    displacement = _number(code.bytes, fields.displaced)
    fits = fields.near & (fields.displaced + 4 <= code.end)
    gone = fits & (fields.relative | _is_address(displacement, bounds))
    _zero(masked, fields.displaced[gone], 4)
    wide = (_number(code.bytes, code.end - 4) << 32) | (_number(code.bytes, code.end - 8) & 0xFFFFFFFF)
    _zero(masked, (code.end - 8)[eight & _is_address(wide, bounds)], 8)
    return masked


def _fields(code: _Code, bits: int) -> _Fields:
    """Return where the numbers of each instruction are."""
    raw, long = code.bytes, bits == 64
    at = code.start.copy()
    prefix = _table(_PREFIXES)
    for _ in range(_MOST_PREFIXES):
        more = prefix[raw[at]] & (at + 1 < code.end)
        if not more.any():
            break
        at += more
    if long:
        at += (raw[at] & 0xF0) == 0x40
    first, second = raw[at], raw[at + 1]
    escaped = first == 0x0F
    thrice = escaped & ((second == 0x38) | (second == 0x3A))
    vector = long | (second >= 0xC0)  # in 32-bit code the same bytes are LDS, LES and BOUND
    vex2, vex3, evex = ((first == byte) & vector for byte in (0xC5, 0xC4, 0x62))
    long_opcode = np.select([evex, vex3, vex2 | thrice, escaped], [5, 4, 3, 2], default=1)
    operands = at + long_opcode
    zero_upper = (vex2 | vex3) & (raw[operands - 1] == 0x77)
    plain = ~(escaped | vex2 | vex3 | evex)
    modrm = np.where(plain, _table(_MODRM)[first], ~(escaped & ~thrice & _table(_NO_MODRM)[second]) & ~zero_upper)
    mode, register = raw[operands] >> 6, raw[operands] & 7
    sib = modrm & (mode != 3) & (register == 4)
    absolute = modrm & (mode == 0) & (register == 5)
    no_base = sib & (mode == 0) & ((raw[operands + 1] & 7) == 5)
    near = absolute | no_base | (modrm & (mode == 2))
    displaced = operands + 1 + sib
    constant = np.where(modrm, displaced + 4 * near + (modrm & (mode == 1)), operands)
    conditional = escaped & ((second & 0xF0) == 0x80)
    call = first == _CALL
    return _Fields(
        branch=call | (first == _JUMP) | conditional,
        call=call,
        near=near,
        relative=absolute & long,
        displaced=displaced,
        constant=constant,
    )


def _table(values: Sequence[int]) -> NDArray[np.bool_]:
    found = np.zeros(256, dtype=np.bool_)
    found[list(values)] = True
    return found


def _number(raw: NDArray[np.uint8], offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the signed 32-bit numbers at offsets; one before the first byte counts from the end, and means nothing."""
    total = np.zeros(len(offsets), dtype=np.uint32)
    for byte in range(4):
        total |= raw[offsets + byte].astype(np.uint32) << np.uint32(8 * byte)
    return total.view(np.int32).astype(np.int64)


def _is_address(number: NDArray[np.int64], bounds: Bounds) -> NDArray[np.bool_]:
    """Tell which constants may be addresses of the image, or relative to its base."""
    size = np.abs(number)
    base = bounds.base - (1 << 64 if bounds.base >> 63 else 0)  # numpy's are signed; a header may lie
    offset = np.where(number < 0, number + (1 << 32), number) - base if bounds.bits == 32 else number - base
    return ((size >= _PAGE) & (size < bounds.size)) | ((offset >= 0) & (offset < bounds.size))


def _zero(masked: NDArray[np.uint8], offsets: NDArray[np.int64], count: int) -> None:
    for byte in range(count):
        masked[offsets + byte] = 0
