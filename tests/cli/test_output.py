import os

import pytest

from qnet.cli.output import check_folder, write
from qnet.errors import FileError


def test_a_file_and_its_folders_are_made(tmp_path):
    write(tmp_path / "a" / "b" / "file", b"whole")
    assert (tmp_path / "a" / "b" / "file").read_bytes() == b"whole"


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path, monkeypatch):
    write(tmp_path / "file", b"old")

    def full_disk(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full_disk)
    with pytest.raises(FileError, match=r"Cannot write '.*file': No space left on device\."):
        write(tmp_path / "file", b"new")
    assert [(left.name, left.read_bytes()) for left in tmp_path.iterdir()] == [("file", b"old")]


def test_a_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "out").touch()
    for folder in (tmp_path / "out", tmp_path / "out" / "below"):
        with pytest.raises(FileError, match="Argument `--out` must be a folder"):
            check_folder(folder, ("file",))


def test_a_folder_in_the_place_of_a_file_is_refused(tmp_path):
    (tmp_path / "file").mkdir()
    with pytest.raises(FileError, match="must leave room for a file 'file'"):
        check_folder(tmp_path, ("file",))


def test_a_folder_one_may_not_write_to_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write anywhere
    with pytest.raises(FileError, match="must be a folder one may write to"):
        check_folder(tmp_path / "new", ())


def test_a_folder_to_be_made_is_not_made_yet(tmp_path):
    check_folder(tmp_path / "a" / "b", ("file",))
    assert list(tmp_path.iterdir()) == []
