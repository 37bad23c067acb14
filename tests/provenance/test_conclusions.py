"""Conclusions of two studies, written by hand, and what `--conclusions` says of them."""

import json
import subprocess
import sys

import pytest

from ladder.errors import LadderError
from ladder.provenance import checksums, conclusions, summaries, verify
from ladder.runtime.invocation import PROJECT
from tests.evaluated import evaluate_four

BETTER = {"verdict": "better", "difference": 0.016, "low": 0.012, "high": 0.02}
LESS = {"verdict": "better", "difference": 0.004, "low": 0.001, "high": 0.007}
WORSE = {"verdict": "worse", "difference": -0.016, "low": -0.02, "high": -0.012}
OPEN = {"verdict": "not distinguishable", "difference": 0.001, "low": -0.003, "high": 0.005}
SAME = {"verdict": "equivalent", "difference": 0.0, "low": -0.001, "high": 0.001}
AHEAD = {"verdict": "ahead", "difference": 0.016, "low": 0.012, "high": 0.02, "one_seed": True}
BEHIND = {"verdict": "behind", "difference": -0.016, "low": -0.02, "high": -0.012, "one_seed": True}
NEEDED = OPEN | {"seeds_needed": 24, "images_needed": 9000}


def pair(rung, other, row, kind="adjacent"):
    names = {"rung": rung, "other": other, "kind": kind}
    return names | {"one_seed": False, "seeds_needed": None, "images_needed": None, "close": False} | row


def study(*pairs, **entries):
    """The content of a summary.json; each rung of the pairs is right on 97% of the images."""
    rungs = dict.fromkeys(name for row in pairs for name in (row["rung"], row["other"]))
    accuracies = {rung: {"accuracy": 0.97, "low": 0.96, "high": 0.98} for rung in rungs}
    about = {"dataset": "digits", "images": 2038, "classes": ["3", "7"]}
    return about | {"pairs": list(pairs), "validation": accuracies} | entries


@pytest.fixture
def compare(tmp_path):
    """`compare(here, there)`: the lines of the comparison of two studies, and whether no pair flips."""

    def compare(here, there):
        read = []
        for name, content in (("here", here), ("there", there)):
            path = tmp_path / f"{name}.json"
            path.write_text(json.dumps(content))
            read.append(summaries.read(path))
        text, holds = conclusions.compare(*read)
        return text.splitlines(), holds

    return compare


def of_one_pair(compare, here, there):
    """The line of a pair (net, line) with these rows, and whether it does not flip."""
    lines, holds = compare(study(pair("net", "line", here)), study(pair("net", "line", there)))
    return lines[2], holds


@pytest.mark.parametrize("row", [BETTER, WORSE, OPEN, SAME, AHEAD, BEHIND])
def test_the_same_verdict_holds(compare, row):
    line, holds = of_one_pair(compare, row, row)
    assert line.startswith(f"holds: net against line: {row['verdict']} here (")
    assert line.endswith("; the intervals overlap")
    assert holds


def test_a_pair_that_holds_has_both_differences(compare):
    assert of_one_pair(compare, BETTER, LESS)[0] == (
        "holds: net against line: better here (+1.60 points, 95% interval +1.20 to +2.00) "
        "and there (+0.40 points, 95% interval +0.10 to +0.70); the intervals do not overlap"
    )


def test_better_against_worse_flips(compare):
    line, holds = of_one_pair(compare, BETTER, WORSE)
    assert line == (
        "flips: net against line: changes from worse there (-1.60 points, 95% interval -2.00 to -1.20) "
        "to better here (+1.60 points, 95% interval +1.20 to +2.00); the intervals do not overlap"
    )
    assert not holds
    line, holds = of_one_pair(compare, WORSE, BETTER)
    assert line.startswith("flips: ")
    assert not holds


@pytest.mark.parametrize(
    ("open_one", "needed"),
    [
        (NEEDED, "to tell such a difference takes about 24 seeds each or 9,000 validation images"),
        (NEEDED | {"seeds_needed": None}, "to tell such a difference takes about 9,000 validation images"),
        (OPEN, "no number of seeds alone, and no number of images alone, would tell such a difference"),
        (OPEN | {"one_seed": True}, "a rung has one seed, and the study does not say what would decide the pair"),
    ],
)
def test_where_one_study_decides_the_other_says_what_would_decide(compare, open_one, needed):
    line, holds = of_one_pair(compare, open_one, BETTER)
    assert line.startswith("decided there only: net against line: changes from better there (+1.60 points")
    assert " to not distinguishable here (+0.10 points, 95% interval" in line
    assert line.endswith(f"; the intervals do not overlap; here, {needed}")
    assert holds
    line, holds = of_one_pair(compare, BETTER, open_one)
    assert line.startswith("decided here only: net against line: changes from not distinguishable there (")
    assert line.endswith(f"; there, {needed}")
    assert holds


