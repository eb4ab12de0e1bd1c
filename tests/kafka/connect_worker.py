"""A real Connect worker on a cluster of the sandbox, and what another client sees and does there."""

import json
import os
import re
import signal
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import urllib3
from confluent_kafka import Consumer, TopicPartition
from kplan_run import wait_for

from kplan.sandbox import Cluster, process, runtime
from kplan.sandbox.ports import free_ports

SINK = "org.apache.kafka.connect.file.FileStreamSinkConnector"
HEARTBEAT = "org.apache.kafka.connect.mirror.MirrorHeartbeatConnector"
STARTS = 3  # a port that was free may be taken by another before the worker has it
_WITHIN = 60.0
_REQUEST = re.compile(r'"(GET|POST|PUT|DELETE|PATCH) (\S+) HTTP/1.1" (\d+)')
_SETTINGS = """
bootstrap.servers={servers}
group.id={group}
listeners=http://127.0.0.1:{port}
rest.advertised.host.name=127.0.0.1
plugin.discovery=service_load
config.storage.topic={group}-configs
offset.storage.topic={group}-offsets
status.storage.topic={group}-status
config.storage.replication.factor=1
offset.storage.replication.factor=1
status.storage.replication.factor=1
offset.storage.partitions=1
status.storage.partitions=1
offset.flush.interval.ms=1000
scheduled.rebalance.max.delay.ms=0
key.converter=org.apache.kafka.connect.storage.StringConverter
value.converter=org.apache.kafka.connect.storage.StringConverter
config.providers=file
config.providers.file.class=org.apache.kafka.common.config.provider.FileConfigProvider
{more}
"""


