from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrig.data.events import arrow_schema
from unrig.hunt.streams import MAX_LINE
from unrig.hunt.telemetry import READERS
from unrig.hunt.telemetry.zeek_json import READER as JSON
from unrig.hunt.telemetry.zeek_tsv import READER

CONNECTION = "ts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p"
CONNECTION_TYPES = "time\tstring\taddr\tport\taddr\tport"
HEAD = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n"
AT = "1709542800.125000\tC1\t10.0.0.7\t51000\t1.2.3.4\t443"


def log(path: str, fields: str, types: str, *rows: str, head: str = HEAD) -> bytes:
    names, kinds = "\t".join(filter(None, (CONNECTION, fields))), "\t".join(filter(None, (CONNECTION_TYPES, types)))
    lines = [f"#path\t{path}", f"#fields\t{names}", f"#types\t{kinds}", *(f"{AT}\t{row}" for row in rows), "#close\tx"]
    return (head + "\n".join(lines) + "\n").encode()


DNS = log("dns", "proto\tquery\trcode_name\tanswers\trejected", "enum\tstring\tstring\tvector[string]\tbool",
          "udp\tA.Example\tNOERROR\t1.2.3.4,b.example\tF", "udp\t-\t-\t-\tF")  # fmt: skip
CONN = log("conn", "proto\tduration\torig_bytes\tconn_state", "enum\tinterval\tcount\tstring", "tcp\t0.5\t100\tSF")
HTTP = log("http", "trans_depth\tmethod\thost\turi\tuser_agent\trequest_body_len\tresponse_body_len\tstatus_code",
           "count\tstring\tstring\tstring\tstring\tcount\tcount\tcount",
           "1\tGET\tA.example\t/Icon.ico?x=1\tUA\t0\t42\t200", "1\tGET\ta\t/b\t-\t0\t0\t-")  # fmt: skip
SSL = log("ssl", "version\tserver_name\tja3\tcert_chain_fps\testablished", "string\tstring\tstring\tvector[string]\tbool",
          f"TLSv12\tA.example\t{'b' * 32}\t{'c' * 64},{'d' * 64}\tT", "TLSv13\t-\t-\t(empty)\tT")  # fmt: skip


def test_a_query_fills_its_columns_and_keeps_its_place(read: Any) -> None:
    found = read(READER, DNS)
    first, second = found.rows["dns"]
    assert not found.rejected
    assert (first["device"], first["query"], first["answer"]) == ("10.0.0.7", "a.example", "1.2.3.4;b.example")
    assert (first["status"], first["action"], first["source"]) == ("NOERROR", "query", "s1")
    assert (first["time"].isoformat(), first["time_basis"]) == ("2024-03-04T09:00:00.125000", "server")
    assert DNS[first["offset"] :].startswith(AT.encode())
    assert first["record"] == DNS[: first["offset"]].count(b"\n") + 1 == 8
    assert (second["query"], second["answer"]) == (None, None)
    rest = json.loads(first["rest"])
    assert (first["connection_id"], rest["rejected"], rest["id.resp_p"]) == ("C1", False, 443)


def test_connections_requests_and_handshakes_fill_their_classes(read: Any) -> None:
    row = read(READER, CONN).only()
    assert (row["destination_ip"], row["destination_port"], row["source_port"]) == ("1.2.3.4", 443, 51000)
    assert (row["protocol"], row["source_ip"], row["action"]) == ("tcp", "10.0.0.7", "connect")
    assert row["duration"] == 0.5
    first, second = read(READER, HTTP).rows["http"]
    assert (first["host"], first["url_path"], first["url_query"]) == ("a.example", "/Icon.ico", "x=1")
    assert (first["method"], first["status"], first["bytes_in"]) == ("get", 200, 42)
    assert (second["url_path"], second["url_query"], second["status"]) == ("/b", None, None)
    first, second = read(READER, SSL).rows["tls"]
    assert (first["server_name"], first["version"], first["ja3"]) == ("a.example", "tlsv12", "b" * 32)
    assert (first["certificate_sha256"], second["certificate_sha256"]) == ("c" * 64, None)


