"""Whether a look inside a file is worth it: most programs carry nothing, as their facts say already."""

from __future__ import annotations

from unrig.formats.pe_carried import SMALLEST, is_free
from unrig.model.elf import ElfFacts
from unrig.model.fact import FactSet
from unrig.model.pe import PeFacts
from unrig.vet.reading import container_formats, host_formats


def may_hold(file_format: str, values: FactSet) -> bool:
    """Tell whether a file is a container that may have members."""
    if file_format not in container_formats():
        return False
    program = values.get(ElfFacts)
    if isinstance(program, ElfFacts):
        return program.overlay is not None and program.overlay.span.length >= SMALLEST
    facts = values.get(PeFacts)
    if file_format not in host_formats() or not isinstance(facts, PeFacts):
        return True
    return facts.overlay is not None or any(map(is_free, facts.resources))
