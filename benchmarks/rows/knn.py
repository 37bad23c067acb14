"""The 3 nearest neighbours of all of MNIST, exactly, against scikit-learn's brute force."""

import time

import numpy as np
from sklearn.neighbors import KNeighborsClassifier

from benchmarks import mnist
from benchmarks.measure import by_turns
from benchmarks.place import Place
from benchmarks.results import Limit, Line
from ladder.baselines import knn

PAIRS = 3


def measure(place: Place, pairs: int) -> list[Line]:
    """Measure both in this process, from bytes in memory or the page cache to the shares of the classes."""
    train, valid = mnist.splits(place)
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
