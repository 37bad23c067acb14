# Turns labelled images into one uint8 tensor file a split.
#
# in   the file that was downloaded, a file or folder of this machine, or nothing
# out  results/<dataset>/tensorize/{train,valid,test}.safetensors, index.csv, facts.json


include: "common/tensorize.smk"


TENSORS = {split: f"{RESULTS}/tensorize/{split}.safetensors" for split in ("train", "valid", "test")}
INDEX = f"{RESULTS}/tensorize/index.csv"
FACTS = f"{RESULTS}/tensorize/facts.json"


rule tensorize:
    input:
        source=downloaded_images,
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
        cfg=STUDY.tensor_settings,
        code=lambda wildcards: source_code.code_digest("tensorize", f"datasets.{STUDY.source['kind']}"),
    script:
        "../scripts/tensorize.py"


JOBS.append(lambda: jobs_of("tensorize"))
ARTIFACTS.update(TENSORS, index=INDEX)
LISTED += [*TENSORS.values(), INDEX, FACTS]
