import gzip
import hashlib
import os
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pooch
import pytest

from ladder import download as module
from ladder.config.sources import archive_name
from ladder.download import download, mismatch
from ladder.errors import LadderError

CONTENT = bytes(range(256)) * 6_000  # more than a MiB
SHA256 = hashlib.sha256(CONTENT).hexdigest()
FASTAIS = {"size": len(CONTENT), "md5_1mb": hashlib.md5(CONTENT[: 1 << 20]).hexdigest()}
ATTEMPTS = module.ATTEMPTS
OTHER = hashlib.sha256(b"other").hexdigest()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        if self.path not in self.server.files:
            self.send_error(404)
            return
        content = self.server.files[self.path]
        self.send_response(200)
        if "gzip" in self.headers.get("Accept-Encoding", "gzip"):  # as many servers do to archives, too
            content = gzip.compress(content)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        cut = self.path in self.server.cut or self.path in self.server.cut_once
        self.server.cut_once.discard(self.path)
        self.wfile.write(content[: len(content) // 2] if cut else content)

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def running():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def server(running):
    """A server of `files`; files in `cut` end half-way, files in `cut_once` at the first time alone."""
    running.files, running.asked, running.cut, running.cut_once = {"/a.tgz": CONTENT}, [], set(), set()
    running.address = f"http://127.0.0.1:{running.server_port}"
    return running


@pytest.fixture
def home(tmp_path, monkeypatch):
    (tmp_path / "home/.fastai/archive").mkdir(parents=True)
    return tmp_path / "home"


@pytest.fixture
def target(tmp_path, monkeypatch, home):
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("LADDER_ARCHIVES", raising=False)
    monkeypatch.setattr(module, "ATTEMPTS", 0)  # after each attempt it waits a second and more
    # pooch's own handler holds the terminal of the first test.
    monkeypatch.setattr(pooch.get_logger(), "handlers", [])
    (tmp_path / "results").mkdir()
    return tmp_path / "results" / "archive"


@pytest.fixture
def closed_port():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return unused.getsockname()[1]


def put(folder, content=CONTENT):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "a.tgz").write_bytes(content)
    return str(folder)


def is_whole(target):
    """Check that the archive is there, and nothing beside it."""
    return target.read_bytes() == CONTENT and list(target.parent.iterdir()) == [target]


def refusal_of(target, *arguments, **options):
    with pytest.raises(LadderError) as caught:
        download(*arguments, target=str(target), **options)
    assert list(target.parent.iterdir()) == []
    return str(caught.value)


def test_a_download_is_verified_by_its_sha256(server, target, capfd):
    download([f"{server.address}/a.tgz"], str(target), sha256=SHA256)
    assert is_whole(target)
    assert f"download: a.tgz from {server.address}/a.tgz, verified by sha256\n" in capfd.readouterr().out


def test_a_download_is_verified_by_size_and_the_first_mib(server, target, capfd):
    download([f"{server.address}/a.tgz"], str(target), **FASTAIS)
    assert is_whole(target)
    assert f"download: a.tgz from {server.address}/a.tgz, verified by size and md5_1mb\n" in capfd.readouterr().out


def test_where_a_sha256_is_given_it_alone_decides(server, target):
    download([f"{server.address}/a.tgz"], str(target), sha256=SHA256, size=1, md5_1mb="0" * 32)
    assert is_whole(target)


@pytest.mark.parametrize(
    ("expected", "reason"),
    [
        ({"sha256": OTHER}, f"sha256 is {SHA256}, not {OTHER}"),
        (FASTAIS | {"size": 7}, "size is 1536000, not 7"),
        (FASTAIS | {"md5_1mb": "0" * 32}, f"md5_1mb is {FASTAIS['md5_1mb']}, not {'0' * 32}"),
    ],
)
def test_what_is_not_the_archive_is_refused(server, target, expected, reason):
    assert f"\n  {server.address}/a.tgz: {reason}\n" in refusal_of(target, [f"{server.address}/a.tgz"], **expected)


@pytest.mark.parametrize("fault", ["wrong", "gone", "cut", "refused"])
def test_a_source_that_fails_gives_way_to_the_next(server, target, closed_port, fault):
    server.files |= {"/wrong.tgz": b"wrong", "/cut.tgz": CONTENT}
    server.cut = {"/cut.tgz"}
    first = f"http://127.0.0.1:{closed_port}/a.tgz" if fault == "refused" else f"{server.address}/{fault}.tgz"
    download([first, f"{server.address}/a.tgz"], str(target), sha256=SHA256)
    assert is_whole(target)
    assert server.asked == ([] if fault == "refused" else [f"/{fault}.tgz"]) + ["/a.tgz"]


def test_the_first_source_that_works_is_the_last_one_asked(server, target):
    download([f"{server.address}/a.tgz", f"{server.address}/b.tgz"], str(target), sha256=SHA256)
    assert server.asked == ["/a.tgz"]


def test_an_address_that_fails_once_is_asked_again(server, target, monkeypatch):
    monkeypatch.setattr(module, "ATTEMPTS", 1)
    server.cut_once = {"/a.tgz"}
    download([f"{server.address}/a.tgz"], str(target), sha256=SHA256)
    assert is_whole(target)
    assert server.asked == ["/a.tgz", "/a.tgz"]


def test_an_address_is_asked_three_times_and_no_more(server, target, monkeypatch):
    waited = []
    monkeypatch.setattr(module, "ATTEMPTS", ATTEMPTS)
    monkeypatch.setattr(pooch.core.time, "sleep", waited.append)
    server.cut = {"/a.tgz"}
    refusal_of(target, [f"{server.address}/a.tgz"], sha256=SHA256)
    assert (server.asked, waited) == (["/a.tgz"] * 3, [1, 2])


def test_a_source_may_be_a_path(target, tmp_path):
    folder = put(tmp_path / "shelf")
    download([f"{tmp_path}/gone/a.tgz", f"{folder}/a.tgz"], str(target), sha256=SHA256)
    assert is_whole(target)


def test_a_source_may_be_an_address_of_a_file(target, tmp_path):
    download([f"file://{put(tmp_path / 'shelf')}/a.tgz"], str(target), sha256=SHA256)
    assert is_whole(target)


def test_a_copy_at_hand_is_searched_in_order(server, target, home, tmp_path, monkeypatch, capfd):
    places = [put(tmp_path / name) for name in ("one", "two", "three", "four")] + [put(home / ".fastai/archive")]
    monkeypatch.setenv("LADDER_ARCHIVES", os.pathsep.join(["", *places[2:4]]))
    for place in places:
        download([f"{server.address}/a.tgz"], str(target), places[:2], sha256=SHA256)
        assert is_whole(target)
        assert capfd.readouterr().out.splitlines()[-1] == f"download: a.tgz from {place}/a.tgz, verified by sha256"
        Path(place, "a.tgz").unlink()
        target.unlink()
    assert server.asked == []
    download([f"{server.address}/a.tgz"], str(target), places[:2], sha256=SHA256)
    assert server.asked == ["/a.tgz"]


def test_a_copy_is_left_where_it_is(target, tmp_path):
    folder = put(tmp_path / "shelf")
    download(["http://127.0.0.1/a.tgz"], str(target), [folder], sha256=SHA256)
    assert (tmp_path / "shelf" / "a.tgz").read_bytes() == CONTENT


def test_a_wrong_copy_gives_way_to_the_source(server, target, tmp_path, capfd):
    folder = put(tmp_path / "shelf", b"wrong")
    download([f"{server.address}/a.tgz"], str(target), [folder], sha256=SHA256)
    assert is_whole(target)
    wrong = hashlib.sha256(b"wrong").hexdigest()
    assert f"download: {folder}/a.tgz: sha256 is {wrong}, not {SHA256}\n" in capfd.readouterr().out


def test_a_folder_in_the_home_may_be_written_with_a_tilde(target, home):
    put(home / "mine")
    download(["http://127.0.0.1/a.tgz"], str(target), ["~/mine"], sha256=SHA256)
    assert is_whole(target)


def test_an_existing_file_is_replaced_only_by_a_whole_one(server, target):
    target.write_bytes(b"before")
    with pytest.raises(LadderError):
        download([f"{server.address}/gone.tgz"], str(target), sha256=SHA256)
    assert target.read_bytes() == b"before"
    download([f"{server.address}/a.tgz"], str(target), sha256=SHA256)
    assert is_whole(target)


def test_the_last_error_names_all_that_was_tried_and_both_ways_on(server, target, home, tmp_path, closed_port):
    server.files |= {"/wrong.tgz": b"wrong", "/cut.tgz": CONTENT}
    server.cut = {"/cut.tgz"}
    refused = f"http://127.0.0.1:{closed_port}/a.tgz"
    sources = [*(f"{server.address}/{name}.tgz" for name in ("gone", "wrong", "cut")), refused, f"{tmp_path}/a.tgz"]
    lines = refusal_of(target, sources, folders=[f"{tmp_path}/shelf"], sha256=SHA256).splitlines()
    wrong = hashlib.sha256(b"wrong").hexdigest()
    refusal = lines.pop(6)
    assert refusal.startswith(f"  {refused}: ")
    assert refusal.endswith("Connection refused")
    assert lines == [
        "gone.tgz: no copy of the archive and no source that works. Tried were",
        f"  {tmp_path}/shelf/gone.tgz: No such file or directory",
        f"  {home}/.fastai/archive/gone.tgz: No such file or directory",
        f"  {server.address}/gone.tgz: 404 Client Error: Not Found for url: {server.address}/gone.tgz",
        f"  {server.address}/wrong.tgz: sha256 is {wrong}, not {SHA256}",
        f"  {server.address}/cut.tgz: IncompleteRead(768000 bytes read, 768000 more expected)",
        f"  {tmp_path}/a.tgz: No such file or directory",
        f"Two ways on: put gone.tgz into {tmp_path}/shelf or any folder named by LADDER_ARCHIVES, "
        "or study the digits bundled with scikit-learn: snakemake --config dataset=digits",
    ]


def test_without_folders_the_error_proposes_fastais(target, tmp_path):
    refused = refusal_of(target, [f"{tmp_path}/a.tgz"], sha256=SHA256)
    assert "put a.tgz into ~/.fastai/archive or any folder named by LADDER_ARCHIVES" in refused


@pytest.mark.parametrize(
    ("source", "name"),
    [("https://host/x/a.tgz", "a.tgz"), ("https://host/a.tgz?key=1", "a.tgz"), ("some/a.zip", "a.zip")],
)
def test_the_name_is_that_of_the_first_source(source, name):
    assert archive_name([source, "other/b.tgz"]) == name


def test_a_file_that_matches_has_no_mismatch(tmp_path):
    put(tmp_path)
    assert mismatch(tmp_path / "a.tgz", FASTAIS | {"sha256": SHA256}) is None


def test_the_real_archive_is_the_shipped_configs(archive, target, shipped):
    options = {key: shipped["datasets"]["mnist_tiny"][key] for key in ("sources", "sha256")}
    download(**options, target=str(target), folders=[str(archive("mnist_tiny.tgz").parent)])
    assert target.read_bytes() == archive("mnist_tiny.tgz").read_bytes()
