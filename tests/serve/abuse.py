"""A hundred abusive requests: what each sends, and which answers it may get."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from collections.abc import Iterator

from running import request_of

FORM, JSON = "multipart/form-data; boundary=x", "application/json"
GET = b"GET /health HTTP/1.1\r\nHost: localhost\r\n"
POST = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n"
# Statuses that a refusal may have, and 0 for a connection that closes without a word.
REFUSED = frozenset({0, 400, 401, 404, 405, 408, 411, 413, 415, 421, 422, 431, 501, 503})
ANY = REFUSED | {200}

Case = tuple[bytes, frozenset[int]]


def png(width: int, height: int, data: bytes = b"") -> bytes:
    """A PNG file that says what it likes of its size."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", data or zlib.compress(b"\0")) + chunk(b"IEND", b"")


def part(name: str, content: bytes, file_name: str | None = None) -> bytes:
    """A part of a form."""
    ending = "" if file_name is None else f'; filename="{file_name}"'
    head = f'--x\r\nContent-Disposition: form-data; name="{name}"{ending}\r\n\r\n'
    return head.encode() + content + b"\r\n"


def pictures_json(*pictures: object, **options: object) -> bytes:
    return json.dumps({"pictures": pictures, **options}).encode()


def _bombs() -> Iterator[tuple[str, Case]]:
    for name, content in {
        "a huge size": png(2**31 - 1, 2**31 - 1),
        "a long size": png(1, 2**31 - 1),
        "a packed size": png(20_000, 20_000, zlib.compress(bytes(20_000_00), 9)),
        "no size": png(0, 0),
        "a cut picture": png(64, 64)[:40],
        "only a start": b"\x89PNG\r\n\x1a\n",
        "a GIF of blocks": b"GIF89a" + struct.pack("<HH", 9, 9) + b"\0\0\0" + b"!\xff\x01a\0" * 30_000,
        "a JPEG of segments": b"\xff\xd8\xff" + b"\xe0\0\2\xff" * 40_000,
        "a TIFF of tags": b"II*\0\x08\0\0\0\xff\xff" + bytes(120_000),
        "a TIFF that circles": b"II*\0\x08\0\0\0\1\0\0\1\4\0\1\0\0\0\1\0\0\0\x08\0\0\0",
        "an SVG": b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
        "an SVG that includes": b'<!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg>&x;</svg>',
        "a zip": b"PK\3\4" + bytes(200),
        "a pickle": b"\x80\x04cos\nsystem\n(S'true'\ntR.",
        "EPS that runs": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(x) run\n",
        "PPM of a size": b"P6 99999 99999 255\n",
        "PPM in letters": b"P3 9 9 255\n" + b"x " * 9000,
        "a BMP that lies": b"BM" + struct.pack("<IHHIIiiHHII", 9, 0, 0, 54, 40, 2**30, -(2**30), 1, 24, 0, 0),
        "an ICO": b"\0\0\1\0\1\0" + bytes(40),
        "noise": bytes(range(256)) * 64,
    }.items():
        yield f"picture: {name}", (request_of(content), frozenset({413, 422}))


def _forms() -> Iterator[tuple[str, Case]]:
    bad = frozenset({400, 413, 415, 422})
    for name, body in {
        "cut short": part("pictures", b"x", "a.png"),
        "no parts": b"--x--\r\n",
        "no end of headers": b"--x\r\nContent-Disposition: form-data",
        "a part without a name": b"--x\r\nContent-Disposition: form-data\r\n\r\nx\r\n--x--\r\n",
        "many parts": part("pictures", b"x", "a.png") * 1000 + b"--x--\r\n",
        "many fields": part("top", b"1") * 1000 + b"--x--\r\n",
        "many headers": b"--x\r\n" + b"X-A: b\r\n" * 5000 + b"\r\nx\r\n--x--\r\n",
        "a long header": b"--x\r\nX: " + b"a" * 100_000 + b"\r\n\r\nx\r\n--x--\r\n",
        "almost boundaries": b"--x\r\n\r\n" + b"\r\n--y" * 20_000,
        "boundaries": b"\r\n--x" * 30_000,
        "a field that is no UTF-8": part("top", b"\xff\xfe") + part("pictures", b"x", "a.png") + b"--x--\r\n",
        "a path for a name": part("pictures", b"x", "../../etc/passwd") + b"--x--\r\n",
        "signs for a name": part("pictures", b"x", "\x1b]0;x\x07<script>") + b"--x--\r\n",
        "an unknown field": part("url", b"http://127.0.0.1:1/") + part("pictures", b"x", "a") + b"--x--\r\n",
        "an address as a picture": part("pictures", b"file:///etc/passwd") + b"--x--\r\n",
        "something else": b"GET / HTTP/1.1\r\n\r\n",
    }.items():
        yield f"form: {name}", (request_of(body, FORM), bad)
    for kind in (
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=" + "b" * 900,
    ):
        yield f"form: {kind[:40]}", (request_of(b"--x--\r\n", kind), bad)


