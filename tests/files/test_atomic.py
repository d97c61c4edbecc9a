"""Files are written whole or not at all."""

from __future__ import annotations

import os

import pytest

from aenmf.errors import UserError
from aenmf.files.atomic import atomic_path, atomic_write


def test_atomic_write_leaves_the_old_file_when_the_block_fails(tmp_path):
    path = tmp_path / "sub" / "file.txt"
    with atomic_write(path) as file:
        file.write("old\n")
    with pytest.raises(RuntimeError), atomic_write(path) as file:
        file.write("new")
        raise RuntimeError
    assert path.read_bytes() == b"old\n" and os.listdir(path.parent) == ["file.txt"]
    with atomic_path(path) as temporary:
        assert temporary.suffix == ".txt" and temporary.parent == path.parent and path.read_text() == "old\n"
        temporary.write_text("new")
        before = os.stat(path).st_ino
    assert os.stat(path).st_ino != before  # moved into place, never written in place
    assert path.read_text() == "new" and os.listdir(path.parent) == ["file.txt"]
    with atomic_write(path, "wb") as file:
        file.write(b"\r\n")
    assert path.read_bytes() == b"\r\n"
    with pytest.raises(ValueError), atomic_write(path, "a"):
        pass


def test_atomic_write_names_the_place_it_cannot_write(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot be written.*move it away"), atomic_write(tmp_path / "file" / "below"):
        pass
    with pytest.raises(FileNotFoundError), atomic_write(tmp_path / "x"):
        open(tmp_path / "absent").close()
    with pytest.raises(UserError, match="No space left.*Free some disk space"), atomic_write(tmp_path / "x"):
        raise OSError(28, "No space left on device")
    (tmp_path / "folder").mkdir()
    with pytest.raises(UserError, match="There is a directory where"), atomic_write(tmp_path / "folder"):
        pass
    assert sorted(os.listdir(tmp_path)) == ["file", "folder"]
