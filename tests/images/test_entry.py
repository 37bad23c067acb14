import numpy as np
import pytest

from ladder.images.entry import HARMFUL, locate, printable
from ladder.images.splits import UNNAMED, Folder, Names

FOLDERS = Names("training", "testing")
TOP, BELOW = Folder("training", ("train",)), Folder("mnist/training", (None, "train"))
LOCATED = [
    # path, folder of the split, label, place of a file
    ("training/3/1.png", TOP, "3", "training/3/1.png"),
    ("testing/7/1.png", Folder("testing", ("valid",)), "7", "testing/7/1.png"),
    ("mnist/training/3/1.png", BELOW, "3", "training/3/1.png"),
    ("./mnist/training/3/1.png", BELOW, "3", "training/3/1.png"),
    ("./training//3/1.png", TOP, "3", "training/3/1.png"),
    ("training/3/more/1.png", TOP, "3", "training/3/more/1.png"),
    # The inner of two readings; splits.choose may take the outer one, in which `testing` is a class.
    ("training/testing/3/1.png", Folder("training/testing", ("train", "valid")), "3", "testing/3/1.png"),
    ("training/testing/1.png", Folder("training/testing", ("train", "valid")), None, "testing/1.png"),
    ("deep/er/training/3/1.png", None, None, None),
    ("other/3/1.png", None, None, None),
    ("training/1.png", TOP, None, None),
    ("training", None, None, None),
    ("Training/3/1.png", None, None, None),
    ("train/3/1.png", None, None, None),
    ("labels.csv", None, None, None),
]


def read(head=None):
    return b""


@pytest.mark.parametrize(("path", "folder", "label", "place"), LOCATED)
def test_a_file_lies_in_a_split_and_a_class(path, folder, label, place):
    entry = locate(path, read, FOLDERS)
    assert (entry.path, entry.folder, entry.label, entry.place) == (path, folder, label, place)


@pytest.mark.parametrize("path", ["a/b/train/3/1.png", "a/b/train/more/1.png"])
def test_a_path_of_the_config_is_a_split_at_any_depth(path):
    entry = locate(path, read, Names("a/b/train", "a/val"))
    assert (entry.folder.path, entry.folder.kinds) == ("a/b/train", (None, None, "train"))
    assert locate("train/3/1.png", read, Names("a/b/train", "a/val")).folder is None


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("train", "train"),
        ("TRAIN", "train"),
        ("Training", "train"),
        ("valid", "valid"),
        ("val", "valid"),
        ("Validation", "valid"),
        ("test", "test"),
        ("Testing", "test"),
        ("trains", None),
        ("dev", None),
    ],
)
def test_the_usual_names_of_split_folders(name, kind):
    folder = locate(f"{name}/3/1.png", read, UNNAMED).folder
    assert folder == (kind and Folder(name, (kind,)))


@pytest.mark.parametrize(
    ("path", "folder", "label"),
    [
        ("training/3", TOP, "3"),
        ("mnist/training/7/", BELOW, "7"),
        ("training/", TOP, None),
        ("a/b", None, None),
    ],
)
def test_a_folder_stands_for_its_class(path, folder, label):
    entry = locate(path, None, FOLDERS)
    assert (entry.folder, entry.label, entry.is_image) == (folder, label, False)


@pytest.mark.parametrize(
    "path",
    [
        "training/3/.1.png",
        "training/3/.ipynb_checkpoints/1-checkpoint.png",
        "training/.ipynb_checkpoints/1.png",
        ".git/training/3/1.png",
        "__MACOSX/training/3/1.png",
        "data/__MACOSX/training/3/1.png",
        "training/3/@eaDir/1.png/SYNOPHOTO_THUMB_M.png",
        "training/3/more/.thumbnails/1.png",
        "training/3/Thumbs.db",
    ],
)
def test_what_is_hidden_anywhere_is_no_image_and_no_class(path):
    entry = locate(path, read, FOLDERS)
    assert (entry.hidden, entry.folder, entry.label, entry.is_image) == (True, None, None, False)
    folder = locate(path.rpartition("/")[0], None, FOLDERS)
    assert folder.label in (None, "3")


