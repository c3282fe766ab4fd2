"""Facts about a Windows Installer database, and about any other compound file: what it would do, what it hides."""

from __future__ import annotations

from msgspec import Struct

from unrig.model.identity import Signer
from unrig.model.signature import Bytes, Certificate, Stray, TimeStamp


class Product(Struct, frozen=True, kw_only=True):
    """What the Property table says the product is; empty where it says nothing."""

    name: str = ""
    version: str = ""
    manufacturer: str = ""
    product_code: str = ""
    upgrade_code: str = ""


class Summary(Struct, frozen=True, kw_only=True):
    """The summary information stream. Times in Unix seconds, 0 where absent."""

    title: str = ""
    subject: str = ""
    author: str = ""
    template: str = ""
    """Platform and languages."""
    package_code: str = ""
    application: str = ""
    """What wrote the package, by its own word."""
    created: int = 0
    saved: int = 0


class TableSize(Struct, frozen=True, kw_only=True):
    """One table and how many rows it has."""

    name: str
    rows: int


class SequenceStep(Struct, frozen=True, kw_only=True):
    """One action of InstallExecuteSequence, InstallUISequence or another sequence, in the order they run."""

    table: str
    action: str
    number: int
    condition: str = ""


class CustomAction(Struct, frozen=True, kw_only=True):
    """One row of the CustomAction table, its type taken apart (Windows Installer SDK, "Custom Action Types")."""

    name: str
    type: int
    kind: str
    """dll, exe, jscript, vbscript, text (sets a property or folder, or ends with an error), install, unknown."""
    stored: str
    """Where its code or value comes from: binary (a stream), file (one it installs), folder, property, inline (its target)."""
    source: str
    """Row of that table: a name in Binary, File or Directory, or a property; empty where the code is in the target."""
    target: str
    """Entry point, command line, script or value, cut to 1,024 characters."""
    flags: tuple[str, ...] = ()
    """continue, async, deferred, rollback, commit, no_impersonate (runs as the system), hide_target, ..."""
    steps: tuple[str, ...] = ()
    """`table number` of each place in a sequence that runs it."""


class InstalledFile(Struct, frozen=True, kw_only=True):
    """One row of the File table, with the path it is installed to."""

    key: str
    """Its name inside the cabinet."""
    path: str
    """A label: folder properties of Windows by their names (ProgramFilesFolder), long names, separated by `/`."""
    size: int
    version: str = ""
    cabinet: str = ""
    """The cabinet that holds it; a stream of this file where `embedded`."""
    embedded: bool = False
    component: str = ""


class Service(Struct, frozen=True, kw_only=True):
    """One row of the ServiceInstall table."""

    name: str
    display_name: str
    path: str
    """Of the file it runs (the key path of its component), empty where that is no file."""
    arguments: str
    start: str
    """boot, system, auto, demand, disabled."""
    account: str
    """Empty is LocalSystem."""


class Shortcut(Struct, frozen=True, kw_only=True):
    """One row of the Shortcut table."""

    path: str
    target: str
    arguments: str


class Autorun(Struct, frozen=True, kw_only=True):
    """One registry value in a place from which Windows starts programs (MITRE ATT&CK T1547, T1546)."""

    root: str
    key: str
    name: str
    value: str


class ScheduledTask(Struct, frozen=True, kw_only=True):
    """One scheduled task that a custom action registers; no table is for them."""

    action: str
    name: str = ""
    """Empty where the command line does not say it."""
    command: str = ""


class StreamSize(Struct, frozen=True, kw_only=True):
    """One stream."""

    path: str
    """A label; the same that the member has."""
    size: int
    role: str
    """table, binary, icon, cabinet, signature, summary, other."""
    linked: bool = True
    """False where no storage lists it: it is there, and nobody who lists the file sees it."""


class Slack(Struct, frozen=True, kw_only=True):
    """Bytes in the rest of a sector that are not zeros."""

    what: str
    """slack, header padding, mini sectors of no chain, directory entry not in use, ..."""
    stream: str = ""
    """Label of the stream they follow; empty where they follow none."""
    bytes: Bytes


class MsiSignature(Struct, frozen=True, kw_only=True):
    """The Authenticode signature in its stream. Spans are offsets in that stream; chains are judged elsewhere."""

    algorithm: str
    """Digest algorithm over the file: md5, sha1, sha256, sha384, sha512."""
    digest_declared: str
    digest_computed: str = ""
    """Over the content of the streams; empty where one of them cannot be read."""
    extended_declared: str = ""
    """What MsiDigitalSignatureEx says: a digest over names, sizes and times. Empty without that stream."""
    extended_computed: str = ""
    failure: str = ""
    """Why the signer's key did not sign the declared digest; empty where it did."""
    signer: Signer | None = None
    certificates: tuple[Certificate, ...] = ()
    timestamps: tuple[TimeStamp, ...] = ()
    strays: tuple[Stray, ...] = ()
    """Elements that the grammar of a signature has no place for."""
    after: Bytes | None = None
    """Between the value's end and the stream's."""


class MsiFacts(Struct, frozen=True, kw_only=True):
    """A compound file; everything from `product` to `files` is empty where it is no installer database."""

    kind: str
    """msi, msp (a patch), mst (a transform), or ole for any other compound file."""
    version: int
    """3 (sectors of 512 bytes) or 4 (4,096)."""
    product: Product = Product()
    summary: Summary = Summary()
    tables: tuple[TableSize, ...] = ()
    actions: tuple[CustomAction, ...] = ()
    sequence: tuple[SequenceStep, ...] = ()
    services: tuple[Service, ...] = ()
    shortcuts: tuple[Shortcut, ...] = ()
    autoruns: tuple[Autorun, ...] = ()
    tasks: tuple[ScheduledTask, ...] = ()
    files: tuple[InstalledFile, ...] = ()
    """By key: how to rename what a cabinet calls by key."""
    streams: tuple[StreamSize, ...] = ()
    trailing: Bytes | None = None
    """Behind the last sector that anything uses."""
    trailing_looks_like: str = ""
    """The format by the name that unrig has for it, base64 or hex; empty for text and what no one knows."""
    unused: tuple[Bytes, ...] = ()
    """Sectors before it that no chain has and that are not zeros: neighbours together, the longest 256."""
    slack: tuple[Slack, ...] = ()
    """The longest 256."""
    slack_bytes: int = 0
    """Of all slack that is not zeros."""
    authenticode_sha256: str = ""
    """What a signature would be over and deny rules match, signed or not; empty where a stream cannot be read, and for
    other compound files."""
    signed: bool = False
    """There is a stream for a signature."""
    signature: MsiSignature | None = None
    """None where there is no such stream, or where it holds none (`damaged` says so)."""
    signed_extended: bool = False
    """Names, sizes and times are signed too (MsiDigitalSignatureEx)."""
    damaged: tuple[str, ...] = ()
    """Each as `place: expected, found`; the rest was read."""
