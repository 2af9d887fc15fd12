import os
import stat
import threading

import pytest

from text.console import InputError
from text.files import check_output_path, fingerprint, read_text, write_atomically


@pytest.mark.parametrize("bad, complaint", [(b"\xff", "byte 0xff"), (b"\0", "a NUL byte")])
@pytest.mark.parametrize(
    "start, line", [(b"\xef\xbb\xbfone\r\ntwo\r\n", 3), (b"one\n\ntwo", 3)]
)
def test_lines_are_counted_however_they_end(tmp_path, start, line, bad, complaint):
    path = tmp_path / "text"
    path.write_bytes(start + bad)
    with pytest.raises(InputError, match=f"line {line}: {complaint}"):
        read_text(path)


def test_files_have_the_same_fingerprint_if_their_content_is_the_same(tmp_path):
    for name, content in [("one", "text"), ("copy", "text"), ("other", "text\n")]:
        (tmp_path / name).write_text(content)
    one, copy, other = (fingerprint(tmp_path / name) for name in ["one", "copy", "other"])
    assert one == copy != other


def test_a_failed_write_leaves_the_previous_file_and_nothing_else(tmp_path):
    path = tmp_path / "file"
    path.write_text("before")
    with pytest.raises(RuntimeError):
        with write_atomically(path) as file:
            file.write("half")
            raise RuntimeError
    assert path.read_text() == "before" and os.listdir(tmp_path) == ["file"]
    with write_atomically(path) as file:
        file.write("after\n")
        assert path.read_text() == "before"
    assert path.read_bytes() == b"after\n" and os.listdir(tmp_path) == ["file"]


def test_a_link_keeps_pointing_at_the_file_that_is_written(tmp_path):
    (tmp_path / "real").write_text("before")
    (tmp_path / "link").symlink_to("real")
    with write_atomically(tmp_path / "link") as file:
        file.write("after")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "real").read_text() == "after"


def test_writing_where_nothing_can_be_written_names_the_path(tmp_path):
    with pytest.raises(InputError, match="no/file: No such file"):
        with write_atomically(tmp_path / "no" / "file") as file:
            file.write("text")


def test_output_paths_that_cannot_work_are_refused(tmp_path):
    (tmp_path / "input").write_text("")
    (tmp_path / "link").symlink_to("input")
    os.mkfifo(tmp_path / "pipe")
    check_output_path(tmp_path / "fine", [tmp_path / "input", None])
    for path, complaint in [
        (tmp_path / "no" / "file", "does not exist"),
        (tmp_path, "not a regular file"),
        (tmp_path / "pipe", "not a regular file"),
        (tmp_path / "input", "also another file"),
        (tmp_path / "link", "also another file"),
    ]:
        with pytest.raises(InputError, match=complaint):
            check_output_path(path, [tmp_path / "input"])
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
    assert sorted(os.listdir(tmp_path)) == ["input", "link", "pipe"]


def test_a_file_keeps_its_permissions(tmp_path):
    path = tmp_path / "file"
    path.write_text("before")
    path.chmod(0o600)
    with write_atomically(path) as file:
        file.write("after")
    assert path.stat().st_mode & 0o777 == 0o600 and path.read_text() == "after"


def test_threads_that_write_one_file_have_temporary_files_of_their_own(tmp_path):
    path, meeting = tmp_path / "file", threading.Barrier(2, timeout=30)

    def write(text):
        with write_atomically(path) as file:
            meeting.wait()
            file.write(text)

    threads = [threading.Thread(target=write, args=[text * 1000]) for text in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_text() in ("a" * 1000, "b" * 1000)
    assert [each.name for each in tmp_path.iterdir()] == ["file"]
