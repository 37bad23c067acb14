import multiprocessing
import os
import random
import shutil
import sqlite3
import time
import tracemalloc
from types import SimpleNamespace

import pytest

from ladder.errors import LadderError
from ladder.images import fingerprint as module
from ladder.images.fingerprint import fingerprint, refuse_missing

DAY = 86400 * 10**9
SOME = "train/7/1.png"
SAME = "train/7/2.png"  # as large and as old as SOME, with other content


@pytest.fixture
def watched(tmp_path, write_folder):
    """A folder of files that are all of one size and time."""
    files = (SOME, SAME, "train/7/more/3.png", "train/3/0.png", "train/3/1.png", "valid/3/1.png", "labels.csv")
    root = write_folder(tmp_path / "data", {path: f"{number}".encode() for number, path in enumerate(files)})
    for name in ("pool.png", "other.png"):
        (tmp_path / name).write_bytes(name[:1].encode())
    (root / "valid/3/linked.png").symlink_to("../../../pool.png")
    for path in (*root.rglob("*"), tmp_path / "pool.png", tmp_path / "other.png"):
        os.utime(path, ns=(DAY, DAY))
    return root


@pytest.fixture
def clock(monkeypatch):
    """The clock by which a file is too new to be trusted. It is a day ahead, so all files of these tests are old."""
    clock = SimpleNamespace(now=time.time_ns() + DAY)
    monkeypatch.setattr(module, "time", SimpleNamespace(time_ns=lambda: clock.now, monotonic=time.monotonic))
    return clock


@pytest.fixture
def look(watched, tmp_path, clock):
    """`look(root=watched)`: its fingerprint, by a manifest that all looks share."""

    def look(root=watched, **options):
        return fingerprint(str(root), tmp_path / "state/data.images", **options)

    return look


@pytest.fixture
def reads(watched, monkeypatch):
    """`reads()`: how many files of the folder, and of the links in it, were read since the last call."""
    opened, whole = [], os.open

    def counted(path, *arguments, **options):
        opened.extend([path] if str(path).startswith(str(watched)) else [])
        return whole(path, *arguments, **options)

    monkeypatch.setattr("os.open", counted)

    def reads():
        count = len(opened)
        opened.clear()
        return count

    return reads


def replace(path, content=b"x"):
    """Put another file of the same size and time in the place of a file, with one step."""
    new = path.with_name("new")
    new.write_bytes(content)
    os.utime(new, ns=(DAY, DAY))
    new.replace(path)


def in_place_with_the_old_time(root):
    (root / SOME).write_bytes(b"x")
    os.utime(root / SOME, ns=(DAY, DAY))


def swap(first, second):
    aside = first.with_name("aside")
    first.rename(aside)
    second.rename(first)
    aside.rename(second)


def another_folder(root):
    copy = root.with_name("copy")
    shutil.copytree(root, copy, symlinks=True)  # keeps times
    in_place_with_the_old_time(copy)
    swap(root, copy)


def retarget(root):
    (root / "valid/3/linked.png").unlink()
    (root / "valid/3/linked.png").symlink_to("../../../other.png")
    os.utime(root / "valid/3/linked.png", ns=(DAY, DAY), follow_symlinks=False)


def link_to_another(root):
    (root / SOME).unlink()
    (root / SOME).hardlink_to(root / SAME)


def behind_a_hard_link(root):
    (root.parent / "second name").hardlink_to(root / SOME)
    (root.parent / "second name").write_bytes(b"x")
    os.utime(root / SOME, ns=(DAY, DAY))


def a_pipe(root):
    (root / SOME).unlink()
    os.mkfifo(root / SOME)


CHANGES = {
    "a file changed in place": lambda root: (root / SOME).write_bytes(b"other"),
    "another content of the same size": lambda root: (root / SOME).write_bytes(b"x"),
    "another content of the same size and time": in_place_with_the_old_time,
    "a file replaced by one of the same size and time": lambda root: replace(root / SOME),
    "a copy that keeps size and time": lambda root: shutil.copy2(root / SAME, root / SOME),
    "a file in a subfolder": lambda root: replace(root / "train/7/more/3.png"),
    "a file more in a subfolder": lambda root: (root / "train/7/more/4.png").write_bytes(b""),
    "what a link leads to": lambda root: replace(root.parent / "pool.png"),
    "a link that leads elsewhere": retarget,
    "a link that leads nowhere": lambda root: (root.parent / "pool.png").unlink(),
    "a hard link to another file": link_to_another,
    "a file changed by its other name": behind_a_hard_link,
    "a file more": lambda root: (root / "valid/3/2.png").write_bytes(b""),
    "an empty class more": lambda root: (root / "train/9").mkdir(),
    "a file less": lambda root: (root / "labels.csv").unlink(),
    "another name": lambda root: (root / SOME).rename(root / "train/7/9.png"),
    "another class": lambda root: (root / SOME).rename(root / "train/3/9.png"),
    "two files that changed places": lambda root: swap(root / SOME, root / SAME),
    "two classes that changed places": lambda root: swap(root / "train/7", root / "train/3"),
    "another folder of the same listing, sizes and times": another_folder,
    "a pipe in the place of a file": a_pipe,
}


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_of_contents_changes_the_fingerprint(look, watched, change):
    before = look()
    CHANGES[change](watched)
    after = look()
    assert after != before
    assert look() == after


