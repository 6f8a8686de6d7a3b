"""Identifiers, object names and titles derived from paths."""

import unicodedata

import pytest

from app.services.library.identity import (
    MAX_IDENTIFIER_BYTES,
    folder_of,
    identifier_of,
    nfc,
    object_filename,
    renamed,
    title_of,
)

MD5 = "1a2b3c4d5e6f708192a3b4c5d6e7f809"


@pytest.mark.parametrize(
    ("path", "identifier", "filename", "title", "folder"),
    [
        ("talk.mp4", "talk", "talk.mp4", "Talk", ""),
        ("2023/IMG_0001.MOV", "2023__IMG_0001", "IMG_0001.MOV", "IMG 0001", "2023"),
        ("a/b c/my-talk.mkv", "a__b c__my-talk", "my-talk.mkv", "My Talk", "a/b c"),
        ("movie.mp4.mp4", "movie.mp4", "movie.mp4.mp4", "movie.mp4", ""),
        ("v1.2/film.mp4", "v1.2__film", "film.mp4", "Film", "v1.2"),
        ("-rf.mp4", "-rf", "-rf.mp4", " Rf", ""),
        ("100% %2F?#.mp4", "100% %2F?#", "100% %2F?#.mp4", "100% %2F?#", ""),
        ("space .mp4", "space ", "space .mp4", "Space ", ""),
    ],
)
def test_names_follow_the_path(path: str, identifier: str, filename: str, title: str, folder: str) -> None:
    assert (identifier_of(path), object_filename(path)) == (identifier, filename)
    assert (title_of(path), folder_of(path)) == (title, folder)


def test_line_breaks_are_replaced_in_unique_names() -> None:
    first, second = "new\nline.mp4", "new\r\nline.mp4"
    assert identifier_of(first).startswith("new line-")
    assert object_filename(first).startswith("new line-")
    assert object_filename(first).endswith(".mp4")
    assert identifier_of(first) != identifier_of(second)
    assert identifier_of("new\nfolder/a.mp4") != identifier_of("new folder/a.mp4")
    assert object_filename("new\nfolder/a.mp4") == "a.mp4"


@pytest.mark.parametrize("letter", ["x", "é", "中", "🎉"])
def test_long_names_are_shortened_between_characters(letter: str) -> None:
    size = len(letter.encode())
    longest = letter * (MAX_IDENTIFIER_BYTES // size)
    assert identifier_of(f"{longest}.mp4") == longest
    long = letter * (251 // size)
    short = identifier_of(f"{long}.mp4")
    assert MAX_IDENTIFIER_BYTES - size < len(short.encode()) <= MAX_IDENTIFIER_BYTES
    assert len(f"{short}_{'0' * 16}_clip.mp4".encode()) <= 255
    assert object_filename(f"{long}.mp4") == f"{long}.mp4"


def test_long_paths_with_one_start_stay_distinct() -> None:
    folder = "/".join(["folder" * 10] * 5)
    identifiers = {identifier_of(f"{folder}/{number}.mp4") for number in range(100)}
    assert len(identifiers) == 100
    assert all(len(identifier) <= 229 for identifier in identifiers)


def test_too_long_file_names_keep_their_extension() -> None:
    name = object_filename("ü" * 200 + ".webm")
    assert name.endswith(".webm")
    assert len(name.encode()) <= 255


def test_renamed_identifiers_end_with_the_digest() -> None:
    assert renamed("IMG_0001", MD5) == "IMG_0001-1a2b3c4d"
    long = renamed("x" * MAX_IDENTIFIER_BYTES, MD5)
    assert long.endswith("x-1a2b3c4d")
    assert len(long) == MAX_IDENTIFIER_BYTES
    assert renamed(identifier_of("a\nb.mp4"), MD5).endswith("-1a2b3c4d")


def test_names_that_are_not_utf8_do_not_fail() -> None:
    assert identifier_of("caf\udce9.mp4") == "caf\udce9"
    assert len(identifier_of(f"caf\udce9{'x' * 250}.mp4")) <= MAX_IDENTIFIER_BYTES
    assert object_filename("caf\udce9.mp4") == "caf\udce9.mp4"


def test_titles_are_one_readable_line() -> None:
    assert title_of("a/rtl \u202eexe\u2066.mp4") == "Rtl Exe"
    assert title_of("new\n\tline\x7f.mp4") == "New Line"


def test_nfc_composes_and_keeps_ascii() -> None:
    decomposed = unicodedata.normalize("NFD", "Übung café")
    assert nfc(decomposed) == "Übung café"
    plain = "talk"
    assert nfc(plain) is plain
