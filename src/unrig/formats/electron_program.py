"""What Electron writes into its program: fuses, and the hash of the archive that holds the code.

https://www.electronjs.org/docs/latest/tutorial/fuses and asar-integrity; github.com/electron/fuses, src/constants.ts: a
sentinel of 32 characters, a version, a count, then one character for each fuse. On Windows the hashes are a resource of
type INTEGRITY, name ELECTRONASAR: JSON, a list of file, algorithm, value.
"""

from __future__ import annotations

import json
import re

from unrig.formats.pe import IS_DLL, read_header
from unrig.formats.pe_map import image
from unrig.formats.pe_resources import read_resources
from unrig.model.electron import AsarHash, ElectronFacts
from unrig.model.paths import label

SENTINEL = b"dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX"
VERSION = 1
MOST_FUSES = 64
CHECKS_ARCHIVE = 4  # FuseV1Options.EnableEmbeddedAsarIntegrityValidation
TYPE, NAME = "INTEGRITY", "ELECTRONASAR"
LONGEST = 1 << 16
MOST_HASHES = 256


def read(data: memoryview) -> ElectronFacts:
    """Return what Electron wrote into a PE; nothing of a library, which it never is. Raises FormatError where its headers cannot be read."""
    header = read_header(data)
    if header.characteristics & IS_DLL:
        return ElectronFacts()
    found = ""
    for resource in read_resources(image(data, header)).resources:
        if (resource.type.upper(), resource.name.upper()) == (TYPE, NAME):
            found = bytes(data[resource.offset : resource.offset + min(resource.size, LONGEST)]).decode(
                "utf-8", "replace"
            )
    switched = fuses(data)
    checks = len(switched) > CHECKS_ARCHIVE and switched[CHECKS_ARCHIVE] == "1"
    return ElectronFacts(hashes=hashes(found) if found else (), fuses=switched, checks_archive=checks)


def fuses(data: memoryview) -> str:
    """Return the fuses, empty where there is no wire of the known version."""
    found = re.search(SENTINEL, data)
    wire = bytes(data[found.end() : found.end() + 2 + MOST_FUSES]) if found else b""
    if len(wire) < 2 or wire[0] != VERSION or wire[1] > MOST_FUSES:
        return ""
    states = wire[2 : 2 + wire[1]]
    return states.decode("ascii") if set(states) <= set(b"01r") else ""


def hashes(text: str) -> tuple[AsarHash, ...]:
    """Return the hashes that the resource lists; what is none is passed over."""
    try:
        rows = json.loads(text.rstrip("\0"))
    except (ValueError, RecursionError):
        return ()
    found = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return tuple(
        AsarHash(
            path=label(str(row.get("file", "")).replace("\\", "/").encode("utf-8", "surrogatepass")),
            algorithm=str(row.get("alg", "")).upper().replace("-", ""),
            value=str(row.get("value", "")).lower(),
        )
        for row in found[:MOST_HASHES]
    )
