"""Databases in which a hunt can be asked where the data already is: one engine a file.

A new one is one line: its import.
"""

from __future__ import annotations

from unrig.hunt.engine import Engine
from unrig.hunt.engines.clickhouse import ENGINE as CLICKHOUSE
from unrig.hunt.engines.duckdb import ENGINE as DUCKDB
from unrig.hunt.engines.postgres import ENGINE as POSTGRES
from unrig.hunt.engines.spark import ENGINE as SPARK

ENGINES: tuple[Engine, ...] = tuple(unit for unit in tuple(globals().values()) if isinstance(unit, Engine))
