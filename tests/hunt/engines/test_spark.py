"""A Spark standalone cluster of a master and two workers on loopback, one of which is killed while a hunt runs."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import engine_kit as kit
import pyarrow.parquet as pq
import pytest

from unrig.hunt import pipeline
from unrig.hunt.analytics.discovery_burst import ANALYTIC as DISCOVERY_BURST
from unrig.hunt.analytics.dns_volume import ANALYTIC as DNS_VOLUME
from unrig.hunt.analytics.long_connection import ANALYTIC as LONG_CONNECTION
from unrig.hunt.analytics.module_signed_otherwise import ANALYTIC as MODULE_SIGNED_OTHERWISE
from unrig.model.errors import UsageError

pyspark = pytest.importorskip("pyspark", reason="pyspark is not installed: make optional")
FEW = (DISCOVERY_BURST, DNS_VOLUME, LONG_CONNECTION, MODULE_SIGNED_OTHERWISE)
"""All of them take Spark minutes; `UNRIG_ENGINES=all` asks all."""
HOME = Path(pyspark.__file__).parent
SETTINGS = "spark.sql.shuffle.partitions=2&spark.driver.host=127.0.0.1&spark.executor.memory=512m"


class Cluster:
    """A master and workers of their own processes, whose logs are files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.master = self._start("master", "deploy.master.Master", "--host", "127.0.0.1", "--port", str(self.port))
        self._await("master", "I have been elected leader")
        arguments = ("--host", "127.0.0.1", "--cores", "1", "--memory", "1g", f"spark://127.0.0.1:{self.port}")
        self.workers = [self._start(name, "deploy.worker.Worker", *arguments) for name in ("worker-1", "worker-2")]
        for name in ("worker-1", "worker-2"):
            self._await(name, "Successfully registered with master")

    def _start(self, name: str, kind: str, *arguments: str) -> subprocess.Popen[bytes]:
        own = {"SPARK_LOCAL_IP": "127.0.0.1", "SPARK_HOME": str(HOME), "SPARK_WORKER_DIR": str(self.folder / "work")}
        with (self.folder / f"{name}.log").open("wb") as log:
            return subprocess.Popen(
                [HOME / "bin" / "spark-class", f"org.apache.spark.{kind}", "--webui-port", "0", *arguments],
                env={**os.environ, **own},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _await(self, name: str, words: str) -> None:
        for _ in range(600):
            if words in (self.folder / f"{name}.log").read_text(errors="replace"):
                return
            time.sleep(0.2)
        raise AssertionError((self.folder / f"{name}.log").read_text(errors="replace")[-2000:])

    def kill_one_that_works(self) -> bool:
        """Kill a worker and what it runs as soon as it has work; tell whether it came to that."""
        for _ in range(1500):
            if list((self.folder / "work").glob("app-*/*")):
                time.sleep(3)
                os.killpg(self.workers[0].pid, signal.SIGKILL)
                return True
            time.sleep(0.1)
        return False

    def stop(self) -> None:
        for each in (self.master, *self.workers):
            if each.poll() is None:
                os.killpg(each.pid, signal.SIGKILL)
            each.wait()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    if shutil.which("java") is None:
        pytest.skip("java is not installed: make optional")
    folder = tmp_path_factory.mktemp("spark")
    for name, rows in kit.theirs().items():
        (folder / name).mkdir()
        pq.write_table(rows, folder / name / "part-0.parquet")
    started = Cluster(folder)
    try:
        yield started
    finally:
        started.stop()


def test_a_worker_dies_and_the_sightings_are_the_same(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    monkeypatch.chdir(tmp_path)
    home = kit.said(kit.at_home())
    every = os.environ.get("UNRIG_ENGINES") == "all"
    if not every:
        monkeypatch.setattr(pipeline, "ANALYTICS", FEW)
        monkeypatch.setattr(kit, "LEADS", tuple(lead for lead in kit.LEADS if lead.id in "hnf"))
    killed: list[bool] = []
    killer = threading.Thread(target=lambda: killed.append(cluster.kill_one_that_works()))
    killer.start()
    mapping = kit.MAPPING.replace('table = "', f'table = "parquet:{cluster.folder}/')
    result = kit.hunted(f"spark://127.0.0.1:{cluster.port}?{SETTINGS}", mapping, tmp_path)
    killer.join()
    assert killed == [True]
    assert cluster.workers[0].wait() == -signal.SIGKILL
    assert cluster.workers[1].poll() is None
    assert not result.problems
    assert [each for each in result.not_evaluated if "engine" in each.reason] == []
    asked = set(home) if every else {*(each.id for each in FEW), "h", "n", "f"}
    assert kit.said(result) == {of: rows for of, rows in home.items() if of in asked}
    assert not [path.name for path in tmp_path.iterdir() if path.name in ("spark-warehouse", "metastore_db")]


def test_a_cluster_that_is_not_there_and_a_secret_in_the_address(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no setting 'spark\\.ssl\\.keyPassword'"):
        kit.hunted("spark://127.0.0.1:1?spark.ssl.keyPassword=hunter2", "", tmp_path)
