# Turns labelled images into one uint8 tensor file a split.
#
# in   the archive, the folders of images, or nothing (scikit-learn's digits)
# out  results/<dataset>/tensorize/{train,valid}.safetensors, index.csv, facts.json


def location_of_images(wildcards) -> str | None:
    """The archive or folder that holds the images."""
    if STUDY.source["kind"] == "archive":
        return f"{RESULTS}/download/{download.archive_name(STUDY.source['sources'])}"
    return STUDY.source.get("path")


def images_to_watch(wildcards) -> list[str]:
    """What reruns the stage when it changes: the archive, or the folders that hold the images."""
    if STUDY.source["kind"] == "folder":
        return folder.tree(STUDY.source["path"], STUDY.source["train"], STUDY.source["valid"])
    location = location_of_images(wildcards)
    return [location] if location else []


rule tensorize:
    input:
        source=images_to_watch,
    output:
        **TENSORS,
        index=INDEX,
        facts=FACTS,
    log:
        f"{LOGS}/tensorize.log",
    benchmark:
        f"{BENCHMARKS}/tensorize.tsv"
    conda:
        "../../envs/data.yaml"
    threads: 4
    params:
        location=location_of_images,
        cfg={key: STUDY.source[key] for key in ("kind", *study_config.SOURCE_OPTIONS[STUDY.source["kind"]])},
        code=lambda wildcards: provenance.code_digest("tensorize", f"datasets.{STUDY.source['kind']}"),
    script:
        "../scripts/tensorize.py"
