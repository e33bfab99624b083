"""Redirects are records of their own, and the evidence says how each connection was secured."""

from __future__ import annotations

import http.server
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme
from warcio.archiveiterator import ArchiveIterator

from support.rawsite import Site, listing_page, response, search_page, serving, wildtrade, workspace

CRAWL = ("crawl", "bazaar", "--json", "--quiet")


def records(home: Path) -> list[tuple[str, str | None, dict[str, str], bytes]]:
    """Type, address, WARC headers and block of every record but the first."""
    (path,) = (home / "data" / "evidence").glob("*.warc.gz")
    with path.open("rb") as file:
        found = []
        for record in ArchiveIterator(file, no_record_parse=True):
            headers = dict(record.rec_headers.headers)
            found.append((record.rec_type, headers.get("WARC-Target-URI"), headers, record.raw_stream.read()))
    return found[1:]


def test_redirects_are_records_of_their_own(tmp_path: Path) -> None:
    site = Site(pages={"/search?q=table&page=1": search_page([1])})
    site.pages["/item/1"] = response("moved", status="302 Over there", extra="Location: /item/1b\r\n")
    site.pages["/item/1b"] = response("again", status="301 And there", extra="Location: /item/1c\r\n")
    site.pages["/item/1c"] = listing_page(1)
    with serving(site):
        home = workspace(tmp_path, site.port)
        assert wildtrade(home, *CRAWL).code == 0
        base = f"http://127.0.0.1:{site.port}/item/"
    responses = [(uri, block) for kind, uri, _, block in records(home) if kind == "response" and "/item/" in str(uri)]
    assert [uri for uri, _ in responses] == [f"{base}1c", f"{base}1", f"{base}1b"]
    assert b"302 Over there" in responses[1][1] and b"301 And there" in responses[2][1]
    requests = [uri for kind, uri, _, _ in records(home) if kind == "request" and "/item/" in str(uri)]
    assert requests == [f"{base}1c", f"{base}1", f"{base}1b"]
    assert wildtrade(home, "evidence", "verify").code == 0


@contextmanager
def secured(site: Site, folder: Path) -> Iterator[int]:
    """The site's pages over TLS; its authority lies in ``folder``."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.wfile.write(site.pages.get(self.path, response("", status="404 No")))
            self.close_connection = False

        def log_message(self, *_: object) -> None:
            pass

    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_certificates_are_kept_once_and_named_by_every_page(tmp_path: Path) -> None:
    site = Site(pages={"/search?q=table&page=1": search_page([1, 2])})
    site.pages |= {"/item/1": listing_page(1), "/item/2": listing_page(2)}
    with secured(site, tmp_path) as port:
        home = workspace(tmp_path, port, more=f"ca_file: {tmp_path}/ca.pem\n")
        source = home / "sources" / "bazaar.yaml"
        source.write_text(source.read_text(encoding="utf-8").replace("http://127", "https://127"), encoding="utf-8")
        done = wildtrade(home, *CRAWL)
        assert done.data["listings"]["new"] == 2, done.data
    chains = [(uri, block) for kind, uri, _, block in records(home) if kind == "resource"]
    assert len(chains) == 1 and chains[0][1].startswith(b"-----BEGIN CERTIFICATE-----")
    pages = [headers for kind, _, headers, _ in records(home) if kind == "response"]
    assert len(pages) >= 3
    for headers in pages:
        assert headers["WARC-Certificate-Chain"] == chains[0][0]
        assert headers["WARC-Protocol"].startswith("tls/1.") and headers["WARC-Cipher-Suite"]
    with pytest.raises(FileNotFoundError):
        (home / "data" / "evidence" / "torn").stat()
