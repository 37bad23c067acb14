import pickle

from ladder.errors import LadderError


def test_the_sentence_outlives_a_change_of_the_arguments():
    error = LadderError("a.png: too small")
    error.args = ("Exception occurred in a callback",)
    assert str(error) == "a.png: too small"


def test_the_sentence_crosses_processes():
    assert str(pickle.loads(pickle.dumps(LadderError("a.png: too small")))) == "a.png: too small"
