import matplotlib
import pytest
from matplotlib import font_manager
from matplotlib.figure import Figure

from ladder.presentation import fonts, lettering
from ladder.presentation.fonts import Face, choose
from ladder.presentation.lettering import Names, fit, visible


def face(family, characters, weight=400, upright=True):
    return Face(family, f"/fonts/{family}.ttf", weight, upright, frozenset(characters))


@pytest.fixture
def no_other_fonts(monkeypatch):
    """A machine that has no font but matplotlib's own."""
    monkeypatch.setattr(font_manager, "findSystemFonts", list)
    fonts.families.cache_clear()
    yield
    fonts.families.cache_clear()


def chosen(lacking, faces):
    return [face.family for face in choose(lacking, faces)]


def test_one_font_that_has_all_is_chosen_before_several():
    assert chosen("猫犬", [face("A Sans", "猫"), face("B Sans", "犬"), face("C Sans", "猫犬")]) == ["C Sans"]


def test_fonts_are_added_until_no_more_characters_are_found():
    faces = [face("Deva Sans", "कत"), face("Han Sans", "猫犬"), face("Emoji", "🐶")]
    assert chosen("猫犬क🐶ก", faces) == ["Han Sans", "Deva Sans", "Emoji"]


def test_an_upright_regular_sans_comes_first_whatever_the_order_of_the_list():
    faces = [
        face("A Serif", "猫"),
        face("Z Sans", "猫"),
        face("A Sans", "猫", weight=700),
        face("A Sans Oblique", "猫", upright=False),
    ]
    assert chosen("猫", faces) == chosen("猫", faces[::-1]) == ["Z Sans"]
    assert chosen("猫", faces[:1] + faces[2:]) == ["A Serif"]


def test_nothing_is_chosen_for_what_no_font_has():
    assert chosen("猫", [face("A Sans", "犬")]) == []


def test_names_of_dejavus_characters_ask_for_no_other_font(monkeypatch):
    monkeypatch.setattr(fonts, "SHAPES", True)
    monkeypatch.setattr(font_manager, "findSystemFonts", lambda: pytest.fail("looked for fonts"))
    fonts.families.cache_clear()
    names = Names(["cat", "żółw", "כלב", "كلب", "a\u200cb"])
    assert names.families == ("DejaVu Sans",)
    assert names.drawn == names.full


def test_names_without_glyphs_are_numbers(no_other_fonts):
    names = Names(["cat", "猫", "कुत्ता", "\U0001f436"])
    assert names.drawn == ["cat", "#2", "#3", "#4"]


def test_a_font_of_the_machine_is_used(tmp_path, monkeypatch):
    # Any font will do: the characters of DejaVu Sans are hidden.
    path = f"{matplotlib.get_data_path()}/fonts/ttf/STIXGeneral.ttf"
    copy = tmp_path / "a.ttf"
    copy.write_bytes(open(path, "rb").read())
    (tmp_path / "damaged.ttf").write_bytes(b"no font")
    monkeypatch.setattr(font_manager, "findSystemFonts", lambda: [str(tmp_path / "damaged.ttf"), str(copy)])
    real = fonts._draws
    own = fonts._file("DejaVu Sans")
    monkeypatch.setattr(fonts, "_draws", lambda font, character: font.fname != own and real(font, character))
    fonts.families.cache_clear()
    assert fonts.families(frozenset("a")) == ("DejaVu Sans", "STIXGeneral")
    assert fonts.missing("a猫", ("DejaVu Sans", "STIXGeneral")) == {"猫"}
    fonts.families.cache_clear()


def test_without_shaping_names_whose_letters_join_are_numbers(monkeypatch):
    monkeypatch.setattr(fonts, "SHAPES", False)
    assert Names(["cat", "كلب", "כלב", "e\u0301"]).drawn == ["cat", "#2", "#3", "#4"]


def test_the_mark_of_a_number_is_no_class_of_its_own(no_other_fonts):
    assert Names(["猫", "#1", "x"]).drawn == ["##1", "#1", "x"]


def test_of_very_many_characters_of_other_fonts_the_names_are_numbers(monkeypatch):
    monkeypatch.setattr(fonts, "families", lambda _: ("DejaVu Sans", "Han Sans"))
    monkeypatch.setattr(fonts, "missing", lambda texts, among: frozenset(texts if len(among) == 1 else "") - {"c"})
    han = [chr(0x4E00 + number) for number in range(400)]
    assert Names([*han, "c"]).drawn == [*han, "c"]
    assert Names([*han, "\u6000", "c"]).drawn == [f"#{number}" for number in range(1, 402)] + ["c"]


