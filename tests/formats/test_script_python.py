from __future__ import annotations

import pytest

from unrig.formats.script_python import read_calls
from unrig.model.capability import Capability


def test_other_texts_are_none() -> None:
    assert read_calls(memoryview(b"const a = () => 1;")) is None
    assert read_calls(memoryview(b"(" * 5000)) is None
    assert read_calls(memoryview(b"a\0b")) is None


@pytest.mark.parametrize(
    ("text", "capability"),
    [
        (b"import http.client", Capability.NETWORK),
        (b"from subprocess import run", Capability.PROCESS),
        (b"os.system('x')", Capability.PROCESS),
        (b"__import__('os')", Capability.DYNAMIC_CODE),
        (b"import time\ntime.sleep(2 * 3600)", Capability.LONG_SLEEP),
    ],
)
def test_each_ability_has_its_place(text: bytes, capability: Capability) -> None:
    calls = read_calls(memoryview(text))
    assert calls is not None
    (one,) = calls.shown
    assert one.capability is capability
    assert one.span is not None
    assert one.span.offset == (text.find(b"time.sleep") if capability is Capability.LONG_SLEEP else 0)


def test_places_are_bytes_where_the_text_is_not_ascii() -> None:
    text = "x = 'ä€'; eval('1')".encode()
    calls = read_calls(memoryview(text))
    assert calls is not None
    assert calls.shown[0].span is not None
    assert calls.shown[0].span.offset == text.find(b"eval")


def test_code_handed_through_several_calls_is_decoded() -> None:
    calls = read_calls(memoryview(b"exec(compile(zlib.decompress(base64.b64decode(x)), '', 'exec'))"))
    assert calls is not None
    assert calls.decoded_arguments == 2  # exec and compile
