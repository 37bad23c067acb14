from types import SimpleNamespace

import jinja2
import numpy as np
import pytest

from ladder.images import leakage as module
from ladder.images.leakage import fingerprints, leakage
from ladder.report import page


def split_of(pixels, labels):
    return SimpleNamespace(
        count=len(pixels),
        shape=pixels.shape[1:],
        images=lambda first, last: pixels[first:last],
        label=lambda number: labels[number],
    )


@pytest.fixture
def index(tmp_path):
    rows = [f"train,{n},train/{n}.png,3" for n in range(40)] + [f"valid,{n},valid/{n}.png,3" for n in range(20)]
    (tmp_path / "index.csv").write_text("\n".join(["split,position,path,class", *rows]) + "\n")
    return tmp_path / "index.csv"


@pytest.mark.parametrize("shape", [(8, 8), (3, 5, 7), (1, 1)])
@pytest.mark.parametrize("part", [1 << 18, 7])
def test_equal_images_are_found_whatever_their_size_and_number(index, monkeypatch, shape, part):
    monkeypatch.setattr(module, "PART", part)
    random = np.random.default_rng(0)
    train = random.integers(0, 256, (40, *shape), dtype=np.uint8)
    valid = random.integers(0, 256, (20, *shape), dtype=np.uint8)
    valid[3], valid[11] = train[39], train[0]
    known = {image.tobytes() for image in train}
    leaks = leakage(split_of(train, [1] * 40), split_of(valid, [1] * 11 + [0] * 9), index)
    assert leaks["images"] == sum(image.tobytes() in known for image in valid)
    assert {"valid": "valid/3.png", "train": "train/39.png"} in leaks["examples"] or shape == (1, 1)
    assert leaks["of_another_class"] == sum(image.tobytes() in known for image in valid[11:])


def test_a_like_fingerprint_is_no_equal_image(index, monkeypatch):
    monkeypatch.setattr(module, "fingerprints", lambda images: np.zeros(len(images), np.uint64))
    train, valid = np.zeros((40, 2, 2), np.uint8), np.ones((20, 2, 2), np.uint8)
    valid[5] = 0
    assert leakage(split_of(train, [0] * 40), split_of(valid, [0] * 20), index)["images"] == 1


def test_many_equal_images_are_compared_once(index, monkeypatch):
    compared = []
    monkeypatch.setattr(module.np, "array_equal", lambda a, b: compared.append(1) or (a == b).all())
    train, valid = np.ones((40, 2, 2), np.uint8), np.ones((20, 2, 2), np.uint8)
    leaks = leakage(split_of(train, [0] * 39 + [1]), split_of(valid, [0] * 10 + [2] * 10), index)
    assert (leaks["images"], leaks["of_another_class"], len(compared)) == (20, 10, 39 + 20)
    assert leaks["examples"] == [{"valid": f"valid/{n}.png", "train": "train/0.png"} for n in range(5)]


def test_one_pixel_makes_another_fingerprint():
    images = np.concatenate([np.zeros((1, 49), np.uint8), np.eye(49, dtype=np.uint8) * 128])
    first, *rest = fingerprints(images).tolist()
    assert first not in rest


def test_images_of_noise_have_fingerprints_of_their_own():
    images = np.random.default_rng(0).integers(0, 256, (5_000, 28, 28), dtype=np.uint8)
    assert len(np.unique(fingerprints(images))) == 5_000


def trust_section(leaks):
    """The report's section on trust, for data with these leaks."""
    templates = jinja2.Environment(loader=jinja2.FileSystemLoader(page.FOLDER), autoescape=True)
    templates.filters.update(percent=page.percent, count=lambda number: f"{number:,.0f}", plural=page.plural)
    templates.filters.update(points=page.verdict.points, p_value=page.trust.p_value)
    data = {"images": {"valid": 200}, "leakage": leaks}
    trust = {"rungs": [], "family": 0}
    rendered = templates.get_template("_trust.html.j2").render(data=data, trust=trust, figures=lambda _: "")
    return " ".join(rendered.split())


def test_the_report_says_what_leaks():
    text = trust_section(
        {"images": 2, "of_another_class": 1, "examples": [{"valid": "valid/3/<b>.png", "train": "train/3/0.png"}]}
    )
    assert (
        "2 of the 200 validation images (1.00%) are among the training images too, pixel for pixel, 1 of them" in text
    )
    assert "For example <bdi>valid/3/&lt;b&gt;.png</bdi> is <bdi>train/3/0.png</bdi>." in text


def test_the_report_says_that_nothing_leaks():
    text = trust_section({"images": 0, "of_another_class": 0, "examples": []})
    assert "None of the validation images is among the training images, pixel for pixel." in text