def test_names_that_look_alike_are_numbers():
    assert Names(["a", "a\u200b", "b", "\u3000"]).drawn == ["#1", "#2", "b", "#4"]
    assert Names(["\u00e9", "e\u0301"]).drawn == ["#1", "#2"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a\nb", "a\\nb"),
        ("a\x01b", "a\\x01b"),
        ("a\u202eb", "a\\u202eb"),
        ("a\udc80", "a\\udc80"),
        ("a\u2028b", "a\\u2028b"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("$a_b\\c$", "$a_b\\c$"),
    ],
)
def test_what_cannot_be_seen_is_an_escape(name, text):
    assert visible(name) == text


@pytest.mark.parametrize(
    ("text", "inches", "lines", "fitted"),
    [
        ("tench", 9, 1, "tench"),
        ("English springer", 9, 2, "English\nspringer"),
        ("English springer", 16, 2, "English springer"),
        ("linear_mse_sigmoid", 12, 2, "linear_mse_\nsigmoid"),
        ("可愛い三毛猫", 4, 2, "可愛い三\n毛猫"),
        ("n02102040_dog", 8, 1, "n0210…og"),
        ("one two three four", 8, 2, "one two\nthree…ur"),
        ("abcdef", 1, 1, "a…"),
    ],
)
def test_a_name_is_wrapped_and_then_shortened_in_its_middle(text, inches, lines, fitted):
    assert fit(text, inches, lines, len) == fitted


def test_shortening_does_not_take_marks_from_their_letters():
    text = "e\u0301" * 9
    for inches in range(2, 18):
        short = fit(text, inches, 1, len)
        assert len(short) <= max(inches, 3)
        assert all(part == "" or (part.startswith("e") and part.endswith("\u0301")) for part in short.split("…"))


def test_names_shortened_to_the_same_are_numbers():
    names = Names(["a" * 90 + "x" + "a" * 90, "a" * 90 + "y" + "a" * 90, "b"])
    assert names.fitted(1.0, 8) == ["#1", "#2", "b"]


def test_what_is_fitted_fits():
    names = Names(["English springer", "W" * 200, "iiii", "cassette player of the house"])
    figure = Figure(figsize=(9, 9), dpi=72)
    for inches in (0.5, 1.0, 2.0):
        for size in (5, 8):
            for place, written in enumerate(names.fitted(inches, size, 2)):
                text = names.put(figure.text(0, 0, "", fontsize=size), place, written)
                assert text.get_window_extent().width / 72 <= inches * 1.04 + 0.02


def test_names_lie_where_all_fit_and_stand_otherwise():
    names = Names(["cat", "English springer"])
    assert names.beside(0.7, 2, 1.5, 7) == (["cat", "English\nspringer"], False)
    assert names.beside(0.3, 1, 1.5, 7) == (["cat", "English springer"], True)


def test_a_phrase_is_one_line_where_it_fits(monkeypatch):
    monkeypatch.setattr(fonts, "SHAPES", True)
    names = Names(["3", "7", "English springer", "כלב"])
    assert names.phrase(0, "as", 1, 1.0, 7) == [(1, "7", "3 as ")]
    assert names.phrase(2, "as", 1, 0.7, 7) == [(2, "English\nspringer", ""), (1, "7", "as ")]
    # On one line the name at the right would be read first.
    assert names.phrase(3, "as", 0, 9.0, 7) == [(3, "כלב", ""), (0, "3", "as ")]


def test_a_name_from_right_to_left_turns_nothing_round(monkeypatch):
    monkeypatch.setattr(fonts, "SHAPES", True)
    names = Names(["כלב 1", "b"])
    text = names.put(Figure().text(0, 0, ""), 0, names.drawn[0], before="mlp: ")
    assert text.get_text() == "\u200emlp: \u2068כלב 1\u2069"
    assert names.put(Figure().text(0, 0, ""), 1, "b").get_text() == "b"


def test_a_text_says_what_it_stands_for(no_other_fonts):
    names = Names(["猫", "English springer of the house", "cat", "two words"])
    written = names.fitted(0.8, 8, 1)
    gids = [names.put(Figure().text(0, 0, ""), place, text).get_gid() for place, text in enumerate(written)]
    assert gids == ["number:猫", "short:English springer of the house", None, None]
    wrapped = names.put(Figure().text(0, 0, ""), 3, "two\nwords")
    assert wrapped.get_gid() is None
    assert not wrapped.get_parse_math()


def test_ticks_are_the_chosen_names_in_their_order():
    axis = Figure().subplots().yaxis
    names = Names(["a", "b", "c", "d"])
    names.ticks(axis, [3, 1], names.fitted(1, 8, 1, [3, 1]))
    assert [label.get_text() for label in axis.get_ticklabels()] == ["d", "b"]
    assert list(axis.get_ticklocs()) == [0, 1]


def test_rungs_have_numbers_of_their_own():
    assert Names(["x" * 150, "x" * 151], lettering.RUNG).fitted(0.5, 8) == ["rung 1", "rung 2"]
