"""A short run of the fuzzer, with the same inputs every time; `make fuzz` runs for as many minutes as you like."""

import importlib.util
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
hypothesis = pytest.importorskip("hypothesis")


def load_readers():
    spec = importlib.util.spec_from_file_location("readers", Path(__file__).with_name("readers.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


readers = load_readers()
FEW = hypothesis.settings(
    max_examples=150, deadline=None, database=None, derandomize=True, suppress_health_check=list(hypothesis.HealthCheck)
)
quietly = pytest.mark.filterwarnings("ignore")


@quietly
@FEW
@hypothesis.given(readers.changed(readers.encoded_images()))
def test_an_image_is_pixels_or_a_sentence(data):
    readers.reads_image(data)
    readers.reads_image(readers.with_checksums(data))


@quietly
@FEW
@hypothesis.given(readers.changed(readers.plain_pngs()))
def test_what_is_read_without_pillow_is_pillows(data):
    readers.reads_image(data)
    readers.reads_image(readers.with_checksums(data))


@FEW
@hypothesis.given(readers.changed(readers.tars()))
def test_a_tar_is_members_or_a_sentence(tmp_path_factory, data):
    readers.reads_tar(readers.with_sums(data), tmp_path_factory.getbasetemp() / "archive")


@FEW
@hypothesis.given(readers.changed(readers.zips()))
def test_a_zip_is_members_or_a_sentence(tmp_path_factory, data):
    readers.reads_archive(data, tmp_path_factory.getbasetemp() / "archive")
