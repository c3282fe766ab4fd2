"""Name constraints of an authority over directory names (RFC 5280 section 4.2.1.10).

Other name forms are not looked at: Authenticode identifies a signer by its subject alone.
"""

from __future__ import annotations

from unrig.formats import der, x509
from unrig.model.errors import FormatError

DIRECTORY_NAME = der.CONTEXT_CONSTRUCTED + 4  # GeneralName choice [4], explicit since Name is a CHOICE


def allowed(authority: x509.Parsed, certificate: x509.Parsed) -> bool:
    """Return whether the authority's constraints let it issue for this subject.

    Raises FormatError or LimitError where the extension is malformed.
    """
    extension = authority.extension(x509.NAME_CONSTRAINTS)
    if extension is None or certificate.self_issued:
        return True
    data = authority.encoded
    fields = der.sequence(data, der.only_child(data, extension.value, "NameConstraints"), "NameConstraints")
    permitted = _subtrees(data, fields.optional(der.CONTEXT_CONSTRUCTED))
    excluded = _subtrees(data, fields.optional(der.CONTEXT_CONSTRUCTED + 1))
    subject = _parts(certificate.subject)
    if any(subject[: len(base)] == base for base in excluded):
        return False
    return not permitted or any(subject[: len(base)] == base for base in permitted)


def _subtrees(data: bytes, holder: der.Element | None) -> list[list[bytes]]:
    """Return the directory names of GeneralSubtrees, each as its relative names."""
    found: list[list[bytes]] = []
    for subtree in der.children(data, holder) if holder else ():
        base = der.sequence(data, subtree, "GeneralSubtree").any("base")
        if base.tag == DIRECTORY_NAME:
            found.append(_parts(der.whole(data, der.only_child(data, base, "directoryName"))))
    return found


def _parts(name: bytes) -> list[bytes]:
    """Return the relative names of a Name, folded to lower case as far as ASCII goes (section 7.1 in short)."""
    element = der.root(name)
    if element.tag != der.SEQUENCE:
        raise FormatError("name constraints", "a Name", f"tag {element.tag:#04x}")
    return [der.whole(name, part).lower() for part in der.children(name, element)]
