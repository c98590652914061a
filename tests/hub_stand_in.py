"""A stand-in for the hub's HTTP interface: repositories in memory, on 127.0.0.1.

Small files come in the commit itself. Those that the hub keeps as large ones go one of two ways. By Git LFS,
as `huggingface_hub` does it where Xet is not installed: instructions, the parts, their completion, a check,
and a commit that names the content by its SHA-256; downloads are led elsewhere. Or by Xet: this hands out
the place of a store and a token for it, and the hub's library `hf_xet` cuts files into chunks, stores and
reads them; the store is a folder, which it takes in place of the hub's servers.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

COMMIT = "0" * 39 + "1"


class Hub(ThreadingHTTPServer):
    """Repositories by name, each a file's content by path; and what was asked, a line each.

    Attributes:
        smallest_large: Files of so many bytes and more are kept as large ones; None for none.
        part_bytes: They are sent in parts of so many bytes; None for whole ones.
        objects: Large contents by their SHA-256.
        parts: What has come of each, by number.
        xet_store: The folder of large contents that go by Xet; None where none does.
        xet_files: Of these, by their SHA-256, the name in the store and the number of bytes.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.repositories: dict[str, dict[str, bytes]] = {}
        self.private: dict[str, bool] = {}
        self.requests: list[str] = []
        self.smallest_large: int | None = None
        self.part_bytes: int | None = None
        self.objects: dict[str, bytes] = {}
        self.parts: dict[str, dict[int, bytes]] = {}
        self.xet_store: Path | None = None
        self.xet_files: dict[str, tuple[str, int]] = {}

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
        if "/xet-read-token/" in self.path or "/xet-write-token/" in self.path:
            self._xet_token()
            return
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
            modes = [
                {"path": each["path"], "uploadMode": self._mode(each), "shouldIgnore": False}
                for each in files
            ]
            self._json({"files": modes, "commitOid": COMMIT})
        elif self.path.endswith(".git/info/lfs/objects/batch"):
            objects = json.loads(body)["objects"]
            self._json({"transfer": "multipart", "objects": [self._instructions(**each) for each in objects]})
        elif self.path.startswith("/lfs/complete/"):
            oid = self.path.rpartition("/")[2]
            self._keep(oid, b"".join(content for _, content in sorted(self.server.parts.pop(oid).items())))
        elif self.path.startswith("/lfs/verify"):
            asked = json.loads(body)
            is_there = len(self.server.objects.get(asked["oid"], b"")) == asked["size"]
            self._json({}, 200 if is_there else 404)
        elif "/commit/" in self.path:
            name = "/".join(self.path.split("/")[3:5])
            for line in body.splitlines():
                part = json.loads(line)
                value = part["value"]
                if part["key"] == "file":
                    self.server.repositories[name][value["path"]] = base64.b64decode(value["content"])
                elif part["key"] == "lfsFile":
                    # What lies in Xet's store is no content here: a pointer stands for it.
                    content = self.server.objects.get(value["oid"], value["oid"].encode())
                    self.server.repositories[name][value["path"]] = content
            self._json(
                {
                    "commitUrl": f"{self.server.address}/{name}/commit/{COMMIT}",
                    "commitOid": COMMIT,
                    "success": True,
                }
            )
        else:
            self._json({"error": "no such place"}, 404)

    def do_PUT(self) -> None:
        body = self._body()
        _, _, _, oid, *number = self.path.split("/")
        self.server.requests.append(f"PUT {self.path}")
        if number:
            self.server.parts.setdefault(oid, {})[int(number[0])] = body
            self._answer(200, b"", {"ETag": f'"{oid[:6]}-{number[0]}"'})
        else:
            self._keep(oid, body)

    def _mode(self, file: dict[str, Any]) -> str:
        smallest = self.server.smallest_large
        return "lfs" if smallest is not None and file["size"] >= smallest else "regular"

    def _instructions(self, oid: str, size: int) -> dict[str, Any]:
        """How a large content is to be sent; nothing to send where it is there."""
        if oid in self.server.objects:
            return {"oid": oid, "size": size}
        root, part = self.server.address, self.server.part_bytes
        upload: dict[str, Any] = {"href": f"{root}/lfs/whole/{oid}"}
        if part is not None:
            urls = {str(k + 1): f"{root}/lfs/part/{oid}/{k + 1}" for k in range(-(-size // part))}
            upload = {"href": f"{root}/lfs/complete/{oid}", "header": {"chunk_size": str(part), **urls}}
        return {
            "oid": oid,
            "size": size,
            "actions": {"upload": upload, "verify": {"href": f"{root}/lfs/verify"}},
        }

    def _keep(self, oid: str, content: bytes) -> None:
        if hashlib.sha256(content).hexdigest() != oid:
            self._json({"error": "another content"}, 422)
            return
        self.server.objects[oid] = content
        self._json({})

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
        if parts[1:3] == ["lfs", "content"]:
            self.server.requests.append(f"{self.command} {self.path}")
            self._answer(200, self.server.objects[parts[3]], {}, is_sent=is_wanted)
            return
        name, path = "/".join(parts[1:3]), "/".join(parts[5:])
        self.server.requests.append(f"{self.command} {self.path}")
        files = self.server.repositories.get(name)
        if files is None or path not in files:
            code = "RepoNotFound" if files is None else "EntryNotFound"
            self._answer(404, b"", {"X-Error-Code": code, "X-Error-Message": "not here"})
            return
        content = files[path]
        if content.decode("ascii", "replace") in self.server.xet_files:
            self._xet_file(content.decode())
            return
        oid = hashlib.sha256(content).hexdigest()
        headers = {"ETag": f'"{oid}"', "X-Repo-Commit": COMMIT}
        if oid in self.server.objects:
            # A name that is no content of its own: what it stands for lies elsewhere, with another host.
            linked = {"X-Linked-ETag": f'"{oid}"', "X-Linked-Size": str(len(content))}
            elsewhere = f"http://localhost:{self.server.server_port}/lfs/content/{oid}"
            place = {"Location": elsewhere, "ETag": '"a-pointer"'}
            self._answer(302, b"", {**headers, **linked, **place})
            return
        self._answer(200, content, headers, is_sent=is_wanted)

    def _xet_token(self) -> None:
        """Where the store is, for whoever may read or write; refused where there is none."""
        self.server.requests.append(f"GET {self.path}")
        if self.server.xet_store is None:
            self._json({"error": "no such place"}, 403)
            return
        token = {"casUrl": f"local://{self.server.xet_store}", "accessToken": "a-token", "exp": 4_000_000_000}
        names = {"casUrl": "Cas-Url", "accessToken": "Access-Token", "exp": "Token-Expiration"}
        headers = {f"X-Xet-{names[key]}": str(value) for key, value in token.items()}
        self._answer(200, json.dumps(token).encode(), {"Content-Type": "application/json", **headers})

    def _xet_file(self, oid: str) -> None:
        """A file of Xet's store: its name there, and where the token for it is had."""
        name, size = self.server.xet_files[oid]
        route = (
            f"{self.server.address}/api/models/{'/'.join(self.path.split('/')[1:3])}/xet-read-token/{COMMIT}"
        )
        linked = {"X-Linked-ETag": f'"{oid}"', "X-Linked-Size": str(size), "X-Repo-Commit": COMMIT}
        xet = {"X-Xet-Hash": name, "X-Xet-Refresh-Route": route}
        elsewhere = f"http://localhost:{self.server.server_port}/by-xet-alone"
        self._answer(302, b"", {**linked, **xet, "Location": elsewhere, "ETag": '"a-pointer"'})

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
