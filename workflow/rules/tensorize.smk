# Turns labelled images into one uint8 tensor file a split.
#
# in   the archive, the folders of images, or nothing (scikit-learn's digits)
# out  results/<dataset>/tensorize/{train,valid}.safetensors, index.csv, facts.json

TENSORS = {split: f"{RESULTS}/tensorize/{split}.safetensors" for split in ("train", "valid")}
INDEX = f"{RESULTS}/tensorize/index.csv"
FACTS = f"{RESULTS}/tensorize/facts.json"


def location_of_images(wildcards) -> str | None:
    """Return the archive or folder that holds the images; None for scikit-learn's digits."""
    return f"{RESULTS}/download/{ARCHIVES[0]}" if ARCHIVES else STUDY.source.get("path")


def state_of_images(wildcards) -> str | None:
    """Return a digest of the paths, sizes and times of a folder of images, or None; a change reruns the stage."""
    return folder.state(STUDY.source["path"]) if STUDY.source["kind"] == "folder" else None


def archive_of_images(wildcards) -> list[str]:
    """Return the archive of the images, if there is one; a change of it reruns the stage."""
    return [location_of_images(wildcards)] if ARCHIVES else []


rule tensorize:
    input:
        source=archive_of_images,
    output:
        **TENSORS,
        index=INDEX,
        facts=FACTS,
    log:
        f"{LOGS}/tensorize.log",
    benchmark:
        f"{BENCHMARKS}/tensorize.tsv"
    localrule: True
    conda:
        "../../envs/data.yaml"
    threads: workflow.resource_settings.cores or 4
    params:
        location=location_of_images,
        state=state_of_images,
        cfg={key: STUDY.source[key] for key in ("kind", *study_config.SOURCE_OPTIONS[STUDY.source["kind"]])},
        code=lambda wildcards: source_code.code_digest("tensorize", f"datasets.{STUDY.source['kind']}.entries"),
    script:
        "../scripts/tensorize.py"


JOBS.append(lambda: jobs_of("tensorize"))
ARTIFACTS.update(TENSORS, index=INDEX)
LISTED += [TENSORS["train"], INDEX]