def touch_all(root):
    for path in (root, *root.rglob("*")):
        os.utime(path)


def written_again(root):
    for path in root.rglob("*.png"):
        path.write_bytes(path.read_bytes())


def there_and_back(root):
    (root / SOME).rename(root / "aside")
    (root / "aside").rename(root / SOME)


def a_link_in_place_of_a_file(root):
    (root / SOME).rename(root.parent / "moved.png")
    (root / SOME).symlink_to(root.parent / "moved.png")


def left_by_systems(root):
    for name in (".DS_Store", "Thumbs.db"):
        (root / "train" / name).write_bytes(b"")


SAME_CONTENTS = {
    "touched": touch_all,
    "written again": written_again,
    "renamed, and back": there_and_back,
    "other permissions": lambda root: (root / SOME).chmod(0o600),
    "a link to the same content": a_link_in_place_of_a_file,
    "a hard link more": lambda root: (root.parent / "second name").hardlink_to(root / SOME),
    "files that systems leave": left_by_systems,
    "a hidden folder": lambda root: shutil.copytree(root / "train/7", root / "train/.ipynb_checkpoints"),
}


@pytest.mark.parametrize("change", SAME_CONTENTS)
def test_the_same_contents_have_the_same_fingerprint(look, watched, change):
    before = look()
    SAME_CONTENTS[change](watched)
    assert look() == before


def test_a_copy_and_a_moved_folder_have_the_same_fingerprint(look, watched, tmp_path):
    before = look()
    copy = shutil.copytree(watched, tmp_path / "copy", copy_function=shutil.copy)
    assert look(copy) == before
    assert look(watched.rename(tmp_path / "moved")) == before
    (tmp_path / "here").symlink_to(tmp_path / "moved")
    assert look(tmp_path / "here") == before


def test_links_that_lead_in_a_circle_end(look, watched):
    before = look()
    (watched / "circle").symlink_to(".")
    (watched / "itself").symlink_to("itself")
    within = look()
    assert within != before
    (watched / "circle").unlink()
    (watched / "itself").unlink()
    assert look() == before


def test_a_hidden_folder_counts_if_the_settings_name_it(look, watched):
    (watched / ".mine/train/7").mkdir(parents=True)
    options = {"train": ".mine/train", "more": [{"valid": None}]}
    before, hidden_before = look(options=options), look()
    (watched / ".mine/train/7/0.png").write_bytes(b"new")
    assert look(options=options) != before
    assert look() == hidden_before


def test_a_file_has_a_fingerprint_of_its_own(look, tmp_path):
    file = tmp_path / "digits.npz"
    file.write_bytes(b"a")
    before = look(file)
    assert look(file) == before
    file.write_bytes(b"b")
    assert look(file) != before
    file.write_bytes(b"a")
    assert look(file) == look(file.rename(tmp_path / "other.npz")) == before


def test_a_folder_that_cannot_be_read_counts_as_empty(look, watched, locked):
    before = look()
    locked("train")
    assert look() != before


def test_a_file_that_cannot_be_read_counts_as_such_until_it_can(look, watched, monkeypatch):
    before, whole = look(), os.open

    def forbidden(path, *arguments, **options):
        if str(path).endswith(SOME):
            raise PermissionError(13, "Permission denied")
        return whole(path, *arguments, **options)

    (watched / SOME).chmod(0)
    with monkeypatch.context() as patch:
        patch.setattr("os.open", forbidden)
        assert look() != before
    assert look() == before  # the right to read may come back without a change of the file


def test_only_changed_files_are_read_again(look, watched, reads):
    look()
    assert reads() == 8
    look()
    assert reads() == 0
    os.utime(watched / SOME)
    look()
    look()
    assert reads() == 1
    look(verify=True)
    assert reads() == 8
    look()
    assert reads() == 0


def test_a_file_that_was_new_when_it_was_read_is_read_again(look, watched, reads, clock):
    clock.now = time.time_ns()
    first = look()
    assert reads() == 8
    clock.now += DAY
    assert look() == first
    assert reads() == 8
    look()
    assert reads() == 0


