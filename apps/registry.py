"""The contract behind a schema registry's REST paths, on loopback, for tools that ask one."""

from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from klantbus.bus.registry import page_for

NOT_FOUND = '{"error_code": 40403, "message": "Schema not found"}'
CONTENT_TYPE = "application/vnd.schemaregistry.v1+json"


def registry_server(answers: Mapping[str, str], host: str, port: int) -> ThreadingHTTPServer:
    """Return a server of `answers`, not yet running; port 0 takes a free one."""

    class Answering(BaseHTTPRequestHandler):
        """Answers a path with its page. It reads, and nothing else."""

        def do_GET(self) -> None:
            page = page_for(self.path, answers)
            body = (page or NOT_FOUND).encode()
            self.send_response(HTTPStatus.OK if page else HTTPStatus.NOT_FOUND)
            self.send_header("Content-Type", CONTENT_TYPE)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing: who asked for what is nobody's business."""

    return ThreadingHTTPServer((host, port), Answering)
