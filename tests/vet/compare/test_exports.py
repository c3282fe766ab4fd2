"""What a library newly offers."""

from __future__ import annotations

from compare_kit import compared, pe_facts

from unrig.drill.build.pe_spec import ExportSpec, PeSpec
from unrig.vet.compare.exports import COMPARISON


def test_names_forwarders_and_its_own_name() -> None:
    before = pe_facts(PeSpec(exports=(ExportSpec(name="open"), ExportSpec(name="close")), export_name="codec.dll"))
    proxied = ExportSpec(name="open", forwarder="codec_real.open")
    after = pe_facts(PeSpec(exports=(proxied, ExportSpec(name="play")), export_name="codec2.dll"))
    found = compared(COMPARISON, before, after)
    assert (found["exports.names"].come, found["exports.names"].gone) == (("play",), ("close",))
    assert found["exports.forwarders"].come == ("open to codec_real.open",)
    assert found["exports.library"].what == "name among its exports: codec.dll became codec2.dll"
