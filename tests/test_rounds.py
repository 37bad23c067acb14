"""Which pairs go on after a round of seeds, by scores made by hand."""

import json

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import load_file, save_file

from ladder.evaluate import Request, evaluate
from ladder.evaluation.rung import Rung
from ladder.formats import scores, tables
from ladder.rounds import look
from ladder.training import costs, failures, left_out
from ladder.training.history import HISTORY

IMAGES = 2000
LABELS = np.arange(IMAGES) % 2
RECIPE = {"loss": "cross_entropy", "sampling": "as_is", "class_weights": "none"}


def ranked(*wrong):
    """Seeds that are wrong on the first so many images."""
    return np.arange(IMAGES) >= np.array(wrong)[:, None]


def scattered(*wrong, seed):
    """Seeds that are wrong on nearly the same images, which are scattered."""
    order = np.random.default_rng(seed).permutation(IMAGES)
    return np.array([~np.isin(np.arange(IMAGES), order[:count]) for count in wrong])


SURE, SURELY_WORSE = ranked(100, 104, 98, 102), ranked(400, 404, 398, 402)
DOUBTFUL = ranked(170, 90, 260, 140)  # seeds differ a lot, so more of them would tell
ALIKE, ALIKE_TOO = scattered(200, 201, 202, 203, seed=0), scattered(206, 207, 208, 209, seed=1)  # images are the doubt
PLAN = [4, 8, 16]


def write_scores(path, right):
    predicted = np.where(right, LABELS, 1 - LABELS)
    by_seed = {seed: np.stack([1.0 - own, own], axis=1) for seed, own in enumerate(predicted)}
    scores.write(path, ["0", "1"], LABELS, by_seed, True)
    return str(path)


@pytest.fixture
def looked(tmp_path):
    """`looked(rungs, plan=PLAN, looks=1, failed=[])`: the file of the next round; a rung of one seed is a baseline."""
    index = tmp_path / "index.csv"
    rows = [f"train,{image},t/{image},{image % 2}" for image in range(4)]
    index.write_text("\n".join(["split,position,path,class", *rows]) + "\n")

    def look_at(rungs, plan=PLAN, looks=1, failed=(), **more):
        files = {}
        for rung, right in rungs.items():
            files[rung] = [write_scores(tmp_path / f"{rung}.parquet", right)]
        trained = [rung for rung, right in rungs.items() if len(right) > 1]
        tables.write(tmp_path / "failures.csv", list(failed), failures.FAILURES)
        rules = {"seeds": dict.fromkeys(trained, plan), "looks": looks} | more
        request = Request(["accuracy"], dict.fromkeys(trained, RECIPE), chance="majority", rules=rules)
        look(files, str(index), request, str(tmp_path / "2.json"), failures=[str(tmp_path / "failures.csv")])
        return json.loads((tmp_path / "2.json").read_text())

    return look_at


def going(told):
    return [{pair["rung"], pair["other"]} for pair in told["pairs"] if pair["goes_on"]]


def test_a_decided_pair_stops(looked):
    told = looked({"low": SURELY_WORSE, "high": SURE})
    assert (told["round"], told["variants"]) == (2, [])
    (pair,) = told["pairs"]
    assert (pair["rung"], pair["other"], pair["verdict"], pair["round"]) == ("high", "low", "better", 1)
    assert pair["p_holm"] < told["alpha"] == 0.05
    assert not pair["goes_on"]


def test_an_undecided_pair_that_seeds_can_decide_goes_on(looked):
    told = looked({"low": SURELY_WORSE, "doubtful": DOUBTFUL, "high": SURE})
    assert told["variants"] == ["doubtful", "high"]
    assert going(told) == [{"doubtful", "high"}]
    verdicts = {(pair["rung"], pair["other"]): (pair["verdict"], pair["round"]) for pair in told["pairs"]}
    assert verdicts["high", "doubtful"] == ("not distinguishable", None)


def test_a_pair_that_seeds_cannot_decide_stops(looked):
    told = looked({"one": ALIKE, "other": ALIKE_TOO})
    assert [pair["verdict"] for pair in told["pairs"]] == ["not distinguishable"]
    assert told["variants"] == going(told) == []


