"""A stand-in for a worker on a real socket, which answers as it is told and remembers what it was asked."""

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ROOT = {"version": "4.3.1", "commit": "c", "kafka_cluster_id": "kafka-1"}
PLUGINS = [{"class": "org.acme.Sink", "type": "sink", "version": "1"}]
Answer = tuple[int, Any] | Callable[[BaseHTTPRequestHandler], None]


class Standin:
    """Answers by method and path (without its query); a list is used up, its last answer stays."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[str] = []
        self.bodies: list[Any] = []
        self.headers: list[dict[str, str]] = []
        self.answers: dict[str, list[Answer]] = {
            "GET /": [(200, ROOT)],
            "GET /health": [(200, {"status": "healthy", "message": "ready"})],
            "GET /connector-plugins": [(200, PLUGINS)],
            "GET /connectors": [(200, {})],
        }

    def on(self, what: str, *answers: Answer) -> None:
        self.answers[what] = list(answers)

    def settings(self, **more: Any) -> dict[str, Any]:
        return {"name": "etl", "urls": (self.url,), "group_id": "etl", **more}

    def writes(self) -> list[str]:
        return [one for one in self.asked if not one.startswith("GET")]


def live(
    config: dict[str, str], state: str = "RUNNING", tasks: tuple[str, ...] = ("RUNNING",), trace: str = ""
) -> Any:
    """Give a connector as `expand` has it."""
    told = {"trace": trace} if trace else {}
    return {
        "info": {"name": config["name"], "config": config, "tasks": [], "type": "sink"},
        "status": {
            "name": config["name"],
            "connector": {"state": state, "worker_id": "w"},
            "tasks": [{"id": at, "state": one, "worker_id": "w", **told} for at, one in enumerate(tasks)],
            "type": "sink",
        },
    }


@contextmanager
def standin(context: ssl.SSLContext | None = None) -> Iterator[Standin]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.daemon_threads = True
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    made = Standin(f"{'https' if context else 'http'}://127.0.0.1:{server.server_port}")
    server.RequestHandlerClass = _handler(made)
    server.handle_error = lambda *_: None  # type: ignore[method-assign] - clients that break off are meant
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01), daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(made: Standin) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else each answer waits 40 ms for an acknowledgement

        def answer(self) -> None:
            what = f"{self.command} {self.path.partition('?')[0]}"
            size = int(self.headers.get("content-length") or 0)
            body = self.rfile.read(size)
            made.asked.append(f"{self.command} {self.path}")
            made.bodies.append(json.loads(body) if body else None)
            made.headers.append(dict(self.headers))
            answers = made.answers.get(what, [(404, {"error_code": 404, "message": "Not found"})])
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            if callable(answer):
                answer(self)
            else:
                say(self, *answer)

        do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815 - as http.server looks for them

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler


def say(handler: BaseHTTPRequestHandler, status: int, body: Any, kind: str = "application/json") -> None:
    data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    handler.send_response(status)
    handler.send_header("content-type", kind)
    handler.send_header("content-length", str(len(data)))
    handler.end_headers()
    handler.wfile.write(data)


def html(status: int) -> Answer:
    return lambda handler: say(handler, status, b"<html>Bad gateway</html>", "text/html")


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True
    handler.connection.close()


def drip(handler: BaseHTTPRequestHandler) -> None:
    """Answer a byte at a time, without end."""
    import time

    handler.send_response(200)
    handler.send_header("content-length", "1000000")
    handler.end_headers()
    for _ in range(100):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.1)