@pytest.fixture
def coarse(monkeypatch):
    """A file system that counts time in steps of two seconds, and on which all files are of the same step."""
    whole = module._file

    def rounded(child, path):
        file = whole(child, path)
        return file._replace(
            about=file.about
            and SimpleNamespace(
                st_size=file.about.st_size, st_mtime_ns=DAY, st_ctime_ns=coarse.step, st_ino=file.about.st_ino
            )
        )

    coarse = SimpleNamespace(step=time.time_ns() // (2 * 10**9) * 2 * 10**9)
    monkeypatch.setattr(module, "_file", rounded)
    return coarse


def test_an_inode_tells_files_of_the_same_size_and_times_apart(look, watched, coarse):
    before = look()
    swap(watched / SOME, watched / SAME)
    assert look() != before


def test_a_change_within_the_same_step_of_time_is_noticed(look, watched, clock, coarse):
    clock.now = coarse.step + 10**9
    before = look()
    (watched / SOME).write_bytes(b"x")
    assert look() != before


def test_where_times_cannot_be_relied_on_all_files_can_be_read(look, watched, coarse):
    before = look()
    (watched / SOME).write_bytes(b"x")
    assert look() == before  # nothing shows the change
    assert look(verify=True) != before
    assert look() != before  # the manifest knows the file from now on


def test_a_clock_that_was_set_back_hides_no_change(look, watched, clock, reads):
    before = look()
    clock.now -= 400 * DAY
    assert look() == before
    reads()
    (watched / SOME).write_bytes(b"x")
    os.utime(watched / SOME, ns=(0, 0))
    after = look()
    assert after != before
    assert reads() == 1
    assert look() == after


def cut(path):
    path.write_bytes(path.read_bytes()[:-5000])


def overwrite(path):
    content = path.read_bytes()
    path.write_bytes(content[:4096] + bytes(len(content) - 4096))


def alter(path, statement):
    with sqlite3.connect(path) as table:
        table.execute(statement)
    table.close()


DAMAGES = {
    "missing": lambda path: path.unlink(),
    "empty": lambda path: path.write_bytes(b""),
    "something else": lambda path: path.write_text("mine"),
    "cut off": cut,
    "zeros": overwrite,
    "another table": lambda path: alter(path, "ALTER TABLE file RENAME TO files"),
    "text": lambda path: alter(path, "UPDATE file SET content = 'text'"),
    "nothing": lambda path: alter(path, "UPDATE file SET content = NULL"),
    "numbers": lambda path: alter(path, "UPDATE file SET content = 3"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_manifest_is_made_anew(look, watched, tmp_path, reads, damage):
    before = look()
    DAMAGES[damage](tmp_path / "state/data.images")
    reads()
    assert look() == before
    assert reads() == 8
    assert look() == before
    assert reads() == 0


def test_a_place_that_cannot_be_written_is_no_obstacle(watched, tmp_path, clock):
    before = fingerprint(str(watched), tmp_path / "manifest")
    (tmp_path / "file").write_text("mine")
    assert fingerprint(str(watched), tmp_path / "file/manifest") == before
    (tmp_path / "folder").mkdir()
    assert fingerprint(str(watched), tmp_path / "folder") == before


def test_a_full_disk_is_no_obstacle(look, watched, tmp_path, monkeypatch):
    before = look()
    (tmp_path / "state/data.images").unlink()

    def full(path, rows):
        next(rows)
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(module, "_write", full)
    assert look() == before
    assert list((tmp_path / "state").iterdir()) == []


def look_from_afar(root, manifest):
    return fingerprint(root, manifest)


def test_calls_at_the_same_time_agree_and_leave_a_whole_manifest(look, watched, tmp_path, reads):
    for number in range(300):
        (watched / f"train/3/{number}.png").write_bytes(b"%d" % number)
    calls = [(str(watched), tmp_path / "state/data.images")] * 12
    with multiprocessing.get_context("fork").Pool(4) as pool:
        assert set(pool.starmap(look_from_afar, calls, chunksize=1)) == {look()}
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["data.images"]
    reads()
    look()
    assert reads() == 0


def test_the_order_in_which_files_are_listed_has_no_effect(look, watched, tmp_path, monkeypatch):
    before, whole = look(), module._files

    def shuffled(*arguments):
        files = list(whole(*arguments))
        random.Random(0).shuffle(files)
        return iter(files)

    monkeypatch.setattr(module, "_files", shuffled)
    assert look() == before
    assert fingerprint(str(watched), tmp_path / "another") == before


def test_memory_does_not_grow_with_the_number_of_files(tmp_path, monkeypatch, clock):
    about = SimpleNamespace(st_size=9, st_mtime_ns=DAY, st_ctime_ns=DAY, st_ino=1)
    place = tmp_path / "0.png"
    place.write_bytes(b"an image.")
    monkeypatch.setattr(
        module,
        "_files",
        lambda *_: (module.File(f"train/{number:09}.png", str(place), about) for number in range(count)),
    )
    peaks = []
    for count in (3_000, 12_000):
        tracemalloc.start()
        fingerprint(str(tmp_path), tmp_path / f"{count}.images")
        fingerprint(str(tmp_path), tmp_path / f"{count}.images", verify=True)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0] < 8 << 20


def test_a_long_look_says_how_far_it_is(look, monkeypatch, capsys):
    monkeypatch.setattr(module, "SECONDS_A_LINE", -1)
    look()
    assert capsys.readouterr().err == "images: 8 files read that are new or changed\n"
    look()
    assert capsys.readouterr().err == ""


def test_what_is_not_there_is_named(tmp_path):
    with pytest.raises(LadderError) as caught:
        refuse_missing(str(tmp_path / "gone"))
    assert str(caught.value) == (
        f"{tmp_path}/gone: no such file or folder; `path` of the dataset names where its images are"
    )
