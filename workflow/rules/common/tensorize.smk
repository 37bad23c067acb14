# Where the images of a data set are, and what reruns the stage that reads them.


def location_of_images(wildcards) -> str | list[str] | None:
    """Return the file or folder that holds the images, or the files of `downloads`; None if they come with a package."""
    files = downloaded_images(wildcards)
    return files if "downloads" in STUDY.source else (files[0] if files else STUDY.source.get("path"))


def state_of_images(wildcards) -> list[str]:
    """Return the fingerprints of the images and tables on this machine; a change reruns the stage."""
    return [fingerprint.fingerprint(path) for path in STUDY.watched]


def downloaded_images(wildcards) -> list[str]:
    """Return the files that were downloaded; a change of one reruns the stage."""
    return [f"{RESULTS}/download/{name}" for name in STUDY.downloads]