def test_other_logs_are_told_by_provider_and_channel(read: Any) -> None:
    row = read(READER, log("weird", "name\tnotice", "string\tbool", "odd\tF")).only()
    assert (row["provider"], row["channel"], row["event_id"], row["device"]) == ("zeek", "weird", None, "10.0.0.7")
    assert json.loads(row["rest"])["name"] == "odd"


def test_files_belong_to_the_device_that_received_them(read: Any) -> None:
    fields, types = "fuid\tis_orig\tmime_type\tseen_bytes\tsha256", "string\tbool\tstring\tcount\tstring"
    data = log("files", fields, types, f"F1\tF\timage/x-icon\t900\t{'E' * 64}", f"F2\tT\ttext/plain\t3\t{'f' * 64}")
    down, up = read(READER, data).rows["file"]
    assert (down["device"], down["sha256"], down["mime"], down["size"]) == ("10.0.0.7", "e" * 64, "image/x-icon", 900)
    assert (up["device"], up["action"]) == ("1.2.3.4", "transfer")


def test_a_certificate_stands_by_itself(read: Any) -> None:
    lines = ["#separator \\x09", "#path\tx509", "#fields\tts\tfingerprint\tcertificate.subject\tcertificate.not_valid_before\tsan.dns",
             "#types\ttime\tstring\tstring\ttime\tvector[string]",
             f"1709542800.125000\t{'d' * 64}\tCN=a.example,O=A\\\\, Inc\t1700000000.000000\ta.example,*.b.example"]  # fmt: skip
    row = read(READER, "\n".join(lines).encode()).rows["tls"][0]
    assert (row["certificate_sha256"], row["certificate_names"], row["action"]) == (
        "d" * 64,
        "a.example;*.b.example",
        "certificate",
    )
    assert (row["certificate_subject"], row["device"]) == ("cn=a.example,o=a\\, inc", None)
    assert row["certificate_from"].isoformat() == "2023-11-14T22:13:20"


def test_a_connection_has_its_length_and_bytes(read: Any) -> None:
    [row] = read(READER, CONN).rows["network"]
    assert (row["duration"], row["bytes_out"], row["bytes_in"], row["state"]) == (0.5, 100, None, "sf")


def test_columns_and_path_may_change_on_the_way(read: Any) -> None:
    dns_again = log("dns", "query\tnew", "string\tstring", "c.example\tx")
    found = read(READER, DNS + CONN + dns_again)
    assert not found.rejected
    assert [row["query"] for row in found.rows["dns"]] == ["a.example", None, "c.example"]
    assert len(found.rows["network"]) == 1


def test_another_separator_and_escapes_are_followed(read: Any) -> None:
    lines = ["#separator \\x7c", "#set_separator|;", "#empty_field|EMPTY", "#unset_field|NIL", "#path|dns",
             "#fields|ts|id.orig_h|query|answers|rejected", "#types|time|addr|string|vector[string]|bool",
             "1709542800.1|10.0.0.7|a\\x7cb\\xc3\\xa9|x\\x3by;NIL;z|T", "1709542800.1|10.0.0.7|EMPTY|EMPTY|T",
             "1709542800.1|10.0.0.7|\\x4eIL|NIL|T"]  # fmt: skip
    first, second, third = read(READER, "\n".join(lines).encode()).rows["dns"]
    assert (first["query"], first["answer"]) == ("a|bé", "x;y;;z")
    assert (second["query"], second["answer"]) == (None, None)
    assert (third["query"], third["answer"]) == ("nil", None)


def test_lines_that_do_not_fit_their_header_are_counted_with_the_first_place(read: Any) -> None:
    good = f"{AT}\tudp\tb.example\tNOERROR\t-\tF\n".encode()
    data = (
        b"early\trow\n" + DNS + b"too\tfew\n" + good + b"x\ty\n" + good.replace(b"1709542800.125000", b"yesterday")
        + good.replace(b"b.ex", b"\xff") + b"x" * (MAX_LINE + 1) + b"\n" + good
    )  # fmt: skip
    found = read(READER, data)
    assert [row["query"] for row in found.rows["dns"]] == ["a.example", None, "b.example", "b.example"]
    assert found.reasons == {"NO_HEADER": 1, "NOT_A_ROW": 2, "NO_TIME": 1, "NOT_UTF8": 1, "LINE_TOO_LONG": 1}
    [bad] = [each for each in found.rejected if each.reason.name == "NOT_A_ROW"]
    assert data[bad.offset :].startswith(b"too\tfew")


