"""Run the experiments of the chapter, and write their results."""

import numpy as np
import torch
from safetensors import safe_open
from safetensors.numpy import load_file

from ladder.chapter import accuracy_is_no_loss, activations, broadcasting, distances, gradients, pixels, rolling_ball
from ladder.formats import tables, tensors
from ladder.formats.files import write_json

# The table `pixels` is not here, since its columns depend on the image.
TABLES = {
    "rolling_ball": rolling_ball.ROLLING_BALL,
    "descent": rolling_ball.DESCENT,
    "nudges": accuracy_is_no_loss.NUDGES,
    "activations": activations.ACTIVATIONS,
}
TIMED = 1024  # most images to time: enough to measure, and few enough for the slow ways


def write_chapter(train: str, valid: str, means: str, outputs: dict[str, str], cfg: dict) -> None:
    """Write the facts and tables of the chapter.

    train, valid, means  files of earlier stages
    outputs  paths: JSON `facts` and `timings` (only the timings differ between runs); CSV `pixels`,
             `rolling_ball` (a row per second), `descent` (a row per step), `nudges` (a row per nudge), `activations`
    cfg      `seed` of every random draw; `image`, the number of the shown image in the first class, from 0; `lr` and
             `steps` of the rolling ball's descent; `factor` by which a single weight is multiplied
    """
    torch.set_num_threads(1)
    classes, mean_images = tensors.metadata(train)["classes"], load_file(means)["means"]
    labels = _labels(train)
    number, image = _image_of_first_class(train, labels, cfg["image"])
    compared = distances.distances(image / 255, mean_images, classes)
    images, mean = _first_images(valid, TIMED), torch.from_numpy(mean_images[0]).double()
    model_facts, nudges = accuracy_is_no_loss.experiment(train, mean_images, labels, cfg["seed"], cfg["factor"])
    ball_facts, ball, descent = rolling_ball.experiment(cfg["seed"], cfg["lr"], cfg["steps"])
    facts = {
        "classes": classes,
        "image": {"number": number, "class": classes[0], "shape": list(image.shape)},
        "distances": {"classes": compared, "largest_difference": distances.largest_difference(compared)},
        "broadcasting": broadcasting.facts(images, mean),
        "gradients": {
            "square": gradients.value_and_gradient(gradients.square, 3.0),
            "sum_of_squares": gradients.value_and_gradient(gradients.square, [3.0, 4.0, 10.0]),
        },
        "rolling_ball": ball_facts,
        "accuracy_is_no_loss": model_facts,
    }
    write_json(outputs["facts"], facts)
    write_json(outputs["timings"], broadcasting.timings(images, mean))
    shown = pixels.grey(image)
    tables.write(outputs["pixels"], pixels.rows_of(shown), pixels.columns_of(shown))
    rows = {"rolling_ball": ball, "descent": descent, "nudges": nudges, "activations": activations.curves()}
    for name, columns in TABLES.items():
        tables.write(outputs[name], rows[name], columns)


def _labels(path: str) -> np.ndarray:
    with safe_open(path, "np") as file:
        return file.get_tensor("labels")


def _image_of_first_class(path: str, labels: np.ndarray, number: int) -> tuple[int, np.ndarray]:
    """Return the position in the file and the pixels, uint8, of an image of the first class.

    If the class has no image `number`, this is its last image.
    """
    members = np.flatnonzero(labels == 0)
    position = int(members[min(number, len(members) - 1)])
    with safe_open(path, "np") as file:
        return position, file.get_slice("images")[position : position + 1][0]


def _first_images(path: str, count: int) -> torch.Tensor:
    """Return the first images of a file, at most `count`, in double precision in 0..1."""
    with safe_open(path, "np") as file:
        images = file.get_slice("images")
        return torch.from_numpy(images[: min(count, images.get_shape()[0])]).double() / 255
