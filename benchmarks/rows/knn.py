"""The 3 nearest neighbours of all of MNIST, exactly, against scikit-learn's brute force."""

import time
from functools import partial
from pathlib import Path

import numpy as np
from sklearn.neighbors import KNeighborsClassifier

from benchmarks.measure import by_turns
from benchmarks.place import Place
from benchmarks.results import Limit, Line
from ladder.baselines import knn
from ladder.config.sources import archive_name
from ladder.datasets import archive
from ladder.download import archive_folders, download
from ladder.formats.tensors import Split
from ladder.tensorize import tensorize

PAIRS = 3
DATASET = "mnist"


def measure(place: Place, pairs: int) -> list[Line]:
    """Measure both in this process, from bytes in memory or the page cache to the shares of the classes."""
    train, valid = _splits(place)
    (known, labels), (asked, right) = (
        [np.concatenate(parts) for parts in zip(*split.chunks(), strict=True)] for split in (train, valid)
    )
    shares: dict[str, np.ndarray] = {}

    def ours(_: int) -> float:
        started = time.perf_counter()
        state = knn.fit(train)
        shares["ours"] = np.concatenate([knn.scores(state, images) for images, _ in valid.chunks()])
        return time.perf_counter() - started

    def theirs(_: int) -> float:
        started = time.perf_counter()
        known_pixels, asked_pixels = (images.reshape(len(images), -1).astype(np.float64) for images in (known, asked))
        fitted = KNeighborsClassifier(knn.K, algorithm="brute").fit(known_pixels, labels)
        shares["theirs"] = fitted.predict_proba(asked_pixels)
        return time.perf_counter() - started

    our_times, their_times = by_turns(ours, theirs, pairs)
    accuracy = (shares["ours"].argmax(1) == right).mean()
    alike = np.isclose(shares["ours"], shares["theirs"]).all(1).mean()
    return [
        Line(
            f"knn of {len(asked):,} images among {len(known):,} of {known[0].size} pixels",
            our_times,
            "s",
            'KNeighborsClassifier(algorithm="brute")',
            their_times,
            Limit("at most", 1.5),
            note=f"both say the same of {alike:.2%} of the images",
        ),
        Line("accuracy of knn", [float(accuracy)], "", limit=Limit("at least", 0.97)),
    ]


def _splits(place: Place) -> tuple[Split, Split]:
    folder = place.root / "knn"
    folder.mkdir()
    paths = {name: str(folder / f"{name}.safetensors") for name in ("train", "valid")}
    source = partial(archive.entries, str(_archive(place, folder)), "training", "testing")
    tensorize(source, paths, str(folder / "index.csv"), str(folder / "facts.json"), place.cores)
    return Split(paths["train"]), Split(paths["valid"])


def _archive(place: Place, folder: Path) -> Path:
    """Return any copy on this machine, since its packing changes no time here, or a verified download."""
    source = place.study.settings["datasets"][DATASET]
    name = archive_name(source["sources"])
    for archives in archive_folders(place.study.settings["archives"]):
        if (archives / name).is_file():
            return archives / name
    download(source["sources"], str(folder / name), size=source["size"], md5_1mb=source["md5_1mb"])
    return folder / name
