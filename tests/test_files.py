import hashlib

import pytest

from ladder import files


def test_what_a_block_writes_appears_under_the_name(tmp_path):
    with files.atomic(tmp_path / "new" / "a.txt") as partial:
        partial.write_text("whole")
        assert not (tmp_path / "new" / "a.txt").exists()
        assert partial.parent == tmp_path / "new"
    assert [(path.name, path.read_text()) for path in (tmp_path / "new").iterdir()] == [("a.txt", "whole")]


def test_an_error_leaves_what_was_there_before(tmp_path):
    (tmp_path / "a.txt").write_text("before")

    def half():
        with files.atomic(tmp_path / "a.txt") as partial:
            partial.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        half()
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.txt", "before")]


def test_text_is_utf8_with_plain_newlines(tmp_path):
    files.write_text(tmp_path / "a.txt", "é\nz\n")
    assert (tmp_path / "a.txt").read_bytes() == b"\xc3\xa9\nz\n"


def test_json_is_indented_and_readable(tmp_path):
    files.write_json(tmp_path / "a.json", {"b": [1, None], "a": "é"})
    expected = '{\n  "b": [\n    1,\n    null\n  ],\n  "a": "é"\n}\n'
    assert (tmp_path / "a.json").read_text(encoding="utf-8") == expected


def test_json_refuses_nan_and_writes_nothing(tmp_path):
    with pytest.raises(ValueError, match="JSON compliant"):
        files.write_json(tmp_path / "a.json", {"a": float("nan")})
    assert list(tmp_path.iterdir()) == []


def test_the_sha256_is_that_of_the_bytes(tmp_path):
    (tmp_path / "abc").write_bytes(b"abc")
    # The example of FIPS 180-2, appendix B.1.
    assert files.sha256_of(tmp_path / "abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    large = bytes(range(256)) * 5_000
    (tmp_path / "large").write_bytes(large)
    assert files.sha256_of(str(tmp_path / "large")) == hashlib.sha256(large).hexdigest()