@pytest.mark.parametrize(
    ("here", "there"), [(SAME, BETTER), (AHEAD, BETTER), (AHEAD, BEHIND), (AHEAD, WORSE), (BEHIND, SAME)]
)
def test_other_decided_verdicts_change_without_a_contradiction(compare, here, there):
    line, holds = of_one_pair(compare, here, there)
    assert line.startswith(f"changes: net against line: changes from {there['verdict']} there (")
    assert f" to {here['verdict']} here (" in line
    assert holds


def test_an_interval_for_other_images_alone_says_so(compare):
    line = of_one_pair(compare, AHEAD, BETTER)[0]
    assert "ahead here (+1.60 points, 95% interval for other images +1.20 to +2.00)" in line
    assert "better there (+1.60 points, 95% interval +1.20 to +2.00)" in line


@pytest.mark.parametrize(
    ("here", "there", "outcome"),
    [(BETTER, WORSE, "holds"), (BETTER, BETTER, "flips"), (AHEAD, BEHIND, "holds"), (NEEDED, NEEDED, "holds")],
)
def test_a_pair_may_be_listed_the_other_way_round(compare, here, there, outcome):
    lines, _ = compare(study(pair("net", "line", here)), study(pair("line", "net", there)))
    assert lines[2].startswith(f"{outcome}: net against line: ")
    assert (compare(study(pair("line", "net", there)), study(pair("net", "line", here))))[0][2].startswith(
        f"{outcome}: line against net: "
    )


def test_a_turned_pair_has_turned_numbers(compare):
    lines, _ = compare(study(pair("net", "line", LESS)), study(pair("line", "net", WORSE | {"low": -0.03})))
    assert "better here (+0.40 points, 95% interval +0.10 to +0.70)" in lines[2]
    assert "and there (+1.60 points, 95% interval +1.20 to +3.00)" in lines[2]


@pytest.mark.parametrize(("low", "words"), [(0.02, "overlap"), (0.0201, "do not overlap")])
def test_intervals_that_touch_overlap(compare, low, words):
    there = {"verdict": "better", "difference": 0.03, "low": low, "high": 0.04}
    assert of_one_pair(compare, BETTER, there)[0].endswith(f"; the intervals {words}")
    assert of_one_pair(compare, there, BETTER)[0].endswith(f"; the intervals {words}")


def test_equal_studies_hold_pair_by_pair_once_for_all_kinds(compare):
    rows = [
        pair("b", "a", BETTER),
        pair("c", "b", NEEDED),
        pair("a", "b", WORSE, "best"),
        pair("b", "a", BETTER, "idea"),
    ]
    lines, holds = compare(study(*rows), study(*rows))
    assert holds
    assert [line.partition(":")[0] for line in lines[:-1]] == ["here", "there", "holds", "holds", "b", "a", "c"]
    assert lines[-1] == (
        "All pairs hold. Pairs in both studies: 2 (holds 2, flips 0, decided here only 0, decided there only 0, "
        "changes 0). Intervals that overlap: 2 of 2 differences and 3 of 3 accuracies"
    )


def test_the_last_line_counts(compare):
    names = ("b", "c", "d", "e", "f", "g")
    here = [pair(name, "a", row) for name, row in zip(names, (BETTER, BETTER, OPEN, BETTER, SAME, BETTER), strict=True)]
    there = [pair(name, "a", row) for name, row in zip(names, (LESS, WORSE, LESS, OPEN, BETTER, BETTER), strict=True)]
    lines, holds = compare(study(*here), study(*there))
    assert not holds
    assert lines[-1] == (
        "Pairs in both studies: 6 (holds 2, flips 1, decided here only 1, decided there only 1, changes 1). "
        "Intervals that overlap: 2 of 6 differences and 7 of 7 accuracies"
    )


def test_each_common_rung_has_a_line_with_both_accuracies(compare):
    here, there = study(pair("net", "line", BETTER)), study(pair("net", "line", BETTER))
    there["validation"]["net"] = {"accuracy": 0.99, "low": 0.985, "high": 0.995}
    lines, holds = compare(here, there)
    assert holds
    assert lines[3:5] == [
        "net: accuracy 97.00% (95% interval 96.00% to 98.00%) here, 99.00% (95% interval 98.50% to 99.50%) there; "
        "the intervals do not overlap",
        "line: accuracy 97.00% (95% interval 96.00% to 98.00%) here, 97.00% (95% interval 96.00% to 98.00%) there; "
        "the intervals overlap",
    ]
    assert lines[-1].endswith("1 of 1 differences and 1 of 2 accuracies")


