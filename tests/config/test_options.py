import pytest

from ladder.config.options import problems, schemas
from ladder.errors import LadderError
from ladder.train import build_model


def test_a_type_is_that_of_the_annotation():
    assert schemas("mlp") == {"hidden": {"type": "integer"}}
    assert schemas("cnn") == {"layers": {"type": "array"}}
    assert schemas("linear") == {}


@pytest.mark.parametrize(
    ("model", "options", "read"),
    [
        ("mlp", {"hidden": "30"}, {"hidden": 30}),
        ("mlp", {"hidden": 30.0}, {"hidden": 30}),
        ("cnn", {"layers": [["16", "3", "1"]]}, {"layers": [[16, 3, 1]]}),
    ],
)
def test_text_becomes_the_number_it_stands_for(model, options, read):
    assert list(problems(options, model)) == []
    assert options == read


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"hidden": "many"}, "options.hidden: 'many' is not of type integer"),
        ({"hidden": 2.5}, "options.hidden: 2.5 is not of type integer"),
        ({"hiden": 3}, "options: models/mlp.py has no option 'hiden'; did you mean 'hidden'?"),
    ],
)
def test_a_problem_is_a_line(options, line):
    assert list(problems(options, "mlp")) == [line]


def test_options_that_make_no_model_are_named(recipe):
    with pytest.raises(LadderError) as caught:
        build_model(recipe("mlp", options={"hidden": -3}), (1, 8, 8), 1)
    start = "models/mlp.py makes no model of options {'hidden': -3} for images of (1, 8, 8): "
    assert str(caught.value).startswith(start)
