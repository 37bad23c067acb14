# Where the images of a data set are, and what reruns the stage that reads them.


def location_of_images(wildcards) -> str | None:
    """Return the archive or folder that holds the images; None for scikit-learn's digits."""
    return f"{RESULTS}/download/{ARCHIVES[0]}" if ARCHIVES else STUDY.source.get("path")


def state_of_images(wildcards) -> str | None:
    """Return a digest of the paths, sizes and times of a folder of images, or None; a change reruns the stage."""
    return folder.state(STUDY.source["path"]) if STUDY.source["kind"] == "folder" else None


def archive_of_images(wildcards) -> list[str]:
    """Return the archive of the images, if there is one; a change of it reruns the stage."""
    return [location_of_images(wildcards)] if ARCHIVES else []
