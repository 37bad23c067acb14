# The place of a data set's images, and the params whose change reruns the stage that reads them.

from functools import cache


def location_of_images(wildcards) -> Path | list[str] | None:
    """Return the file or folder that holds the images, or the files of `downloads`; None if they come with a package.

    Snakemake does not compare params that are a Path, so the same images in another place rerun nothing.
    """
    files = downloaded_images(wildcards)
    if "downloads" in STUDY.source:
        return files
    location = files[0] if files else STUDY.source.get("path")
    return None if location is None else Path(location)


def state_of_images(wildcards) -> list[str] | None:
    """Return the fingerprints of the images and tables on this machine; a change reruns the stage."""
    # Snakemake records params and compares them where the study is started. A job need not look at the images.
    return fingerprints_of_images() if workflow.is_main_process else None


@cache
def fingerprints_of_images() -> list[str]:
    source, manifest = STUDY.source, session.manifest_of_images(RESULTS)
    images = [fingerprint.fingerprint(source["path"], manifest, source, STUDY.verify_data)] if "path" in source else []
    return [*images, *(fingerprint.fingerprint_of_file(table) for table in STUDY.tables)]


def downloaded_images(wildcards) -> list[str]:
    """Return the files that were downloaded; a change of one reruns the stage."""
    return [f"{RESULTS}/download/{name}" for name in STUDY.downloads]
