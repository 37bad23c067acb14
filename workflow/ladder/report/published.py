"""Published errors on the same images, beside those of the study."""


def context(published: list[dict], ladder: list[dict], images: int) -> list[dict]:
    """Return rows of the page's table, the highest error first.

    published  the dataset's setting: of each `source` the number of its test `images`, and its `errors` by classifier
    ladder     the page's rungs
    images     number of validation images

    A row has `classifier`, `error` (a share of the images) and `source`, None for a rung of the study. A source with
    another number of test images cannot be about these images and is left out. There are no rows without a source.
    """
    same = [listed for listed in published if listed["images"] == images]
    if not same:
        return []
    rows = [
        {"classifier": classifier, "error": error, "source": listed["source"]}
        for listed in same
        for classifier, error in listed["errors"].items()
    ]
    ours = [rung for rung in ladder if rung["accuracy"] is not None and not rung["marks"]]
    rows += [{"classifier": rung["name"], "error": 1 - rung["accuracy"]["mean"], "source": None} for rung in ours]
    return sorted(rows, key=lambda row: row["error"], reverse=True)
