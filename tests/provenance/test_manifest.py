import json

import pytest

from ladder.formats.files import sha256_of
from ladder.provenance import manifest
from ladder.provenance.source_code import combined
from ladder.runtime import invocation

CALLED = {"command": "snakemake --cores 4", "called": "2026-01-01T08:00:00+00:00", "commit": "c0", "clean": True}
LATER = CALLED | {"command": "snakemake --cores all report", "called": "2026-01-08T08:00:00+00:00", "clean": False}


def record(called=CALLED, started="2026-01-01T08:00:01+00:00", ended="2026-01-01T08:00:09+00:00", cpu="one"):
    about = {"machine": {"cpu": cpu}, "versions": {"torch": "2"}, "variables": {}}
    return {"started": started, "ended": ended, "invocation": called, **about}


@pytest.fixture
def study(tmp_path, monkeypatch):
    """`study(records)`: the provenance of a study with a training job a record; None is a job without a record."""
    monkeypatch.chdir(tmp_path)

    def write(records, settings=None):
        jobs = []
        for number, told in enumerate(records):
            log, output, costs = (f"{number}.{suffix}" for suffix in ("log", "out", "costs.csv"))
            (tmp_path / output).write_text(str(number))
            (tmp_path / costs).write_text("variant,device,gpu,driver\na,cuda,H100,580\na,cuda,H100,580\n")
            if told:
                invocation.path_of_record(log).write_text(json.dumps(told))
            jobs.append({"rule": "train", "variant": "a", "log": log, "outputs": [output], "costs": costs})
        (tmp_path / "page").write_text("page")
        report = {"rule": "report", "variant": None, "outputs": ["page"], "costs": None}
        settings = settings or {"dataset": "d", "datasets": {"d": {"kind": "folder", "path": "~/data/letters"}}}
        manifest.write(
            "provenance.json",
            {"archives": ["/home/ann/x"], **settings},
            jobs,
            code={"stages": {}},
            data={"train": "0.out"},
            report=report | {"record": record(LATER, LATER["called"], "2026-01-08T08:00:09+00:00")},
        )
        return json.loads((tmp_path / "provenance.json").read_text())

    return write


def test_jobs_of_one_call_are_one_run_and_those_of_another_another(study):
    told = study([record(), record(started="2026-01-01T08:00:00+00:00", ended="2026-01-01T08:00:05+00:00")])
    assert [run["command"] for run in told["runs"]] == ["snakemake --cores 4", "snakemake --cores all report"]
    assert [run["clean"] for run in told["runs"]] == [True, False]
    assert [job["run"] for job in told["jobs"]] == [0, 0, 1]
    assert (told["runs"][0]["started"], told["runs"][0]["ended"]) == (
        "2026-01-01T08:00:00+00:00",
        "2026-01-01T08:00:09+00:00",
    )


def test_jobs_of_one_call_on_two_machines_are_told_apart(study):
    told = study([record(cpu="one"), record(cpu="two")])
    assert [told["runs"][job["run"]]["machine"]["cpu"] for job in told["jobs"][:2]] == ["one", "two"]


def test_a_job_without_a_record_is_of_no_known_run(study):
    job = study([None])["jobs"][0]
    assert (job["run"], job["started"], job["ended"]) == (None, None, None)
    assert job["outputs"]["0.out"]["bytes"] == 1


def test_a_job_tells_its_outputs_and_its_gpu(study, tmp_path):
    job = study([record()])["jobs"][0]
    assert job["outputs"] == {"0.out": {"bytes": 1, "sha256": sha256_of(tmp_path / "0.out")}}
    assert (job["device"], job["gpu"], job["driver"]) == ("cuda", "H100", "580")


def test_the_data_are_told_by_their_digests(study, tmp_path):
    data = study([record()])["data"]
    assert data["kind"] == "folder"
    assert data["path"] == "letters"
    assert data["files"] == {"train": {"bytes": 1, "sha256": sha256_of(tmp_path / "0.out")}}


def test_the_config_names_no_folder_of_this_machine(study, tmp_path):
    sources = ["https://example.org/a.tgz", f"{tmp_path}/a.tgz", "/home/ann/a.tgz"]
    datasets = {"d": {"kind": "archive", "sources": sources}, "e": {"kind": "folder", "path": "/home/ann/letters"}}
    told = study([record()], {"dataset": "d", "datasets": datasets, "seeds": 2})
    assert told["config"]["archives"] == []
    assert told["config"]["datasets"]["d"]["sources"] == ["https://example.org/a.tgz", "a.tgz", "a.tgz"]
    assert told["config"]["datasets"]["e"]["path"] == "letters"
    assert told["config"]["seeds"] == 2
    assert datasets["e"]["path"] == "/home/ann/letters", "the settings themselves stay"


def test_code_is_told_for_each_stage_and_variant():
    behind = {"d1": {"workflow/a.py": {"f": "1"}}, "d2": {"workflow/a.py": {"g": "3"}, "workflow/b.py": {"f": "2"}}}
    jobs = [
        {"rule": "tensorize", "variant": None, "code": "d1"},
        {"rule": "train", "variant": "cnn", "code": "d1"},
        {"rule": "train", "variant": "mlp", "code": "d2"},
        {"rule": "train", "variant": "mlp", "code": "d2"},
    ]
    assert manifest.code_of(jobs, behind.__getitem__, "t") == {
        "stages": {"tensorize": "d1", "train": {"cnn": "d1", "mlp": "d2"}},
        "files": {
            "workflow/a.py": {"definitions": ["f", "g"], "sha256": combined({"f": "1", "g": "3"})},
            "workflow/b.py": {"definitions": ["f"], "sha256": combined({"f": "2"})},
        },
        "templates": "t",
    }