def test_a_header_that_names_nothing_or_a_name_twice_is_not_followed(read: Any) -> None:
    for fields in (b"#fields", b"#fields\tts\tts", b"#fields" + b"\tx" * 5000):
        found = read(READER, b"#separator \\x09\n#path\tdns\n" + fields + b"\n1709542800.1\tx\n")
        assert not found.all
        assert found.reasons == {"NO_HEADER": 2}
    assert read(READER, b"#separator \n#fields\tts\n").reasons == {"NO_HEADER": 1}


def test_line_ends_of_windows_and_compression_change_nothing(read: Any) -> None:
    rows = read(READER, DNS).all
    assert read(READER, gzip.compress(DNS)).all == rows
    windows = read(READER, DNS.replace(b"\n", b"\r\n")).all
    assert [row["query"] for row in windows] == [row["query"] for row in rows]
    cut = read(READER, gzip.compress(DNS * 300, mtime=0)[:-30])
    assert set(cut.reasons) <= {"DAMAGED", "NOT_A_ROW"}


@settings(deadline=None)
@given(position=st.integers(0, 10_000), value=st.integers(1, 255))
def test_any_flipped_byte_is_rows_or_rejected(read: Any, position: int, value: int) -> None:
    data = bytearray(DNS + CONN + HTTP + SSL)
    data[position % len(data)] ^= value
    found = read(READER, bytes(data))
    assert len(found.all) + sum(found.reasons.values()) >= 5


@settings(deadline=None)
@given(st.lists(st.text("#-,()\t\\x09fieldstypapath. 170954280T", max_size=60), max_size=12), st.binary(max_size=200))
def test_any_lines_are_rows_or_rejected(read: Any, lines: list[str], noise: bytes) -> None:
    for data in ("\n".join(lines).encode(), DNS + "\n".join(lines).encode(), HTTP + noise):
        READER.told_by(data)
        read(READER, data)


@pytest.mark.parametrize(
    ("head", "told"),
    [
        (DNS, True),
        (b"\xef\xbb\xbf" + CONN, True),
        (DNS[30:], True),
        (b"a\tb\n1\t2\n", False),
        (b"", False),
        (b"# c\n", False),
    ],
)
def test_a_source_is_told_by_its_content(head: bytes, told: bool) -> None:
    assert READER.told_by(head) is told
    assert [reader for reader in READERS if reader.told_by(head)] == ([READER] if told else [])


def test_what_is_declared_as_filled_is_what_the_classes_have() -> None:
    for event_class, columns in READER.fills.items():
        assert columns <= set(arrow_schema(event_class).names)
    assert set(READER.fills) == {"network", "dns", "http", "tls", "file", "other"}


def test_real_logs_are_the_same_rows_as_text_and_as_json(read: Any, corpus: Any) -> None:
    def rows(reader: Any, data: bytes) -> list[tuple[str, ...]]:
        found = read(reader, data)
        apart = {"record", "offset", "rest"}
        named = ((name, row) for name, of in found.rows.items() for row in of)
        return sorted((name, *(str(row[key]) for key in row if key not in apart)) for name, row in named)

    files = dict(corpus("zeek-sample.tar.xz", ".gz"))
    total = compared = 0
    for name, data in files.items():
        if "zeek-default" not in name or len(data) > 400_000:  # the large ones take a minute and say the same
            continue
        other = files[name.replace("zeek-default", "zeek-json").replace(".log.gz", ".json.gz")]
        text = rows(READER, data)
        if JSON.told_by(gzip.decompress(other)):
            assert text == rows(JSON, other), name
            total, compared = total + len(text), compared + 1
        else:
            assert not text  # loaded_scripts: its records have no time
    assert compared >= 25
    assert total > 5000
