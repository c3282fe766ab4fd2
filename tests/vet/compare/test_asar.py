"""What an Electron program runs first, and what stands beside its archive."""

from __future__ import annotations

from compare_kit import compared

from unrig.model.asar import AsarFacts, EntryPoint, UnpackedFile
from unrig.vet.compare.asar import COMPARISON


def test_another_first_script_and_lost_integrity() -> None:
    before = AsarFacts(files=3, directory_sha256="a", entry_point=EntryPoint(main="main.js"))
    after = AsarFacts(
        files=3,
        directory_sha256="b",
        without_integrity=2,
        entry_point=EntryPoint(main="start.js"),
        unpacked=(UnpackedFile(path="native.node", size=1),),
        executables=("run.sh",),
    )
    found = compared(COMPARISON, before, after)
    assert found["asar.main"].what == "runs first: main.js became start.js"
    assert found["asar.unpacked"].come == ("native.node",)
    assert found["asar.executables"].come == ("run.sh",)
    assert found["asar.integrity"].what == "integrity: of every file became of some files"
