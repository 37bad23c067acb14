"""Servers that fail. Time limits are cut down."""

import hashlib
import socket
import ssl
import subprocess
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

CONTENT = bytes(range(256)) * 40
SIGN_IN = b"<html>Please sign in</html>"
LIMITS = {"TIMEOUT": 0.5, "PATIENCE": 0.3, "ATTEMPTS": 0}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        getattr(self, self.path.split("/")[1].replace("-", "_"))()

    def send(self, content, length=None, status=200, **headers):
        self.send_response(status)
        self.send_header("Content-Length", str(len(content) if length is None else length))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def gone(self):
        self.send_error(404)

    def broken(self):
        self.send_error(500)

    def cut(self):
        self.send(CONTENT[:5_000], len(CONTENT))

    def short(self):
        self.send(CONTENT, 5_000)

    def odd(self):
        self.send(CONTENT, "many")

    def other(self):
        self.send(SIGN_IN)

    def circle(self):
        self.send(b"", status=302, Location=self.path)

    def silent(self):
        time.sleep(2)

    def hangs(self):
        self.send(CONTENT[:5_000], len(CONTENT))
        time.sleep(2)

    def drips(self):
        self.send(b"x", len(CONTENT))
        for _ in range(40):
            time.sleep(0.05)
            self.wfile.write(b"x")

    def nonsense(self):
        self.wfile.write(b"\0\1\2 no HTTP at all\r\n\r\n")

    def log_message(self, *arguments):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *arguments):
        pass  # a client that has gone


def serving(server):
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def port():
    yield from serving(Server(("127.0.0.1", 0), Handler))


@pytest.fixture(scope="module")
def port_of_tls(tmp_path_factory):
    """A server with a self-signed certificate."""
    key, certificate = (tmp_path_factory.mktemp("tls") / name for name in ("key.pem", "certificate.pem"))
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1", "-days", "1"]
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate]
    subprocess.run([*command, *names], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = Server(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    yield from serving(server)


@pytest.fixture
def study(place, refused):
    def study(address, failure):
        """Study an archive of this address, which fails in this way."""
        dataset = {"kind": "archive", "sources": [address], "sha256": "0" * 64}
        ended = place.read(dataset, LIMITS)
        refused(
            ended,
            "zoo.tgz: no copy of the archive and no source that works. Tried were\n"
            f"  {place.folder}/home/.fastai/archive/zoo.tgz: No such file or directory\n"
            f"  {address}: {failure}\n"
            "Two ways on: put zoo.tgz into ~/.fastai/archive or any folder named by LADDER_ARCHIVES, or study the "
            "digits bundled with scikit-learn: snakemake --config dataset=digits",
        )

    return study


BAD = {
    "gone": "404 Client Error: Not Found for url: {}",
    "broken": "500 Server Error: Internal Server Error for url: {}",
    "cut": "IncompleteRead(5000 bytes read, 5240 more expected)",
    "short": f"sha256 is {hashlib.sha256(CONTENT[:5_000]).hexdigest()}, not {'0' * 64}",
    "odd": "invalid literal for int() with base 10: 'many'",
    "other": f"sha256 is {hashlib.sha256(SIGN_IN).hexdigest()}, not {'0' * 64}",
    "circle": "Exceeded 30 redirects.",
    "silent": "timed out",
    "hangs": "timed out",
    "drips": "fewer than 1,024 bytes a second came for 0.3 s",
    "nonsense": r"the answer is not HTTP, '\x00\x01\x02 no HTTP at all'",
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_server_is_named_with_what_it_did(study, port, case):
    address = f"http://127.0.0.1:{port}/{case}/zoo.tgz"
    study(address, BAD[case].format(address))


def test_a_port_where_nobody_listens(study):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        study(f"http://127.0.0.1:{unused.getsockname()[1]}/zoo.tgz", "Connection refused")


def test_a_host_that_does_not_exist(study):
    study("http://nowhere.invalid/zoo.tgz", "Name or service not known")


def test_a_certificate_that_nobody_signed(study, port_of_tls):
    study(
        f"https://127.0.0.1:{port_of_tls}/cut/zoo.tgz",
        "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate",
    )


def test_a_server_without_tls(study, port):
    study(f"https://127.0.0.1:{port}/cut/zoo.tgz", "[SSL: WRONG_VERSION_NUMBER] wrong version number")
