"""A stand-in for the hub's HTTP interface: repositories in memory, on 127.0.0.1."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMIT = "0" * 39 + "1"


class Hub(ThreadingHTTPServer):
    """Repositories by name, each a file's content by path; and what was asked, a line each."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.repositories: dict[str, dict[str, bytes]] = {}
        self.private: dict[str, bool] = {}
        self.requests: list[str] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def hub() -> Iterator[Hub]:
    server = Hub()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: object) -> None:
        """Says nothing."""

    def do_HEAD(self) -> None:
        self._file(is_wanted=False)

    def do_GET(self) -> None:
        if self.path.startswith("/api/"):
            name = "/".join(self.path.split("/")[3:5])
            is_known = name in self.server.repositories
            self._json({"id": name, "sha": COMMIT, "siblings": []}, 200 if is_known else 404)
            return
        self._file(is_wanted=True)

    def do_POST(self) -> None:
        body = self._body()
        self.server.requests.append(f"POST {self.path}")
        if self.path == "/api/repos/create":
            asked = json.loads(body)
            name = f"{asked['organization']}/{asked['name']}" if asked.get("organization") else asked["name"]
            self.server.repositories.setdefault(name, {})
            self.server.private[name] = bool(asked.get("private")) or asked.get("visibility") == "private"
            self._json({"url": f"{self.server.address}/{name}", "name": name})
        elif self.path == "/api/validate-yaml":
            self._json({"warnings": [], "errors": []})
        elif "/preupload/" in self.path:
            files = json.loads(body)["files"]
            modes = [{"path": each["path"], "uploadMode": "regular", "shouldIgnore": False} for each in files]
            self._json({"files": modes, "commitOid": COMMIT})
        elif "/commit/" in self.path:
            name = "/".join(self.path.split("/")[3:5])
            for line in body.splitlines():
                part = json.loads(line)
                if part["key"] == "file":
                    content = base64.b64decode(part["value"]["content"])
                    self.server.repositories[name][part["value"]["path"]] = content
            self._json(
                {
                    "commitUrl": f"{self.server.address}/{name}/commit/{COMMIT}",
                    "commitOid": COMMIT,
                    "success": True,
                }
            )
        else:
            self._json({"error": "no such place"}, 404)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _file(self, *, is_wanted: bool) -> None:
        parts = self.path.partition("?")[0].split("/")
        name, path = "/".join(parts[1:3]), "/".join(parts[5:])
        self.server.requests.append(f"{self.command} {self.path}")
        files = self.server.repositories.get(name)
        if files is None or path not in files:
            code = "RepoNotFound" if files is None else "EntryNotFound"
            self._answer(404, b"", {"X-Error-Code": code, "X-Error-Message": "not here"})
            return
        content = files[path]
        headers = {"ETag": f'"{hashlib.sha256(content).hexdigest()}"', "X-Repo-Commit": COMMIT}
        self._answer(200, content, headers, is_sent=is_wanted)

    def _json(self, content: object, status: int = 200) -> None:
        extra = {} if status == 200 else {"X-Error-Code": "RepoNotFound"}
        self._answer(status, json.dumps(content).encode(), {"Content-Type": "application/json", **extra})

    def _answer(self, status: int, content: bytes, headers: dict[str, str], *, is_sent: bool = True) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if is_sent and self.command != "HEAD":
            self.wfile.write(content)
