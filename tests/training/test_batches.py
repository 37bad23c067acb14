from itertools import chain

import pytest
import torch
from safetensors.numpy import load_file

from ladder.training.batches import Batches, labels_of, load_split, targets_of


def of_numbers(count, *arguments, **options):
    """Batches of images of one pixel, each worth its own number, with its number as the target."""
    numbers = torch.arange(count)
    return Batches(numbers.to(torch.uint8).reshape(-1, 1, 1, 1), numbers[:, None].float(), *arguments, **options)


def order_of(batches):
    return [[int(number) for number in yb] for _, yb in batches]


@pytest.mark.parametrize(
    ("count", "size", "shapes"), [(10, 4, [4, 4, 2]), (8, 4, [4, 4]), (3, 4, [3]), (5, 1, [1] * 5)]
)
def test_the_files_order_is_kept_to_the_last_image(count, size, shapes):
    batches = of_numbers(count, size)
    assert len(batches) == len(shapes)
    assert [len(batch) for batch in order_of(batches)] == shapes
    assert list(chain(*order_of(batches))) == list(range(count))


@pytest.mark.parametrize(("count", "size", "shapes"), [(10, 4, [4, 4]), (8, 4, [4, 4]), (3, 4, [3]), (5, 1, [1] * 5)])
def test_a_shuffled_pass_leaves_out_a_last_batch_that_is_not_full(count, size, shapes):
    batches = of_numbers(count, size, shuffle=True)
    assert len(batches) == len(shapes)
    order = order_of(batches)
    assert [len(batch) for batch in order] == shapes
    assert len(set(chain(*order))) == sum(shapes)


def test_the_seed_decides_the_order():
    same = [order_of(of_numbers(50, 10, True, seed)) for seed in (3, 3, 4)]
    assert same[0] == same[1] != same[2]


def test_every_pass_has_a_new_order_that_the_seed_repeats():
    once, again = of_numbers(50, 10, True, 3), of_numbers(50, 10, True, 3)
    first, second = order_of(once), order_of(once)
    assert first != second
    assert [order_of(again), order_of(again)] == [first, second]


def test_the_order_is_independent_of_other_random_numbers():
    once = of_numbers(50, 10, True, 3)
    torch.manual_seed(9)
    torch.rand(7)
    assert order_of(once) == order_of(of_numbers(50, 10, True, 3))
    before = torch.random.get_rng_state()
    order_of(once)
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize("shuffle", [False, True])
def test_pixels_go_from_bytes_to_one_and_stay_with_their_targets(shuffle):
    batches = of_numbers(256, 32, shuffle)
    for xb, yb in batches:
        assert xb.dtype == torch.float32
        assert torch.equal(xb[:, 0, 0], yb / 255)
    assert batches.images.flatten().tolist() == list(range(256))


@pytest.mark.parametrize("split", ["train", "valid"])
def test_a_split_is_loaded_with_a_channel_and_a_single_target(learnable, split):
    path = getattr(learnable, split)
    images, targets, labels = load_split(path, 2, "cpu")
    read = load_file(path)
    assert (images.dtype, tuple(images.shape)) == (torch.uint8, (len(read["images"]), 1, 8, 8))
    assert images[:, 0].numpy().tobytes() == read["images"].tobytes()
    assert labels.tolist() == read["labels"].tolist()
    assert targets.tolist() == [[1.0 - label] for label in read["labels"]]


def test_targets_of_several_classes_are_one_hot():
    targets = targets_of(torch.tensor([2, 0, 1]), 3)
    assert targets.dtype == torch.float32
    assert targets.tolist() == [[0, 0, 1], [1, 0, 0], [0, 1, 0]]


def test_the_target_of_two_classes_is_the_first():
    assert targets_of(torch.tensor([0, 1, 1]), 2).tolist() == [[1], [0], [0]]


# --- Classes of unequal sizes: two images of class 0, three of class 1, fifteen of class 2.

LABELS = torch.tensor([2] * 7 + [0, 1, 0] + [2] * 8 + [1, 1])


def balanced(seed=0, size=4, labels=LABELS, classes=3):
    images = torch.arange(len(labels), dtype=torch.uint8).reshape(-1, 1, 1, 1)
    return Batches(images, targets_of(labels, classes), size, True, seed, sampling="balanced")


def images_of(batches):
    return torch.cat([(xb * 255).round().long().flatten() for xb, _ in batches]).tolist()


def test_a_balanced_pass_draws_all_classes_equally_often():
    drawn = images_of(balanced(size=5))
    assert len(drawn) == len(LABELS) == 20
    assert torch.bincount(LABELS[drawn]).tolist() == [7, 7, 6]
    times = torch.bincount(torch.tensor(drawn), minlength=20)
    for label, few in ((0, 3), (1, 2), (2, 0)):
        assert {int(n) for n in times[torch.eq(LABELS, label)]} == {few, few + 1}


def test_a_balanced_pass_of_two_classes_knows_them_by_their_single_target():
    labels = (LABELS == 2).long()
    drawn = images_of(balanced(size=5, labels=labels, classes=2))
    assert torch.bincount(labels[drawn]).tolist() == [10, 10]


def test_a_balanced_pass_has_as_many_batches_and_stays_with_its_targets():
    batches, plain = balanced(size=6), Batches(torch.zeros(20, 1, 1, 1), targets_of(LABELS, 3), 6, True)
    assert len(batches) == len(plain) == len(list(batches)) == 3
    for xb, yb in balanced(size=6):
        assert yb.argmax(1).tolist() == LABELS[(xb.flatten() * 255).round().long()].tolist()


def test_the_seed_decides_what_is_drawn_and_every_pass_draws_anew():
    once, again, reseeded = balanced(3), balanced(3), balanced(4)
    first, second = images_of(once), images_of(once)
    assert [images_of(again), images_of(again)] == [first, second]
    assert first != second
    assert images_of(reseeded) != first


def test_a_balanced_pass_goes_on_from_a_state_as_if_it_had_not_stopped():
    once, again = balanced(3), balanced(9)
    images_of(once)
    again.load_state_dict(once.state_dict())
    assert images_of(again) == images_of(once)


@pytest.mark.parametrize("classes", [2, 3])
def test_labels_come_back_from_targets(classes):
    labels = torch.tensor([1, 0, 1, classes - 1])
    assert torch.equal(labels_of(targets_of(labels, classes)), labels)
