"""README's examples of a loss, a metric and a variant, as a user would copy them."""

import re
from pathlib import Path

import pandas as pd
import pytest
import yaml

from ladder.config import study

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
RUN = ("--cores", "2", "--configfile", "overlay.yaml")
EXAMPLES = re.findall(r"```python\n# at the end of (\S+)\n(.*?)```", README, re.DOTALL)
(WIDE,) = (yaml.safe_load(text)["variants"] for text in re.findall(r"```yaml\n(variants:.*?)```", README, re.DOTALL))
SMALL = {"dataset": "digits", "seeds": 2, "figures": ["ladder"], "try_it": [], "metrics": ["accuracy", "recall"]}
SMALL["ladder"] = ["pixel_l1", "linear_sgd", "linear_mse", "mlp"]
SMALL["variants"] = {
    "linear_sgd": {"epochs": 1, "job": None},
    "linear_mse": {"epochs": 1, "job": None},
    "mlp": {"trainer": "loop", "epochs": 1},
}


@pytest.fixture(scope="module")
def finished(tmp_path_factory, Project):
    """A small study that has come to its end."""
    project = Project(tmp_path_factory.mktemp("readme"))
    project.overlay(SMALL)
    project.snakemake(*RUN)
    assert project.waiting(*RUN) == {}
    return project


def appended(project, examples):
    for path, source in examples:
        file = project.folder / path
        file.write_text(f"{file.read_text()}\n\n{source}")


def test_there_is_an_example_of_a_loss_and_one_of_a_metric():
    assert [path for path, _ in EXAMPLES] == ["workflow/ladder/losses.py", "workflow/ladder/metrics.py"]


def test_the_examples_rerun_nothing_until_they_are_asked_for_and_then_work(finished):
    appended(finished, EXAMPLES)
    assert finished.waiting(*RUN) == {}
    huber = {"model": "linear", "trainer": "loop", "optimizer": "sgd", "loss": "huber", "lr": 1.0, "epochs": 5}
    asked = SMALL | {"metrics": ["accuracy", "recall", "balanced_accuracy"], "ladder": [*SMALL["ladder"], "mine"]}
    finished.overlay(asked | {"variants": SMALL["variants"] | {"mine": huber | {"batch_size": 16}}})
    waiting = finished.waiting(*RUN)
    assert waiting == {"train": 1, "evaluate": 1, "figures_results": 1, "report": 1, "all": 1}
    finished.snakemake(*RUN)
    summary = pd.read_csv(
        finished.results("digits") / "evaluate/summary.csv", keep_default_na=False, dtype={"class": str}
    )
    summary = summary.set_index(["variant", "metric", "class"])["mean"]
    assert summary["mine", "accuracy", ""] > 0.5
    recalls = [summary["mine", "recall", str(digit)] for digit in range(10)]
    assert summary["mine", "balanced_accuracy", ""] == pytest.approx(sum(recalls) / 10)
    finished.overlay(SMALL)
    finished.snakemake(*RUN)


def test_an_edited_loss_retrains_the_variants_that_use_it(finished):
    path = "workflow/ladder/losses.py"
    finished.edit(path, "(outputs - targets).square()", "(targets - outputs).square()")
    waiting = finished.waiting(*RUN)
    # And the chapter's experiments, one of which is about this loss.
    assert (waiting["train"], waiting["chapter"]) == (1, 1)
    finished.edit(path, "(targets - outputs).square()", "(outputs - targets).square()")
    assert finished.waiting(*RUN) == {}


def test_an_edit_of_a_metric_that_is_not_asked_for_reruns_nothing(finished):
    path = "workflow/ladder/metrics.py"
    finished.edit(path, "return tally.loss / tally.images", "return tally.loss / tally.images + 1")
    assert finished.waiting(*RUN) == {}
    finished.edit(path, "return tally.loss / tally.images + 1", "return tally.loss / tally.images")
    finished.edit(path, "tally.confusion.diagonal(), tally.confusion.sum(1)", "tally.confusion.diagonal(), 1")
    assert finished.waiting(*RUN) == {"evaluate": 1, "figures_results": 1, "report": 1, "all": 1}
    finished.edit(path, "tally.confusion.diagonal(), 1", "tally.confusion.diagonal(), tally.confusion.sum(1)")


def test_the_example_of_a_variant_stands_where_it_says(shipped):
    (name,), ladder = WIDE, list(shipped["ladder"])
    shipped["variants"] = WIDE | shipped["variants"]
    place = ladder.index("mlp") + 1
    assert study.load(shipped).rungs == [*ladder[:place], name, *ladder[place:]]


@pytest.mark.parametrize(
    ("path", "source", "settings", "sentence"),
    [
        (
            "workflow/ladder/losses.py",
            "\n\ndef plain(outputs, targets):\n    return (outputs - targets).mean()\n",
            "variants={linear_sgd: {loss: plain}}",
            "config: variants.linear_sgd.loss: plain of losses.py does not say how the outputs of a model are read; "
            "write @_read_as(...) above it, with one of sigmoid, softmax, identity",
        ),
        (
            "workflow/ladder/figures/mine.py",
            'TITLE = "Mine"\nSECTION = "results"\n\n\ndef draw(summary):\n    pass\n',
            "figures=[mine]",
            "config: figures: mine has no caption; write what it shows, a sentence or two, into "
            "workflow/report/mine.rst",
        ),
    ],
)
def test_a_broken_contract_is_a_sentence_before_anything_runs(project, path, source, settings, sentence):
    file = project.folder / path
    file.write_text((file.read_text() if file.exists() else "") + source)
    printed = project.snakemake("--cores", "1", "--config", "dataset=digits", settings, fails=True)
    assert sentence in printed.splitlines()
    assert "Traceback" not in printed
    assert not (project.folder / "results").exists()
