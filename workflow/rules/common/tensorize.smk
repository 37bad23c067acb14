# Where the images of a data set are, and what reruns the stage that reads them.


def location_of_images(wildcards) -> str | None:
    """Return the file or folder that holds the images; None if they come with a package."""
    return f"{RESULTS}/download/{DOWNLOADS[0]}" if DOWNLOADS else STUDY.source.get("path")


def state_of_images(wildcards) -> list[str]:
    """Return the fingerprints of the images and tables on this machine; a change reruns the stage."""
    return [fingerprint.fingerprint(path) for path in STUDY.watched]


def downloaded_images(wildcards) -> list[str]:
    """Return the file that was downloaded, if there is one; a change of it reruns the stage."""
    return [location_of_images(wildcards)] if DOWNLOADS else []
