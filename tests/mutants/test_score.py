"""The score of `make mutants`, with made output of mutmut."""

import importlib.util
from pathlib import Path

import pytest

LINES = {
    1: ("return low < high", "return low <= high"),
    2: ("pairs = dict(zip(names, values, strict=True))", "pairs = dict(zip(names, values, strict=None))"),
    3: (
        "base, counts, differ = self._seeds[second] + 1, [], 0",
        "base, counts, differ = self._seeds[second] + 2, [], 0",
    ),
}


@pytest.fixture
def mutants():
    spec = importlib.util.spec_from_file_location("mutants", Path(__file__).with_name("__main__.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def reported(mutants, monkeypatch):
    """`reported(module, states)`: whether a module with mutants of these states passes."""

    def reported(module, states):
        names = [f"ladder.{module.replace('/', '.')}.x_name__mutmut_{number}" for number in range(1, len(states) + 1)]

        def mutmut(_, command, *arguments):
            if command == "results":
                lines = [f"    {name}: {state}" for name, state in zip(names, states)]
                return "\n".join([*lines, "    ladder.other.x_name__mutmut_1: survived"])
            before, after = LINES[int(arguments[0].rpartition("_")[2])]
            return (
                f"# {arguments[0]}: survived\n--- a.py\n+++ a.py\n@@ -1,3 +1,3 @@\n here\n-    {before}\n+    {after}\n"
            )

        monkeypatch.setattr(mutants, "mutmut", mutmut)
        return mutants.report(Path(), module)

    return reported


@pytest.mark.parametrize(
    ("module", "states", "passes", "said"),
    [
        (
            "evaluation/comparison",
            ["survived"] + ["killed"] * 19,
            True,
            "evaluation/comparison: score 0.950, 1 of 20 mutants survive; 0 not tried, 0",
        ),
        (
            "evaluation/comparison",
            ["survived"] + ["killed"] * 18,
            False,
            "evaluation/comparison: score 0.947, 1 of 19 mutants survive; 0 not tried, 0",
        ),
        (
            "evaluation/comparison",
            ["no tests", *["killed"] * 9],
            False,
            "evaluation/comparison: score 0.900, 1 of 10 mutants survive; 0 not tried, 0",
        ),
        (
            "evaluation/comparison",
            ["killed", "survived", "survived"],
            True,
            "score 1.000, 0 of 1 mutants survive; 0 not tried, 2 equ",
        ),
        (
            "evaluation/paired",
            ["killed", "survived", "survived"],
            False,
            "score 0.500, 1 of 2 mutants survive; 0 not tried, 1 equ",
        ),
        (
            "evaluation/comparison",
            ["timeout", "killed", "not checked"],
            False,
            "score 1.000, 0 of 2 mutants survive; 1 not tried, 0",
        ),
        ("evaluation/comparison", [], False, "score 0.000, 0 of 0 mutants survive"),
        ("images/zip", ["survived"], True, "images/zip: score 0.000, 1 of 1 mutants survive"),
    ],
)
def test_the_score_is_the_share_that_is_noticed(reported, capsys, module, states, passes, said):
    assert reported(module, states) is passes
    printed = capsys.readouterr().out
    assert said in printed
    assert ("return low <= high" in printed) == (states[:1] in (["survived"], ["no tests"]))


def test_every_equivalent_mutant_has_a_reason_and_another_line(mutants):
    listed = mutants.equivalents()
    assert all(entry["why"] for entries in listed.values() for entry in entries)
    assert all(mutant["before"] not in mutant["after"] for mutant in listed["mutants"])
    assert {mutant["module"] for mutant in listed["mutants"]} <= set(mutants.EVALUATION)


def test_every_listed_mutant_is_of_a_line_that_is_still_there(mutants):
    listed = {mutant["module"] for mutant in mutants.equivalents()["mutants"]}
    assert mutants.out_of_date(sorted(listed)) == []
