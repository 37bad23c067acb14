import numpy as np

from ladder.figures import samples
from tests.figures.drawn import Pictures, patterned, places_of, sheet_of, texts_of


def test_a_row_of_samples_is_a_class_in_ink():
    images = patterned(60)
    figure = samples.draw(Pictures(images, ["3", "7"], [0, 1] * 30))
    names = texts_of(figure)
    rows = []
    for label, name in enumerate(("3", "7")):
        chosen = [2 * number + label for number in np.linspace(0, 29, 14).astype(int)]
        places = [places_of(figure, np.repeat(255 - images[n][:, :, None], 3, 2)) for n in chosen]
        assert all(len(place) == 1 for place in places)
        xs, ys = zip(*[place[0] for place in places])
        assert list(xs) == sorted(xs)
        assert len(set(ys)) == 1
        assert abs(names[name][1] - (ys[0] + 28 * 3 / 144 / 2)) < 0.01
        rows.append(ys[0])
    assert rows == sorted(rows)


def test_no_image_of_a_small_class_is_shown_twice():
    images = patterned(24)
    labels = [0] * 4 + [1] * 20
    figure = samples.draw(Pictures(images, ["few", "many"], labels))
    for image, label in zip(images, labels):
        assert len(places_of(figure, np.repeat(255 - image[:, :, None], 3, 2))) == 1 or label == 1
    shown = sum(len(places_of(figure, np.repeat(255 - image[:, :, None], 3, 2))) for image in images[:4])
    assert shown == 4


def test_colour_is_shown_as_it_is():
    images = patterned(8, (3, 16, 16))
    figure = samples.draw(Pictures(images, ["a", "b"], [0, 1] * 4))
    _, (down, _) = sheet_of(figure)
    image = images[0].transpose(1, 2, 0)
    assert len(places_of(figure, image.repeat(2, 0).repeat(2, 1) if down == 72 else image)) == 1


def test_large_images_are_thumbnails_of_a_stated_size():
    images = np.zeros((20, 3, 224, 224), np.uint8)
    images[0] = 200
    figure = samples.draw(Pictures(images, ["a", "b"], [0] * 10 + [1] * 10))
    assert "Images of 224×224 pixels are shown reduced to 64×64." in texts_of(figure)
    assert len(places_of(figure, np.full((64, 64, 3), 200, np.uint8))) == 1
    assert sheet_of(figure)[0].size < 3_000_000


def test_of_many_classes_a_stated_hundred_is_shown():
    images = patterned(250, (8, 8))
    classes = [f"c{n:03}" for n in range(250)]
    figure = samples.draw(Pictures(images, classes, range(250)))
    names = [name for name in texts_of(figure) if name.startswith("c")]
    assert len(names) == 100
    assert (names[0], names[-1]) == ("c000", "c249")
    assert "100 of 250 classes are shown, at equal distances through their list." in texts_of(figure)
    assert len(figure.axes) == len(figure.axes[0].images) == 1
