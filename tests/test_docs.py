"""The documentation is true: links lead somewhere, commands parse, generated pages are what the code says."""

import importlib.util
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import click
import pytest

from unrig.cli.root import VERBS
from unrig.cli.root import command as root
from unrig.hunt.analytics import ANALYTICS
from unrig.hunt.kinds import Cut
from unrig.hunt.leads import LEAD_KINDS
from unrig.hunt.telemetry import READERS
from unrig.vet.detect import RULES

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
GENERATED = {"reference", "schema"}
FIRST_PAGES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")
PAGES = sorted([*DOCS.rglob("*.md"), *(ROOT / name for name in FIRST_PAGES if (ROOT / name).exists())])
WRITTEN = [page for page in PAGES if page.parent.name not in GENERATED]
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)")
IMAGE = re.compile(r"!\[[^\]]*\]\(([^)\s]+)\)")
HELP = re.compile(r"<!-- help: (unrig[\w -]*) -->\n+```text\n(.*?)```", re.DOTALL)
MACHINE = re.compile(r"/(?:home|root|work|Users)/|pypi\.org|pythonhosted|npmjs\.(?:com|org)|crates\.io")


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def prose(text: str) -> str:
    return FENCE.sub("", text)


def anchors(text: str) -> set[str]:
    """Return the anchors of a page's headings, as code hosts make them."""
    heads = re.findall(r"^#+ (.+)$", prose(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


def dead_links(page: Path, text: str) -> list[str]:
    """Return the links and images of a page that lead to no file or heading of this repository."""
    found = []
    for target in (*LINK.findall(prose(text)), *IMAGE.findall(prose(text))):
        if target.startswith(("https://", "mailto:")):
            continue
        path, _, anchor = target.partition("#")
        file = page.parent / path if path else page
        if not file.exists() or (anchor and file.suffix == ".md" and anchor not in anchors(file.read_text())):
            found.append(target)
    return found


def commands(text: str) -> Iterator[list[str]]:
    """Yield each `unrig` command of the console blocks as its words, `unrig` left out."""
    for _indent, language, block in FENCE.findall(text):
        if language != "console":
            continue
        for line in block.replace("\\\n", " ").splitlines():
            for part in shlex.split(line, comments=True) and split_pipe(shlex.split(line, comments=True)):
                if part[0] == "unrig":
                    yield part[1:]


def split_pipe(words: list[str]) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for word in words:
        if word == "|":
            parts.append([])
        else:
            parts[-1].append(word)
    return parts


def resolve(words: list[str]) -> tuple[click.Command, list[str]]:
    """Return the command that words name, and its arguments."""
    found, rest = root.get_command(click.Context(root), words[0]), words[1:]
    if found is None:
        raise click.UsageError(f"no verb {words[0]}")
    while isinstance(found, click.Group) and rest:
        inner = found.commands.get(rest[0])
        if inner is None:
            raise click.UsageError(f"no command {rest[0]} of {found.name}")
        found, rest = inner, rest[1:]
    return found, rest


def fault(words: list[str]) -> str:
    """Return why a command of a console block would be refused; empty where it parses."""
    try:
        command, rest = resolve(words)
        command.make_context(" ".join(words), list(rest))
    except click.exceptions.Exit:  # --help
        return ""
    except click.UsageError as error:
        return f"unrig {' '.join(words)}: {error.format_message()}"
    return ""


def mentioned(text: str) -> Iterator[list[str]]:
    """Yield each `unrig ...` that stands in running text as code."""
    for span in re.findall(r"`(unrig [^`]+)`", prose(text)):
        for part in span.split("|"):
            words = part.split()
            if words and words[0] == "unrig" and len(words) > 1:
                yield words[1:]


def mention_fault(words: list[str]) -> str:
    """Return what of a mentioned command does not exist: its verb, a command of it, or a flag."""
    if words[0].startswith("-"):
        return ""
    try:
        command, rest = resolve(words)
    except click.UsageError as error:
        return error.format_message()
    flags = {flag for option in command.params for flag in option.opts} | {"--help", "-h"}
    unknown = [word for word in rest if word.startswith("--") and word not in flags]
    return f"{words[0]} has no {', '.join(unknown)}" if unknown else ""


def targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def unknown_targets(text: str) -> set[str]:
    """Return the words that follow `make` in code and are no target of the Makefile."""
    code = [*re.findall(r"`([^`\n]+)`", prose(text)), *(block for _, _, block in FENCE.findall(text))]
    words = {word for piece in code for word in re.findall(r"^make ([a-z-]+)", piece, re.MULTILINE)}
    return words - targets()


def stale_help(text: str) -> list[str]:
    """Return the commands whose marked help is not what they print."""
    found = []
    for name, shown in HELP.findall(text):
        words = name.split()[1:]
        command = resolve(words)[0] if words else root
        actual = click.Context(command, info_name=name, terminal_width=80, max_content_width=80)
        if shown.strip() != command.get_help(actual).strip():
            found.append(name)
    return found


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page: Path) -> None:
    assert dead_links(page, page.read_text()) == []


@pytest.mark.parametrize("page", WRITTEN, ids=named)
def test_commands_in_blocks_parse(page: Path) -> None:
    assert [said for words in commands(page.read_text()) if (said := fault(words))] == []


@pytest.mark.parametrize("page", WRITTEN, ids=named)
def test_commands_in_running_text_exist(page: Path) -> None:
    assert [said for words in mentioned(page.read_text()) if (said := mention_fault(words))] == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_make_words_exist(page: Path) -> None:
    assert unknown_targets(page.read_text()) == set()


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_marked_help_is_what_is_printed(page: Path) -> None:
    assert stale_help(page.read_text()) == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_no_page_names_a_machine_or_a_registry(page: Path) -> None:
    assert MACHINE.findall(page.read_text()) == []


def test_the_checks_see_what_is_wrong() -> None:
    block = "```console\nunrig {}\n```\n"
    page = DOCS / "README.md"
    assert dead_links(page, "[x](nowhere.md) [y](#nothing) [z](README.md#how-to) ![p](gone.svg)") == [
        "nowhere.md",
        "#nothing",
        "gone.svg",
    ]
    assert [bool(fault(words)) for words in commands(block.format("vet x --outptu y"))] == [True]
    assert [bool(fault(words)) for words in commands(block.format("hunt"))] == [True]
    assert [bool(fault(words)) for words in commands(block.format("baseline ad x"))] == [True]
    assert [bool(fault(words)) for words in commands(block.format("vet a | unrig hunt l --leds -"))] == [False, True]
    assert [bool(fault(words)) for words in commands(block.format("vett x"))] == [True]
    assert [bool(mention_fault(words)) for words in mentioned("`unrig vet --nope` `unrig nope`")] == [True, True]
    assert unknown_targets("`make nothing` and `make test`") == {"nothing"}
    assert stale_help("<!-- help: unrig vet -->\n```text\nUsage: other\n```") == ["unrig vet"]
    assert MACHINE.findall("see /home/me and pypi.org") == ["/home/", "pypi.org"]


def test_a_marked_help_block_may_be_right() -> None:
    text = root.get_help(click.Context(root, info_name="unrig", terminal_width=80, max_content_width=80))
    assert stale_help(f"<!-- help: unrig -->\n```text\n{text}\n```") == []


def test_there_are_commands_to_check() -> None:
    found = [words[0] for page in WRITTEN for words in commands(page.read_text())]
    assert set(VERBS) - {"completion", "explain", "scope", "respond"} <= set(found)
    assert len(found) > 30


def test_generated_pages_are_what_the_code_says() -> None:
    # in a process of its own: a click command keeps the help option of whatever context met it first
    ran = subprocess.run([sys.executable, DOCS / "generate.py", "--check"], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, ""), "run make docs"


@pytest.mark.parametrize(
    ("page", "ids"),
    [
        ("rules", [unit.id for unit in RULES]),
        ("analytics", [unit.id for unit in ANALYTICS]),
        ("leads", [unit.id for unit in LEAD_KINDS]),
        ("readers", [unit.id for unit in READERS]),
        ("commands", [f"unrig {verb}" for verb in VERBS]),
    ],
)
def test_every_unit_has_its_entry(page: str, ids: list[str]) -> None:
    heads = re.findall(r"^## (.+)$", (DOCS / "reference" / f"{page}.md").read_text(), re.MULTILINE)
    assert set(ids) <= set(heads)


def test_readers_and_analytics_tells_what_a_reader_lacks() -> None:
    made = generator()
    unit = next(iter(ANALYTICS))
    poor = type(READERS[0])(
        id="poor", title="", fills={}, cut=Cut.WHOLE, told_by=lambda _head: False, read=lambda _stream: iter(())
    )
    needed = {f"{name}.{column}" for needs in unit.needs for name, columns in needs.items() for column in columns}
    said = made._answerable(unit, poor)
    assert said.startswith("no: lacks ")
    assert set(said.removeprefix("no: lacks ").split(", ")) <= needed


def test_every_page_is_linked_from_the_first_one() -> None:
    seen: set[Path] = set()
    waiting = [DOCS / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        links = [target.partition("#")[0] for target in LINK.findall(prose(page.read_text()))]
        waiting += [(page.parent / link).resolve() for link in links if link and not link.startswith("http")]
    assert {named(page) for page in DOCS.rglob("*.md")} <= {named(page) for page in seen}


@pytest.mark.parametrize("page", sorted((DOCS / "decisions").glob("*.md")), ids=lambda page: page.stem)
def test_a_decision_says_what_follows_and_how_to_undo_it(page: Path) -> None:
    heads = re.findall(r"^## (.+)$", page.read_text(), re.MULTILINE)
    assert heads == ["Context", "Decision", "Consequences", "How to undo"]
    number = int(page.stem.partition("-")[0])
    assert page.read_text().startswith(f"# {number}. ")


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [
        *project["dependencies"],
        *(text for extra in project["optional-dependencies"].values() for text in extra),
    ]
    names = {re.split(r"[\[>=<~! ]", text)[0] for text in wanted}
    told = set(re.findall(r"[\w-]+", (DOCS / "decisions" / "0002-dependencies.md").read_text().lower()))
    assert {name for name in names if name.lower() not in told} == set()