class ConnectWorker:
    """One worker, which ends with this process."""

    def __init__(
        self,
        cluster: Cluster,
        group: str,
        folder: Path,
        more: str = "",
        scheme: str = "http",
        heap: str = "192m",
        without: str = "",
    ) -> None:
        """Start it, and wait until it is ready. `without`: jars whose names begin so are not there."""
        self.cluster, self.group, self.folder = cluster, group, folder
        folder.mkdir(parents=True, exist_ok=True)
        self.log = folder / "worker.log"
        self._pool = urllib3.PoolManager(retries=False, cert_reqs="CERT_NONE")
        self._more, self._scheme, self._heap, self._without = more, scheme, heap, without
        for attempt in range(STARTS):
            self.port = free_ports(1, f"{folder}{attempt}")[0]
            self.start()
            if self._is_ready():
                return
        raise AssertionError(f"the worker does not start:\n{self.log.read_text()[-3000:]}")

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self.port}"

    def start(self) -> None:
        settings = _SETTINGS.format(
            servers=self.cluster.bootstrap, group=self.group, port=self.port, more=self._more
        ).replace("listeners=http:", f"listeners={self._scheme}:")
        (self.folder / "worker.properties").write_text(settings)
        java = runtime.present()
        environment = java.environment()
        if self._without:
            java = java.without_aot_cache()  # it is bound to the class path
            jars = environment["CLASSPATH"].split(os.pathsep)
            left = [jar for jar in jars if not Path(jar).name.startswith(self._without)]
            environment["CLASSPATH"] = os.pathsep.join(left)
        main = [
            "-Dkplan.log.level=info",
            "org.apache.kafka.connect.cli.ConnectDistributed",
            "worker.properties",
        ]
        command = [*java.java_command(self._heap), *main]
        self.process = process.spawn(
            command, log=self.log, folder=self.folder, environment=environment, tie=True
        )

    def _is_ready(self) -> bool:
        until = time.monotonic() + _WITHIN
        while time.monotonic() < until and process.alive(self.process):
            try:
                if self._pool.request("GET", f"{self.url}/health", timeout=5).status in {200, 401}:
                    return True
            except urllib3.exceptions.HTTPError:
                pass
            time.sleep(0.05)
        return False

    def kill(self) -> None:
        process.kill([self.process])

    def leave(self) -> None:
        """End it in good order, so that others take up its work at once."""
        process.send(self.process, signal.SIGTERM)
        wait_for(lambda: not process.alive(self.process))
        self.kill()

    def restart(self) -> None:
        """Start it again on its port, which nobody else takes as it is none that the system hands out."""
        self.start()
        assert self._is_ready()

    def pause(self) -> None:
        process.pause(self.process)

    def resume(self) -> None:
        process.send(self.process, signal.SIGCONT)

    # --- as another client

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Call the worker until it is not busy with itself; gives what it answers."""
        headers = {"Content-Type": "application/json"}
        data = None if body is None else json.dumps(body)
        for _ in range(200):
            answer = self._pool.request(method, self.url + path, body=data, headers=headers, timeout=_WITHIN)
            if answer.status != 409 and b"a rebalance is expected" not in answer.data:
                break
            time.sleep(0.1)
        assert answer.status < 300 or (method, answer.status) == ("GET", 404), (answer.status, answer.data)
        return json.loads(answer.data) if answer.data else None

    def at(self, name: str, rest: str = "") -> str:
        return f"/connectors/{quote(name, safe='')}{rest}"

    def config(self, name: str) -> dict[str, str] | None:
        found = self.ask("GET", self.at(name, "/config"))
        return None if "error_code" in found else found

    def put(self, name: str, **config: str) -> None:
        """Set keys of a connector's configuration, leaving the others."""
        keys = {key.replace("_", "."): value for key, value in config.items()}
        self.ask("PUT", self.at(name, "/config"), {**(self.config(name) or {}), **keys})

    def make(self, name: str, config: dict[str, str], state: str = "RUNNING") -> None:
        self.ask("POST", "/connectors", {"name": name, "config": config, "initial_state": state})
        wait_for(lambda: self.state(name) == state)

    def delete(self, name: str) -> None:
        self.ask("DELETE", self.at(name))
        wait_for(lambda: self.config(name) is None)

    def state(self, name: str) -> str:
        found = self.ask("GET", self.at(name, "/status"))
        return "" if "error_code" in found else found["connector"]["state"]

    def tasks(self, name: str) -> list[str]:
        found = self.ask("GET", self.at(name, "/status"))
        return [one["state"] for one in found.get("tasks", ())]

    def hold(self, name: str, how: str, state: str) -> None:
        """Pause, stop or resume a connector."""
        self.ask("PUT", self.at(name, f"/{how}"))
        wait_for(lambda: self.state(name) == state)

    def offsets(self, name: str) -> list[Any]:
        return self.ask("GET", self.at(name, "/offsets"))["offsets"]

    def names(self, prefix: str = "") -> list[str]:
        return sorted(name for name in self.ask("GET", "/connectors") if name.startswith(prefix))

    def requests(self, *methods: str) -> list[str]:
        """List the requests for connectors, by such methods, that the worker has logged so far, as `PUT /path`."""
        found = _REQUEST.findall(self.log.read_text())
        wanted = [(method, path) for method, path, _ in found if method in methods]
        return [f"{method} {path}" for method, path in wanted if path.startswith("/connectors")]

    def statuses(self, name: str) -> list[str]:
        """Read all that was ever written of a connector's and its tasks' statuses: a restart adds to them."""
        topic = f"{self.group}-status"
        consumer = Consumer(
            {"bootstrap.servers": self.cluster.bootstrap, "group.id": "reads-statuses", "log_level": 0}
        )
        try:
            place = TopicPartition(topic, 0, 0)
            _, end = consumer.get_watermark_offsets(place, timeout=30)
            consumer.assign([place])
            read: list[str] = []
            at = 0
            while at < end:
                message = consumer.poll(10)
                assert message is not None, "the topic of statuses can't be read"
                at = message.offset() + 1
                key = (message.key() or b"").decode()
                if key == f"status-connector-{name}" or key.startswith(f"status-task-{name}-"):
                    read.append(f"{key} {(message.value() or b'').decode()}")
            return read
        finally:
            consumer.close()