def test_pairs_and_rungs_of_one_study_are_counted_and_named(compare):
    here = study(pair("b", "a", BETTER), pair("c", "b", BETTER), pair("c", "a", BETTER))
    there = study(pair("a", "b", WORSE), pair("b", "d", BETTER))
    lines, holds = compare(here, there)
    assert holds
    assert lines[-5:-1] == [
        "only here, 1 rung: c",
        "only here, 2 pairs: c against b, c against a",
        "only there, 1 rung: d",
        "only there, 1 pair: b against d",
    ]


def test_other_images_are_said_and_not_refused(compare):
    here = study(pair("b", "a", BETTER))
    there = here | {"dataset": "letters", "images": 10_000, "classes": ["3", "7", "9"]}
    lines, holds = compare(here, there)
    assert holds
    assert lines[0].endswith("here.json, dataset digits, 2 classes, 2,038 validation images, 2 rungs")
    assert lines[1].endswith("there.json, dataset letters, 3 classes, 10,000 validation images, 2 rungs")
    assert lines[2:5] == [
        "The datasets have other names: digits here, letters there.",
        "The classes have other names, or there are more of them in one study.",
        "The numbers of validation images differ: 2,038 here, 10,000 there.",
    ]


def test_studies_without_a_common_pair_are_not_compared(compare):
    with pytest.raises(
        LadderError, match=r"there\.json: has no pair of rungs that .*here\.json has \(d, c there, b, a "
    ):
        compare(study(pair("b", "a", BETTER)), study(pair("d", "c", BETTER)))


