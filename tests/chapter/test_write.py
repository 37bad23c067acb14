import numpy as np
import pytest
from safetensors.numpy import load_file


def test_facts_of_real_digits(tiny, chapter_of):
    chapter = chapter_of(tiny)
    assert chapter.facts["gradients"]["square"]["gradient"] == 6
    assert chapter.facts["gradients"]["sum_of_squares"]["gradient"] == [6, 8, 20]
    assert chapter.facts["image"] == {"number": 1, "class": "3", "shape": [28, 28]}
    image = load_file(tiny.train)["images"][1]
    assert np.array_equal(chapter.pixels.set_index("row").to_numpy(), image[4:15, 4:22])
    three, seven = chapter.facts["distances"]["classes"]
    assert three["l1"] < seven["l1"]
    assert chapter.facts["broadcasting"]["images"] == [699, 28, 28]
    assert all(microseconds > 0 for microseconds in chapter.timings.values())


def test_the_books_image_has_the_books_distances(sample, chapter_of):
    # The distances that the notebook prints, of its second 3 to both means.
    three, seven = chapter_of(sample).facts["distances"]["classes"]
    assert [round(three[name], 4) for name in ("l1", "rmse")] == [0.1114, 0.2021]
    assert [round(seven[name], 4) for name in ("l1", "rmse")] == [0.1586, 0.3021]


def test_all_but_the_timings_come_out_with_the_same_bytes(learnable, chapter_of, tmp_path):
    chapter_of(learnable, "a")
    chapter_of(learnable, "b")
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert len(names) == 8
    for name in set(names) - {"timings.json"}:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name
    chapter_of(learnable, "c", seed=1)
    for name in ("facts.json", "rolling_ball.csv", "descent.csv", "nudges.csv"):
        assert (tmp_path / "a" / name).read_bytes() != (tmp_path / "c" / name).read_bytes(), name


@pytest.mark.parametrize("number", [0, 5, 10_000])
def test_the_image_is_of_the_first_class(learnable, chapter_of, number):
    image = chapter_of(learnable, image=number).facts["image"]
    labels = load_file(learnable.train)["labels"]
    assert labels[image["number"]] == 0
    assert image["number"] == np.flatnonzero(labels == 0)[min(number, 47)]
