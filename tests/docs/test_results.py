"""docs/results.md has every table with its columns, and every folder of a study."""

import re

from ladder import evaluate
from ladder.chapter import write
from ladder.formats import tensors
from ladder.sweep.evaluate import columns_of_points, columns_of_runs
from ladder.training.costs import COSTS
from ladder.training.failures import FAILURES
from ladder.training.history import HISTORY
from tests.docs.written import text_of

OTHERS = {"costs": COSTS, "failures": FAILURES, "history": HISTORY, "index": tensors.INDEX}
PAGE = text_of("docs/results.md")


def test_each_table_has_its_columns():
    rows = re.findall(r"^\| `(\w+)\.csv`.*\| `([^`]+)` \|$", PAGE, re.MULTILINE)
    assert {name: columns.split(", ") for name, columns in rows} == {
        name: [f"{column}{'?' * kind.endswith('?')}" for column, kind in columns.items()]
        for name, columns in (evaluate.TABLES | OTHERS | write.TABLES).items()
    }


def test_the_tables_of_a_sweep_have_theirs():
    sentences = " ".join(PAGE.split())
    runs, points = (re.search(rf"`{name}\.csv` has a row a ([^.]*)", sentences)[1] for name in ("runs", "points"))
    assert re.findall(r"`(\w+)`", runs) == list(columns_of_runs({}, []))
    assert re.findall(r"`(\w+)`", points) == [
        *columns_of_points({}, []),
        *(column.removeprefix("accuracy") for column in list(columns_of_points({}, ["accuracy"]))[-4:]),
    ]