def _jsons() -> Iterator[tuple[str, Case]]:
    bad = frozenset({400, 413, 422})
    text = base64.b64encode(b"x" * 30).decode()
    for name, body in {
        "deep": b"[" * 90_000,
        "deep and closed": b'{"pictures":' + b"[" * 40_000 + b"]" * 40_000 + b"}",
        "many values": b"[" + b"0," * 90_000 + b"0]",
        "many pictures": pictures_json(*[""] * 20_000),
        "a huge number": b'{"pictures": [], "top": ' + b"9" * 10_000 + b"}",
        "infinity": b'{"pictures": ["eA=="], "target_accuracy": Infinity}',
        "NaN": b'{"pictures": ["eA=="], "target_accuracy": NaN}',
        "broken UTF-8": b'{"pictures": ["\xff\xfe"]}',
        "half a pair": b'{"pictures": [{"name": "\\ud800", "content": "eA=="}]}',
        "no bytes": b"\0\0\0\0",
        "an address": pictures_json("http://127.0.0.1:1/a.png"),
        "a file": pictures_json({"name": "x", "content": "file:///etc/passwd"}),
        "a long name": pictures_json({"name": "n" * 90_000, "content": text}),
        "another type": pictures_json(7, None, [], True),
        "an unknown field": pictures_json(text, __class__="x"),
        "twice": b'{"pictures": ["eA=="], "pictures": []}',
        "a text": b'"pictures"',
    }.items():
        yield f"JSON: {name}", (request_of(body, JSON), bad)


def _targets() -> Iterator[tuple[str, Case]]:
    for target in (
        "/../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/predict/../../x",
        "//predict",
        "/predict%00",
        "/\\..\\..\\x",
        "http://127.0.0.1:1/predict",
        "*",
        "/" + "a" * 20_000,
        "/page/page.js",
        "/%ff%fe",
        "/predict?" + "a=b&" * 5000,
    ):
        yield (
            f"path: {target[:30]}",
            (b"GET " + target.encode() + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", REFUSED),
        )
    for method in ("TRACE", "CONNECT", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND", "BREW", "get"):
        yield (
            f"method: {method}",
            (f"{method} /predict HTTP/1.1\r\nHost: localhost\r\n\r\n".encode(), REFUSED),
        )


def _protocol() -> Iterator[tuple[str, Case]]:
    chunked = POST + b"Transfer-Encoding: chunked\r\n\r\n"
    cases: dict[str, Case] = {
        "10,000 headers": (GET + b"".join(b"X-%d: y\r\n" % i for i in range(10_000)) + b"\r\n", REFUSED),
        "200 headers": (GET + b"".join(b"X-%d: y\r\n" % i for i in range(200)) + b"\r\n", REFUSED),
        "an endless header": (GET + b"X: " + b"a" * 1_000_000, REFUSED),
        "an endless name": (GET + b"a" * 1_000_000, REFUSED),
        "an endless line": (b"GET /" + b"a" * 1_000_000, REFUSED),
        "a length too long": (POST + b"Content-Length: 99999999999\r\n\r\nx", REFUSED),
        "a length of digits": (POST + b"Content-Length: " + b"9" * 4000 + b"\r\n\r\nx", REFUSED),
        "a length below 0": (POST + b"Content-Length: -5\r\n\r\nx", REFUSED),
        "a length in letters": (POST + b"Content-Length: 0x10\r\n\r\nx", REFUSED),
        "two lengths": (POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", REFUSED),
        "length and chunks": (
            POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            REFUSED,
        ),
        "a length that is not kept": (POST + b"Content-Length: 5000\r\n\r\nx", REFUSED),
        "a body without a length": (POST + b"\r\nGET", REFUSED),
        "chunks without an end": (chunked + b"10000\r\n" + b"a" * 65536 + b"\r\n" + b"10000\r\n", REFUSED),
        "chunks beyond the limit": (chunked + (b"10000\r\n" + b"a" * 65536 + b"\r\n") * 16, REFUSED),
        "chunks that lie": (chunked + b"zz\r\nx\r\n", REFUSED),
        "a chunk of a huge size": (chunked + b"fffffffffffffffff\r\nx", REFUSED),
        "no host": (b"GET /health HTTP/1.1\r\n\r\n", REFUSED),
        "two hosts": (GET + b"Host: evil.example\r\n\r\n", ANY),
        "another host": (b"GET /health HTTP/1.1\r\nHost: evil.example\r\n\r\n", REFUSED),
        "no HTTP": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(300), REFUSED),
        "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", REFUSED),
        "HTTP/0.9": (b"GET /health\r\n\r\n", REFUSED),
        "HTTP/9": (b"GET /health HTTP/9.9\r\n\r\n", REFUSED),
        "bytes": (bytes(5000), REFUSED),
        "lines": (b"\r\n" * 50_000, REFUSED),
        "a header that splits": (GET + b"X: a\nSet-Cookie: b\r\n\r\n", ANY),
        "a folded header": (GET + b"X: a\r\n  b\r\n\r\n", ANY),
        "a NUL in a header": (GET + b"X: a\0b\r\n\r\n", REFUSED),
        "a web socket": (GET + b"Connection: upgrade\r\nUpgrade: websocket\r\n\r\n", ANY),
        "an upgrade": (GET + b"Connection: upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: A\r\n\r\n", ANY),
        "much at once": ((GET + b"\r\n") * 2000, frozenset({0, 200, 503})),
        "one within another": (
            POST + b"Content-Length: 4\r\n\r\nxxxxGET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n",
            frozenset({200, 422}),
        ),
        "a line break first": (b"\r\n" + GET + b"\r\n", ANY),
        "an early end": (GET[:30], REFUSED),
        "to be continued": (POST + b"Expect: 100-continue\r\nContent-Length: 99999999\r\n\r\n", REFUSED),
    }
    for name, case in cases.items():
        yield f"protocol: {name}", case


CASES: dict[str, Case] = {
    name: case for cases in (_bombs(), _forms(), _jsons(), _targets(), _protocol()) for name, case in cases
}
