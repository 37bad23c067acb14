# Where the images of a data set are, and what reruns the stage that reads them.

from functools import cache


def location_of_images(wildcards) -> Path | None:
    """Return the file or folder that holds the images; None if they come with a package.

    Snakemake does not compare params that are a Path, so the same images in another place rerun nothing.
    """
    location = f"{RESULTS}/download/{DOWNLOADS[0]}" if DOWNLOADS else STUDY.source.get("path")
    return None if location is None else Path(location)


def state_of_images(wildcards) -> str | None:
    """Return the fingerprint of the images on this machine; a change reruns the stage. None if none are watched."""
    # Snakemake records params and compares them where the study is started. A job need not look at the images.
    return fingerprint_of_images() if "path" in STUDY.source and workflow.is_main_process else None


@cache
def fingerprint_of_images() -> str:
    manifest = session.manifest_of_images(RESULTS)
    return fingerprint.fingerprint(STUDY.source["path"], manifest, STUDY.tensor_options, STUDY.verify_data)


def downloaded_images(wildcards) -> list[str]:
    """Return the file that was downloaded, if there is one; a change of it reruns the stage."""
    return [location_of_images(wildcards)] if DOWNLOADS else []
