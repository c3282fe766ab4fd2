"""What a script is able to do and what runs when: JavaScript, Python, PowerShell, batch, shell, tasks, package.json.

Texts are parsed, never run. The addresses in them are facts of `strings`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from unrig.formats import script_javascript, script_python
from unrig.formats.script_language import candidates
from unrig.formats.script_words import of_commands, of_names
from unrig.model.fact import Extractor
from unrig.model.script import Obfuscation, RunsAt, ScriptFacts

LONGEST = 16 << 20
"""Bytes of a text that is looked at; larger ones are data."""
LONGEST_PACKAGE = 1 << 20
LONGEST_COMMAND = 1024
MOST_RUNS = 64
HOOKS = ("preinstall", "install", "postinstall", "preuninstall", "postuninstall", "prepare", "prepublish")
"""What package managers run by themselves (npm's documentation, "scripts", Life Cycle Operation Order)."""
ESCAPES = re.compile(rb"\\x[2-7][0-9a-fA-F]|\\u00[2-7][0-9a-fA-F]")
HEX_NAME = re.compile(rb"\b_0x[0-9a-fA-F]{3,8}\b")
LITERAL = re.compile(rb"\"[^\"\s\\]{64,}\"|'[^'\s\\]{64,}'|`[^`\s\\]{64,}`")
TASK_COMMAND = re.compile(r"<(Command|Arguments)>([^<]{1,1024})<")
POWERSHELL_DECODED = re.compile(
    rb"(?:Invoke-Expression|\biex\b)[^\r\n]{0,200}FromBase64String|FromBase64String[^\r\n]{0,200}(?:Invoke-Expression|\biex\b)"
    rb"|powershell[^\r\n]{0,200}\s-e(?:nc|ncodedcommand)?\s+[A-Za-z0-9+/=]{40,}",
    re.IGNORECASE,
)
SHELL_DECODED = re.compile(
    rb"base64\s+(?:-d|-D|--decode)[^\n]{0,120}\|\s*(?:ba|z)?sh\b|eval\s[^\n]{0,60}base64\s+(?:-d|-D|--decode)"
)


def extract(data: memoryview) -> ScriptFacts:
    """Return what a text is able to do; a language of `` for what is no script."""
    data = _as_utf8(data)
    if len(data) > LONGEST:
        return ScriptFacts(language="", damaged=f"a text of more than {LONGEST:,} bytes is not looked at as a script")
    for language in candidates(data):
        found = READERS[language](data, language)
        if found is not None:
            return found
    return ScriptFacts(language="")


def _as_utf8(data: memoryview) -> memoryview:
    """Return UTF-16 behind its mark as UTF-8; places in it are then those in the text, not in the file."""
    if bytes(data[:2]) not in (b"\xff\xfe", b"\xfe\xff"):
        return data
    return memoryview(bytes(data[: 2 * LONGEST]).decode("utf-16", "replace").encode())


def _javascript(data: memoryview, language: str) -> ScriptFacts | None:
    if len(data) > script_javascript.LONGEST:
        return _unparsed(data, language, script_javascript.LONGEST)
    calls = script_javascript.read_calls(data)
    if calls is None:
        return None
    return ScriptFacts(
        language=language,
        capabilities=(*script_javascript.abilities(calls), *of_names(data)),
        obfuscation=_measured(data, calls.decoded_arguments),
        damaged="only the first calls were looked at" if calls.truncated else "",
    )


def _python(data: memoryview, language: str) -> ScriptFacts | None:
    if len(data) > script_python.LONGEST:
        return _unparsed(data, language, script_python.LONGEST)
    calls = script_python.read_calls(data)
    if calls is None:
        return None
    return ScriptFacts(
        language=language,
        runs=(RunsAt(when="install", command="setup()"),) if calls.installs else (),
        capabilities=(*calls.shown, *of_names(data)),
        obfuscation=_measured(data, calls.decoded_arguments),
    )


def _shell(data: memoryview, language: str) -> ScriptFacts:
    pattern = SHELL_DECODED if language == "shell" else POWERSHELL_DECODED
    decoded = sum(1 for _ in pattern.finditer(data))
    capabilities = (*of_commands(language, data), *of_names(data))
    return ScriptFacts(language=language, capabilities=capabilities, obfuscation=_measured(data, decoded))


def _task(data: memoryview, language: str) -> ScriptFacts:
    text = bytes(data[: 1 << 20])
    said = text.decode("utf-16" if text[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", "replace")
    parts = [match[2].strip() for match in TASK_COMMAND.finditer(said)]
    return ScriptFacts(language=language, runs=(RunsAt(when="task", command=_cut(" ".join(parts))),))


def _package(data: memoryview, language: str) -> ScriptFacts | None:
    """Return what a package.json says is run, or None where it is another JSON."""
    try:
        said = json.loads(bytes(data[:LONGEST_PACKAGE]).decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict) or not isinstance(said.get("name"), str):
        return None
    return ScriptFacts(
        language=language,
        name=_word(said.get("name")),
        version=_word(said.get("version")),
        runs=tuple(_runs(said))[:MOST_RUNS],
    )


def _runs(said: Mapping[str, object]) -> Iterator[RunsAt]:
    scripts = said.get("scripts")
    for hook in HOOKS if isinstance(scripts, dict) else ():
        if isinstance(scripts, dict) and isinstance(scripts.get(hook), str):
            yield RunsAt(when=hook, command=_word(scripts[hook]))
    if isinstance(said.get("main"), str):
        yield RunsAt(when="main", command=_word(said["main"]))
    programs = said.get("bin")
    for program in programs.values() if isinstance(programs, dict) else [programs]:
        if isinstance(program, str):
            yield RunsAt(when="bin", command=_word(program))


def _unparsed(data: memoryview, language: str, most: int) -> ScriptFacts:
    return ScriptFacts(
        language=language,
        capabilities=tuple(of_names(data)),
        obfuscation=_measured(data, 0),
        damaged=f"longer than the {most:,} bytes that are parsed",
    )


def _measured(data: memoryview, decoded: int) -> Obfuscation:
    literals = (match.end() - match.start() - 2 for match in LITERAL.finditer(data))
    return Obfuscation(
        longest_line=max((len(line) for line in bytes(data).split(b"\n")), default=0),
        longest_literal=max(literals, default=0),
        escaped=sum(1 for _ in ESCAPES.finditer(data)),
        hex_names=len({match.group() for match in HEX_NAME.finditer(data)}),
        decoded_arguments=decoded,
    )


def _word(value: object) -> str:
    """Return a text, cut; lone surrogates are escaped, since no document could hold them."""
    return _cut(value).encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else ""


def _cut(text: str) -> str:
    return text[:LONGEST_COMMAND]


READERS: Mapping[str, Callable[[memoryview, str], ScriptFacts | None]] = MappingProxyType(
    {
        "javascript": _javascript,
        "python": _python,
        "powershell": _shell,
        "batch": _shell,
        "shell": _shell,
        "task": _task,
        "package": _package,
    }
)

EXTRACTOR = Extractor(id="script", version=3, formats=("text",), fills=ScriptFacts, extract=extract)