WHOLE = study(pair("net", "line", BETTER))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is not JSON"),
        ("dataset: digits", "is not JSON"),
        (b"\xff\xfe", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        (json.dumps(WHOLE | {"images": float("nan")}), "is not JSON"),
        ("[]", "the file is no table of entries"),
        ("{}", "there is no entry dataset"),
        (json.dumps({name: entry for name, entry in WHOLE.items() if name != "pairs"}), "there is no entry pairs"),
        (json.dumps(WHOLE | {"pairs": {}}), "the entry pairs is not as a study writes it"),
        (json.dumps(WHOLE | {"pairs": [{}]}), r"there is no entry pairs\[0\]\.rung"),
        (json.dumps(study(pair("a", "b", BETTER | {"verdict": "good"}))), r"the entry pairs\[0\]\.verdict is not"),
        (json.dumps(study(pair("a", "b", BETTER | {"low": "0"}))), r"the entry pairs\[0\]\.low is not"),
        (json.dumps(study(pair("a", "b", BETTER | {"low": 10**400}))), r"the entry pairs\[0\]\.low is not"),
        (json.dumps(study(pair("a", "b", BETTER | {"seeds_needed": 0.5}))), r"the entry pairs\[0\]\.seeds_needed"),
        (json.dumps(study(pair("\x1b[31m", "b", BETTER))), r"the entry pairs\[0\]\.rung is not"),
        (json.dumps(WHOLE | {"dataset": "a\nb"}), "the entry dataset is not"),
        (json.dumps(WHOLE | {"validation": {"net": {"accuracy": 0.9}}}), r"there is no entry validation\.net\.low"),
        (json.dumps(WHOLE | {"classes": [3, 7]}), r"the entry classes\[0\] is not"),
    ],
    ids=range(18),
)
def test_another_file_is_named_with_what_would_be_right(tmp_path, text, reason):
    path = tmp_path / "summary.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    right = (
        r"name results/<dataset>/evaluate/summary\.json of a finished study that this version of Digit Ladder has run"
    )
    with pytest.raises(LadderError, match=rf"/summary\.json: {reason}.*; {right}"):
        summaries.read(path)


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(LadderError, match=r"none\.json: cannot be read \(No such file or directory\); name results/"):
        summaries.read(tmp_path / "none.json")
    with pytest.raises(LadderError, match=r"cannot be read \(Is a directory\); name results/"):
        summaries.read(tmp_path)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working folder with a finished study of the dataset digits, where config.yaml names it."""
    folder = tmp_path / "ladder"
    finish(folder, "digits", study(pair("net", "line", BETTER), pair("cnn", "net", NEEDED)))
    (folder / "Snakefile").touch()
    (folder / "config.yaml").write_text("dataset: digits\n")
    monkeypatch.chdir(folder)
    return folder


def finish(folder, dataset, content):
    results = folder / "results" / dataset
    (results / "evaluate").mkdir(parents=True)
    (results / summaries.FILE).write_text(json.dumps(content))
    checksums.write(results, [summaries.FILE])


def ended(*arguments):
    """The exit status of a call of verify, or its sentence."""
    with pytest.raises(SystemExit) as error:
        verify.main(list(arguments))
    return error.value.code


def test_a_study_compared_with_itself_holds(folder, capsys):
    assert ended("--conclusions", "results/digits/evaluate/summary.json") == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].startswith("here: results/digits/evaluate/summary.json, dataset digits, ")
    assert printed[-1].startswith("All pairs hold. Pairs in both studies: 2 (holds 2, flips 0, ")


@pytest.mark.parametrize(("row", "status"), [(WORSE, 1), (OPEN, 0)])
def test_the_exit_status_says_whether_a_pair_flips(folder, capsys, row, status):
    (folder / "there.json").write_text(json.dumps(study(pair("net", "line", row))))
    assert ended("--cores", "1", "--conclusions", "there.json") == status
    assert "only here, 1 pair: cnn against net\n" in capsys.readouterr().out


def test_an_error_is_one_sentence(folder):
    assert ended("--conclusions", "no.json").startswith("error: no.json: cannot be read (No such file or directory)")
    assert ended("--conclusions") == (
        "error: --conclusions: names no file; name evaluate/summary.json of a study made elsewhere"
    )


def test_the_study_here_is_that_of_the_arguments(folder):
    for dataset in ("letters", "more"):
        finish(folder, dataset, WHOLE)
    (folder / "mine.yaml").write_text("dataset: letters\n")
    (folder / "seeds.yaml").write_text("seeds: 1\n")

    def place(*arguments):
        return summaries.of_study_here(list(arguments), folder).relative_to(folder / "results").parts[0]

    assert place() == place("--cores", "1") == place("--configfile", "seeds.yaml") == "digits"
    assert place("--configfile", "mine.yaml") == place("--configfile", "mine.yaml", "seeds.yaml") == "letters"
    assert place("--configfile", "mine.yaml", "--config", "seeds=2", "dataset=more") == "more"
    assert place("--config", "dataset='letters'") == place("-C", "dataset=letters") == "letters"


def test_with_another_folder_of_results_the_study_there_is_compared(folder, monkeypatch, capsys):
    monkeypatch.chdir(folder.parent)
    own = "ladder/results/digits/evaluate/summary.json"
    assert ended("--directory", "ladder", "--config", "dataset=digits", "--conclusions", own) == 0
    assert capsys.readouterr().out.startswith(f"here: {own}, ")
    snakefile = ("--snakefile", "ladder/Snakefile")
    assert ended("--directory", "ladder", *snakefile, "--conclusions", own) == 0
    # Without a Snakefile here, config.yaml is the project's.
    assert ended("--directory", "ladder", "--conclusions", own).startswith(
        "error: ladder/results/mnist_sample: holds no finished study to compare with; run the study first; "
        "finished here are digits: name one with --config dataset=..."
    )


def test_without_a_finished_study_here_nothing_is_compared(folder):
    (folder / "results/digits" / checksums.FILE).unlink()
    assert ended("--conclusions", "results/digits/evaluate/summary.json") == (
        "error: results/digits: holds no finished study to compare with; run the study first"
    )


def test_a_summary_that_changed_since_the_study_is_named(folder):
    path = folder / "results/digits" / summaries.FILE
    path.write_text(json.dumps(WHOLE))
    sentence = "error: results/digits/evaluate/summary.json: not as the study wrote it at its end"
    assert ended("--conclusions", str(path)).startswith(sentence)
    path.unlink()
    assert ended("--conclusions", str(path)).startswith(sentence)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "seeds: 1\n",
            r"config\.yaml: names no dataset; name the dataset of the study here with --config dataset=\.\.\.",
        ),
        ("a: [\n", r"config\.yaml: is not YAML; give the settings that the study here was run with"),
    ],
)
def test_settings_that_name_no_dataset_are_named(folder, text, sentence):
    (folder / "config.yaml").write_text(text)
    with pytest.raises(LadderError, match=sentence):
        summaries.of_study_here([], folder)
    with pytest.raises(LadderError, match=r"^none\.yaml: cannot be read"):
        summaries.of_study_here(["--configfile", "none.yaml"], folder)


def test_what_evaluate_writes_is_compared(tmp_path, folder):
    """The call of `make verify`, on the files of the evaluation itself."""
    (tmp_path / "four").mkdir()
    path = evaluate_four(tmp_path / "four") / "summary.json"
    finish(folder, "four", json.loads(path.read_text()))
    call = [sys.executable, "-m", "ladder.provenance.verify", "--config", "dataset=four", "--conclusions", str(path)]
    done = subprocess.run(
        call, env={"PYTHONPATH": str(PROJECT / "workflow"), "LC_ALL": "C"}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "holds: net against line: not distinguishable here (" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("All pairs hold. ")


def test_a_close_verdict_that_the_other_study_does_not_find_is_said_to_be_close(compare):
    line, holds = of_one_pair(compare, BETTER | {"close": True}, NEEDED)
    assert holds
    assert "; here, the verdict is close; there, to tell such a difference takes about 24 seeds each" in line
    assert "close" not in of_one_pair(compare, BETTER | {"close": True}, BETTER)[0]