def test_a_hidden_folder_is_a_split_where_the_config_names_it():
    entry = locate(".images/3/1.png", read, Names(".images", "valid"))
    assert (entry.hidden, entry.label) == (False, "3")


CHENE = "ch\u00eane", "che\u0302ne"


@pytest.mark.parametrize("spelled", CHENE)
def test_two_forms_of_unicode_are_one_name(spelled):
    entry = locate(f"training/{spelled}/e\u0301.png", read, FOLDERS)
    assert (entry.label, entry.place) == (CHENE[0], f"training/{CHENE[0]}/\u00e9.png")
    assert entry.respelled == (spelled == CHENE[1])
    assert locate(f"training/{spelled}", None, FOLDERS).respelled == entry.respelled


@pytest.mark.parametrize(
    "name",
    [
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "\u0915\u094d\u200d\u0937",
        "chat\u00a0noir",
        "\u732b\u3000\u72ac",
        "\U0001f468\u200d\U0001f467",
        "\U0001f3f4\U000e0067\U000e0062\U000e007f",
        "soft\u00adhyphen",
        "\ue000",
        "a\\u200cb",
    ],
)
def test_joiners_and_spaces_stay(name):
    assert printable(name) == name
    assert locate(f"training/{name}/1.png", read, FOLDERS).label == name


@pytest.mark.parametrize(
    ("name", "escaped"),
    [
        ("a\nb", r"a\nb"),
        ("\x1b[2J", r"\x1b[2J"),
        ("a\x9bb", r"a\x9bb"),
        ("a\u202eb", r"a\u202eb"),
        ("a\u2066b", r"a\u2066b"),
        ("a\u2028b", r"a\u2028b"),
        ("\udcff", r"\udcff"),
        ("\uffff", r"\uffff"),
        ("\U0001fffe", r"\U0001fffe"),
    ],
)
def test_what_a_terminal_or_a_table_obeys_is_escaped(name, escaped):
    assert printable(f"x{name}\u200c") == f"x{escaped}\u200c"
    assert HARMFUL.search(name)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("1.png", True),
        ("1.PNG", True),
        ("1.jpeg", True),
        ("a.b.tif", True),
        ("1.txt", False),
        ("1.png.txt", False),
        ("._1.png", False),
        (".png", False),
        ("png", False),
        ("1.jfif", True),
        ("1.JPE", True),
        ("1.pnm", True),
    ],
)
def test_an_image_is_known_by_its_name(name, expected):
    assert locate(f"training/3/{name}", read, FOLDERS).is_image is expected


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "PPM"])
def test_an_image_is_known_by_its_first_bytes(png, kind):
    data = png(np.zeros((3, 3), np.uint8), kind)
    asked = []

    def first(head=None):
        asked.append(head)
        return data[:head]

    for name in ("4", "1.jpg_large", "1.image", "1.bak", "1.png~", ".1"):
        clear = kind in ("PNG", "JPEG", "GIF", "WEBP")
        expected = name == "4" or (clear and name in ("1.jpg_large", "1.image"))
        assert locate(f"training/3/{name}", first, FOLDERS).is_image is expected
    assert {*asked} == {64}


@pytest.mark.parametrize("data", [b"", b"BMW", b"P2P networks", b"II*\0" + bytes(60), b"RIFF" + bytes(4) + b"WAVE"])
def test_other_files_are_no_images_by_their_first_bytes(data):
    assert not locate("training/3/a.nef", lambda head=None: data[:head], FOLDERS).is_image
    if not data.startswith(b"II"):
        assert not locate("training/3/a", lambda head=None: data[:head], FOLDERS).is_image


def test_what_lies_outside_the_classes_is_no_labelled_image():
    assert not locate("unlabelled/1.png", read, FOLDERS).is_image
