# Where the images of a data set are, and what reruns the stage that reads them.


def location_of_images(wildcards) -> str | None:
    """The archive or folder that holds the images."""
    return f"{RESULTS}/download/{ARCHIVES[0]}" if ARCHIVES else STUDY.source.get("path")


def state_of_images(wildcards) -> str | None:
    """What reruns the stage where the images are a folder: a digest of its files' paths, sizes and times of change."""
    return folder.state(STUDY.source["path"]) if STUDY.source["kind"] == "folder" else None


def archive_of_images(wildcards) -> list[str]:
    """What reruns the stage where the images are an archive."""
    return [location_of_images(wildcards)] if ARCHIVES else []
