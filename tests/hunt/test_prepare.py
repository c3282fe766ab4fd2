from __future__ import annotations

from typing import Any

from unrig.hunt.prepare import devices_of

MORNING = 0.0


def devices(made: Any, event_class: str) -> list[Any]:
    tables = made.tables()
    return sorted(made.store.answer(tables[event_class].select("device"))["device"].to_pylist(), key=str)


def test_a_sensors_rows_get_the_device_that_had_the_address_that_day(made: Any) -> None:
    made.add("network", 0, "pc1", source_ip="10.0.0.7", destination_ip="192.0.2.1", initiated=True)
    made.add("dns", 0.1, None, source_ip="10.0.0.7", query="a.example")
    made.add("dns", 1.1, None, source_ip="10.0.0.7", query="a.example")
    assert devices(made, "dns") == ["10.0.0.7", "pc1"]


def test_an_address_of_two_devices_in_a_day_stays_an_address(made: Any) -> None:
    for device in ("pc1", "pc2"):
        made.add("network", 0, device, source_ip="10.0.0.7", destination_ip="192.0.2.1")
    made.add("tls", 0.1, None, source_ip="10.0.0.7", server_name="a.example")
    assert devices(made, "tls") == ["10.0.0.7"]


def test_who_calls_from_outside_is_no_device(made: Any) -> None:
    made.add("network", 0, None, source_ip="198.51.100.7", destination_ip="10.0.0.1")
    made.add("network", 0, None, source_ip="172.20.1.1", destination_ip="192.0.2.1")
    assert devices(made, "network") == ["172.20.1.1", None]
    assert _devices(made) == ("172.20.1.1",)


def test_an_incoming_connection_tells_nothing_of_the_address(made: Any) -> None:
    made.add("network", 0, "pc1", source_ip="10.0.0.9", destination_ip="10.0.0.1", initiated=False)
    made.add("http", 0, None, source_ip="10.0.0.9", host="a.example")
    assert devices(made, "http") == ["10.0.0.9"]


def _devices(made: Any) -> tuple[str, ...]:
    made.tables()
    return devices_of(made.store)