def test_a_pair_that_needs_more_seeds_than_there_will_be_stops(looked):
    assert looked({"doubtful": DOUBTFUL, "high": SURE}, plan=[4, 5])["variants"] == []
    assert looked({"doubtful": DOUBTFUL, "high": SURE}, plan=[4, 8, 16])["variants"] == ["doubtful", "high"]


def test_a_baseline_gets_no_seeds(looked):
    told = looked({"baseline": SURE[:1], "doubtful": DOUBTFUL})
    assert told["variants"] == ["doubtful"]
    assert going(told) == [{"baseline", "doubtful"}]


def test_a_rung_that_left_out_a_round_does_not_come_back(looked):
    more = np.concatenate([DOUBTFUL, DOUBTFUL])
    told = looked({"doubtful": more, "high": SURE}, looks=2)
    assert told["variants"] == []
    assert told["round"] == 3
    assert looked({"doubtful": DOUBTFUL, "high": SURE}, looks=1)["variants"] == ["doubtful", "high"]


def test_a_marked_rung_gets_no_more_seeds(looked):
    row = {"variant": "doubtful", "seed": 4, "kind": "diverged", "why": "the loss is nan"}
    assert looked({"doubtful": DOUBTFUL, "high": SURE}, failed=[row])["variants"] == []


def test_what_is_spent_at_each_look(looked):
    rungs = {"low": SURELY_WORSE, "high": SURE}
    first = looked(rungs)
    second = looked({name: np.concatenate([right, right]) for name, right in rungs.items()}, looks=2)
    assert first["spent"] == first["level"]
    assert second["spent"] == first["level"] + second["level"] < 0.05
    assert [pair["round"] for pair in second["pairs"]] == [1]


def test_the_table_names_the_round_that_decided_and_has_no_such_column_without_rounds(tmp_path):
    by_rung = {"low": SURELY_WORSE, "high": SURE}
    rows = ["split,position,path,class", "train,0,t/0,0", "train,1,t/1,1"]
    rows += [f"valid,{image},v/{image},{image % 2}" for image in range(IMAGES)]
    (tmp_path / "index.csv").write_text("\n".join(rows) + "\n")
    files, read = {rung: [write_scores(tmp_path / rung, right)] for rung, right in by_rung.items()}, {}
    for name, rules in (("plain", {}), ("rounds", {"seeds": {rung: [2, 4] for rung in by_rung}, "looks": 2})):
        request = Request(["accuracy"], dict.fromkeys(by_rung, RECIPE), rules=rules)
        evaluate(files, str(tmp_path / "index.csv"), request, str(tmp_path / name), {})
        read[name] = pd.read_csv(tmp_path / name / "comparison.csv")
    assert list(read["rounds"]) == [*read["plain"], "round"]
    assert read["rounds"]["round"].tolist() == [1, 1]
    numbers = ["difference", "low", "high", "two_way_p", "sign_flip_p"]
    assert read["rounds"][numbers].equals(read["plain"][numbers])


def test_a_block_that_is_left_out_has_all_files_and_no_seed(tmp_path):
    metadata = {"ladder": json.dumps({"classes": ["0", "1"]})}
    save_file({"labels": LABELS.astype(np.int64)}, tmp_path / "valid", metadata=metadata)
    outputs = {kind: str(tmp_path / kind) for kind in ("weights", "history", "scores", "costs", "failures")}
    left_out.write("net", {"model": "mlp"}, str(tmp_path / "valid"), outputs)
    assert load_file(outputs["weights"]) == {}
    for kind, columns in (("history", HISTORY), ("costs", costs.COSTS), ("failures", failures.FAILURES)):
        assert list(pd.read_csv(outputs[kind])) == list(columns)
        assert list(tables.read(outputs[kind], columns)) == []
    assert not failures.any_in(outputs["failures"])
    assert scores.describe(outputs["scores"]).numbers == []
    by_seed = {0: np.tile([0.2, 0.8], (IMAGES, 1))}
    scores.write(tmp_path / "first", ["0", "1"], LABELS, by_seed, False)
    rung = Rung("net", [outputs["scores"], str(tmp_path / "first")])
    assert (list(rung.tallies), rung.probabilities, rung.images) == ([0], False, IMAGES)


def test_the_variants_of_a_round_that_was_not_looked_at_are_none(tmp_path):
    assert left_out.trained_in(tmp_path / "2.json") == []
