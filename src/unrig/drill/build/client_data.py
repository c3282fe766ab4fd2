"""What a made-up calling client in the manner of Electron ships besides programs: asar, locales, snapshots, an updater's address."""

from __future__ import annotations

import json

from unrig.drill.build.asar import AsarFile, build_asar
from unrig.drill.build.client_cast import Cast
from unrig.drill.build.client_parts import name_of
from unrig.drill.build.payload import Kind, payload
from unrig.drill.build.seeds import between, derive, pick

_LICENCE = b"An inert drill of unrig. It is no product and does nothing.\n"
_NOTES = ("calls ring once", "contacts sort by name", "the tray shows missed calls", "windows keep their place")


def data_files(drawn: Cast, seed: int, *, risen: int, helper: str = "") -> dict[str, bytes]:
    """Return paths and bytes; `helper` is the path of a program that this release starts and none before it had."""
    framework = {
        "icudtl.dat": 24 << 10,
        "resources.pak": 30 << 10,
        "snapshot_blob.bin": 9 << 10,
        "v8_context_snapshot.bin": 12 << 10,
        "chrome_100_percent.pak": 7 << 10,
    }
    files = {f"{drawn.folder}{name}": _blob(seed, f"{name}/{risen}", size) for name, size in framework.items()}
    files |= {path: _blob(seed, f"{path}/{risen}", 900 + 97 * at) for at, path in enumerate(drawn.locales)}
    files[f"{drawn.folder}version"] = drawn.framework.encode()
    files[f"{drawn.folder}LICENSE.electron.txt"] = _LICENCE
    files[f"{drawn.folder}resources/app.asar"] = _asar(drawn, seed, helper)
    feed = (
        f"provider: generic\nurl: {update_address(drawn, seed)}\nupdaterCacheDirName: {drawn.product.lower()}-updater\n"
    )
    files[f"{drawn.folder}resources/app-update.yml"] = feed.encode()
    return files


def update_address(drawn: Cast, seed: int) -> str:
    """Return where the product asks for updates."""
    host = pick(seed, "update host", ("update", "downloads", "cdn", "pbx"))
    return f"https://{host}.{drawn.product.lower()}.invalid/desktop/{between(seed, 'channel', 1, 9)}"


def _blob(seed: int, label: str, most: int) -> bytes:
    own = derive(seed, f"blob/{label}")
    return payload(own, between(own, "size", most // 2, most), Kind.STRUCTURED)


def _asar(drawn: Cast, seed: int, helper: str) -> bytes:
    package = {
        "name": drawn.product.lower(),
        "productName": drawn.product,
        "version": drawn.version,
        "main": "dist/main.js",
        "author": drawn.vendor,
        "dependencies": {"drill-emitter": "^2.1.0", "drill-ini": f"^1.{between(seed, 'ini', 0, 9)}.0"},
    }
    files = [
        AsarFile(path="package.json", content=json.dumps(package, indent=2).encode()),
        AsarFile(path="dist/main.js", content=_main(drawn, seed, helper)),
        AsarFile(path="dist/preload.js", content=_PRELOAD),
        AsarFile(path="dist/renderer.js", content=_renderer(drawn)),
        AsarFile(
            path="dist/index.html", content=b"<!doctype html><title>Calls</title><script src=renderer.js></script>\n"
        ),
        AsarFile(path="node_modules/drill-emitter/index.js", content=_EMITTER),
        AsarFile(
            path="node_modules/drill-emitter/package.json", content=b'{"name": "drill-emitter", "version": "2.1.4"}\n'
        ),
        AsarFile(path="node_modules/drill-ini/index.js", content=_INI),
        AsarFile(path="node_modules/drill-ini/package.json", content=b'{"name": "drill-ini", "version": "1.9.2"}\n'),
    ]
    return build_asar(tuple(files), seed=seed)


def _main(drawn: Cast, seed: int, helper: str) -> bytes:
    """Return the entry point: a window, an updater's address, and in a service release a helper that it starts."""
    start = f"""
const {{ execFile }} = require("child_process");
function startHelper() {{
  execFile(path.join(process.resourcesPath, "..", "{name_of(helper)}"), ["--watch"]);
}}
app.whenReady().then(startHelper);
"""
    return f"""const {{ app, BrowserWindow }} = require("electron");
const path = require("path");
const VERSION = "{drawn.version}";
const FEED = "{update_address(drawn, seed)}/latest.yml";
function createWindow() {{
  const window = new BrowserWindow({{ webPreferences: {{ preload: path.join(__dirname, "preload.js") }} }});
  window.loadFile(path.join(__dirname, "index.html"));
}}
app.whenReady().then(createWindow);
{start if helper else ""}module.exports = {{ VERSION, FEED }};
""".encode()


def _renderer(drawn: Cast) -> bytes:
    """Return a script to which each release adds a function."""
    parts = [f'function note{at}() {{\n  return "{_NOTES[at % len(_NOTES)]}";\n}}\n' for at in range(4 + drawn.update)]
    return "".join(parts).encode()


_PRELOAD = b"""const { contextBridge, ipcRenderer } = require("electron");
contextBridge.exposeInMainWorld("calls", { dial: (number) => ipcRenderer.invoke("dial", number) });
"""
_EMITTER = b"""module.exports = function emitter() {
  const all = new Map();
  return {
    on(type, handler) { all.set(type, [...(all.get(type) || []), handler]); },
    emit(type, event) { (all.get(type) || []).forEach((handler) => handler(event)); },
  };
};
"""
_INI = b"""module.exports = function parse(text) {
  return Object.fromEntries(text.split("\\n").filter((line) => line.includes("=")).map((line) => line.split("=", 2)));
};
"""
