"""Notice to customers in Markdown: what to remove, how to check, what to use meanwhile, what is not known.

Refuses:  cases without a release that vet called rigged or suspicious, or without any SHA-256 to go by: a notice that
          names only a version would send people after good builds.
Stable:   the same case and revision give the same bytes. It names a repaired build only once vet found it good, never
          names a customer or a person, and says of every text from outside nothing but that text (Markdown in a
          product's name stays text).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from unrig.model.document import Revision
from unrig.respond.emitter import Emitter, Refusal, ResponseInputs, RiggedRelease

_INLINE = re.compile(r"([\\`*_{}\[\]<>#|&!~@]|(?<=\w):(?=//)|(?<=\bwww)\.)")
"""What starts emphasis, code, a link, an image, HTML or a table anywhere in a line, and an address that links itself."""
_AT_START = re.compile(r"^(\d*)([-+=.):])")
"""What starts a list, a rule or a heading only as the first thing of a line."""
_REVISIONS = {
    Revision.DRAFT: "Draft: not yet approved for sending.",
    Revision.INTERIM: "Interim: what is known so far; it will be updated.",
    Revision.FINAL: "Final.",
}
_NEVER = {
    "authenticode_hash": "its Authenticode hash",
    "cdhash": "its code directory hash",
    "name": "its file name",
    "signer": "its signer",
}


def emit(inputs: ResponseInputs) -> bytes | Refusal:
    """Return the notice as UTF-8 Markdown, or why there is none."""
    if not inputs.rigged:
        return Refusal(reason="no release of the case is rigged or suspicious", action="vet the release first")
    if not any(deny.key == "sha256" for rigged in inputs.rigged for deny in rigged.deny):
        return Refusal(
            reason="no SHA-256 tells the rigged files from good ones",
            action="vet with a baseline, so that the keys can be compared",
        )
    sections = (_head, _remove, _meanwhile, _check, _avoid, _unknown, _contact)
    return ("\n\n".join("\n".join(section(inputs)) for section in sections) + "\n").encode()


def _head(inputs: ResponseInputs) -> Iterator[str]:
    yield "# Security notice"
    yield ""
    yield f"About: {_text(inputs.title)}"
    yield ""
    yield f"{_REVISIONS[inputs.revision]} {inputs.generated_at:%Y-%m-%d %H:%M} UTC, issue {inputs.issue}."
    yield ""
    yield "A release of the software named below was changed before it was shipped."
    yield "It can do things that its publisher did not write, although it comes from the usual place and its"
    yield "signature may be valid."


def _remove(inputs: ResponseInputs) -> Iterator[str]:
    yield "## What to remove"
    yield ""
    yield from (f"- {_named(rigged)}" for rigged in inputs.rigged)
    yield ""
    yield "These files are the changed ones (SHA-256, then the file):"
    yield ""
    yield "```text"
    yield from sorted({line for rigged in inputs.rigged for line in _hashes(rigged)})
    yield "```"
    yield ""
    yield "Go by the SHA-256, not by the version alone: the same version number can be good on one platform"
    yield "and changed on another."


def _meanwhile(inputs: ResponseInputs) -> Iterator[str]:
    if inputs.fix is None:
        yield "## What to use meanwhile"
        yield ""
        yield "There is no repaired build yet that we have checked. Please do not install another version on your own."
        yield "Use the web client where the product has one."
        return
    yield "## The repaired build"
    yield ""
    yield f"Install {_text(' '.join(filter(None, (inputs.fix.name, inputs.fix.version))))}, which we have checked."
    yield "Its SHA-256 is:"
    yield ""
    yield "```text"
    yield inputs.fix.sha256
    yield "```"
    yield ""
    yield "Until it is installed, use the web client where the product has one."


def _check(_: ResponseInputs) -> Iterator[str]:
    yield "## How to check a device"
    yield ""
    yield "Work out the SHA-256 of the file and compare it with the list above."
    yield ""
    yield "```text"
    yield "Windows (PowerShell):  Get-FileHash -Algorithm SHA256 FILE"
    yield "macOS (Terminal):      shasum -a 256 FILE"
    yield "Linux (shell):         sha256sum FILE"
    yield "```"
    yield ""
    yield "If it matches, take the device off the network, keep it as it is for the investigation, and contact us."
    yield "A valid signature does not mean that the file is good."


def _avoid(inputs: ResponseInputs) -> Iterator[str]:
    yield "## What not to do"
    yield ""
    yield "- Do not add exclusions for this software to your security products, and remove those you have added."
    yield "  An alert on this software is not a false alarm because other scanners say nothing."
    shared = [_NEVER[kind] for kind in sorted({never.kind for never in inputs.never_block} & _NEVER.keys())]
    if shared:
        yield f"- Do not block a changed file by {' or '.join(shared)}: good files have the same, or may have."
        yield "  Block it by its SHA-256 only."


def _unknown(inputs: ResponseInputs) -> Iterator[str]:
    yield "## What is not known"
    yield ""
    if inputs.unknowns:
        yield from (f"- {_first(unknown)}" for unknown in inputs.unknowns)
    else:
        yield "We know of no open question. We will tell you if that changes."


def _contact(inputs: ResponseInputs) -> Iterator[str]:
    yield "## Whom to ask"
    yield ""
    yield f"{_first(inputs.author)}, at \\[security contact: to be filled in by the sender\\]."


def _named(rigged: RiggedRelease) -> str:
    release = rigged.release
    words = [_first(release.name)]
    words.append(f"version {_text(release.version)}" if release.version else "version not known")
    words.append(f"for {_text(release.platform)}" if release.platform else "platform not known")
    return ", ".join(words)


def _hashes(rigged: RiggedRelease) -> Iterator[str]:
    for deny in rigged.deny:
        if deny.key == "sha256":
            name = rigged.paths.get(deny.value) or deny.identity.name or "the release itself"
            yield f"{deny.value}  {_line(name)}"


def _text(text: str) -> str:
    """Return text that Markdown shows as it stands (CommonMark 2.4, backslash escapes)."""
    return _INLINE.sub(r"\\\1", _line(text))


def _first(text: str) -> str:
    """Return the same for text that a line or list item begins with."""
    return _AT_START.sub(r"\1\\\2", _text(text))


def _line(text: str) -> str:
    return "".join(char if char.isprintable() else "\ufffd" for char in " ".join(text.split()))


EMITTER = Emitter(
    id="customer-notice", standard="Markdown", version="CommonMark 0.31", path="customer-notice.md", emit=emit
)
