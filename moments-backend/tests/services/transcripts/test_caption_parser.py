"""Import of SRT, WebVTT, plain text and JSON."""

import json

import pytest

from app.core.exceptions import InvalidCaptionsError
from app.models.transcript import Segment, Transcript, Word
from app.services.transcripts.caption_parser import CaptionFormat, format_of, parse_captions

SRT, VTT, TXT, JSON = CaptionFormat.SRT, CaptionFormat.VTT, CaptionFormat.TXT, CaptionFormat.JSON
CUE = "1\n00:00:01,000 --> 00:00:02,500\n"


def read(text: str | bytes, kind: CaptionFormat, **options: object) -> Transcript:
    content = text.encode() if isinstance(text, str) else text
    return parse_captions(content, kind, **options)  # type: ignore[arg-type]


def cues(text: str | bytes, kind: CaptionFormat, **options: object) -> list[tuple[str, float, float]]:
    found = read(text, kind, **options)
    return [(segment.text, segment.start, segment.end) for segment in found.segment_timestamps]


@pytest.mark.parametrize(
    ("encoding", "bom"),
    [
        ("utf-8", b""),
        ("utf-8", b"\xef\xbb\xbf"),
        ("utf-16-le", b"\xff\xfe"),
        ("utf-16-be", b"\xfe\xff"),
        ("utf-16-le", b""),
        ("utf-16-be", b""),
        ("utf-32-le", b"\xff\xfe\0\0"),
        ("latin-1", b""),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(encoding: str, bom: bytes, newline: str) -> None:
    text = f"{CUE}Déjà vu à la Grünau\n\n2\n00:00:03,000 --> 00:00:04,000\nÉté\n".replace("\n", newline)
    assert cues(bom + text.encode(encoding), SRT) == [("Déjà vu à la Grünau", 1, 2.5), ("Été", 3, 4)]


def test_windows_1252_quotation_marks() -> None:
    assert cues(f"{CUE}“It’s” – 5 €".encode("windows-1252"), SRT) == [("“It’s” – 5 €", 1, 2.5)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<i>It</i> <b>is</b> <font color='#fff'>wet</font>", "It is wet"),
        ("{\\an8}Top {\\i1}text{\\i0}", "Top text"),
        ("Tom &amp; Jerry &lt;3&nbsp;&#39;em &eacute;", "Tom & Jerry <3 'em é"),
        ("a < b and c > d", "a < b and c > d"),
        ("first\nsecond", "first second"),
        ("first\n\nafter a blank line", "first after a blank line"),
        ("first\\Nsecond", "first second"),
        ("bell\x07 and \u202ebidi", "bell and bidi"),
        ("4\n2", "4 2"),
        ("e\u0301te\u0301", "été"),
    ],
)
def test_markup_is_removed(text: str, expected: str) -> None:
    following = "\n\n2\n00:00:05,000 --> 00:00:06,000\nnext"
    assert cues(f"{CUE}{text}{following}", SRT) == [(expected, 1, 2.5), ("next", 5, 6)]


@pytest.mark.parametrize(
    ("timing", "start", "end"),
    [
        ("00:00:01,000 --> 00:00:02,500", 1, 2.5),
        ("0:00:01.000 --> 0:00:02.500", 1, 2.5),
        ("00:01,000 --> 00:02,500", 1, 2.5),
        ("00:00:01 --> 00:00:02", 1, 2),
        ("00:00:01,5-->00:00:02,25", 1.5, 2.25),
        ("00: 00: 01, 000 -> 00: 00: 02, 500", 1, 2.5),
        ("00:00:01,000 --> 00:00:02,500 X1:117 X2:619 Y1:042", 1, 2.5),
        ("-00:00:01,000 --> 00:00:02,500", 0, 2.5),
        ("00:01:00,000 --> 00:00:02,500", 60, 61.0),
        ("00:00:01,000 --> 00:00:01,000", 1, 2),
    ],
)
def test_times_of_srt(timing: str, start: float, end: float) -> None:
    assert cues(f"1\n{timing}\nHi\n", SRT) == [("Hi", start, end)]


def test_missing_numbers_and_blank_lines() -> None:
    text = (
        "00:00:01,000 --> 00:00:02,000\nOne\n00:00:03,000 --> 00:00:04,000\nTwo\n3\n"
        "00:00:05,000 --> 00:00:06,000\n1969\n\n\n\n4\n00:00:07,000 --> 00:00:08,000\nFour"
    )
    assert [cue[0] for cue in cues(text, SRT)] == ["One", "Two", "1969", "Four"]


def test_overlaps_and_order_are_repaired() -> None:
    text = (
        "1\n00:00:05,000 --> 00:00:09,000\nlate\n\n2\n00:00:01,000 --> 00:00:06,000\nearly\n\n"
        "3\n00:00:05,000 --> 00:00:09,000\nboth\n"
    )
    assert cues(text, SRT) == [("early", 1, 5), ("late both", 5, 9)]


def test_scrolling_captions_are_not_repeated() -> None:
    text = (
        "WEBVTT\nKind: captions\nLanguage: fr\n\n00:00:01.000 --> 00:00:03.000 align:start position:0%\n"
        " \none<00:00:01.500><c> two</c>\n\n00:00:03.000 --> 00:00:03.010\none two\n \n\n"
        "00:00:03.010 --> 00:00:05.000\none two\nthree<00:00:04.000><c> four</c>\n\n"
        "00:00:05.000 --> 00:00:05.010\nthree four\n"
    )
    found = read(text, VTT)
    assert found.text == "one two three four"
    assert found.language == "fr"


def test_vtt_notes_styles_regions_and_speakers() -> None:
    text = (
        "\ufeffWEBVTT - a title\n\nSTYLE\n::cue { color: red }\n\nREGION\nid:bill\nwidth:40%\n\n"
        "NOTE a comment\nof two lines\n\nintro\n00:01.000 --> 00:02.000 line:0 position:20% region:bill\n"
        "<v.loud Mary>Hello <c.yellow.bg_blue>there</c></v>\n- <v Bob>Hi &lrm;&gt;\n\n"
        "NOTE later\n\n00:03.000 --> 00:04.000\n<lang en>Bye</lang>\n\nafterwards, without times\n"
    )
    assert [cue[0].replace("\u200e", "") for cue in cues(text, VTT)] == ["Hello there - Hi >", "Bye"]


@pytest.mark.parametrize(
    ("text", "kind", "line"),
    [
        (f"{CUE}ok\n\n2\n00:00:03,000 --> 00:00:xx,000\nbad", SRT, 6),
        ("1\n00:00:03,000 --> \nbad", SRT, 2),
        ("WEBVTT\n\n1 --> 2\nbad", VTT, 3),
        ("only text", SRT, 1),
        ("1\n01:00:00,000 --> 01:00:02,000\nof another video", SRT, 2),
        ('{"text": "a",\n "segments": [}', JSON, 2),
    ],
)
def test_errors_name_line_and_remedy(text: str, kind: CaptionFormat, line: int) -> None:
    with pytest.raises(InvalidCaptionsError, match=f"^line {line}: ") as refused:
        read(text, kind, seconds=60)
    assert refused.value.line == line
    assert refused.value.remedy


def test_cues_after_the_video_are_dropped() -> None:
    text = f"{CUE}Hi\n\n2\n00:00:58,000 --> 00:01:10,000\nEnd\n\n3\n99:00:00,000 --> 99:00:01,000\nCredits\n"
    assert cues(text, SRT, seconds=60) == [("Hi", 1, 2.5), ("End", 58, 60)]


@pytest.mark.slow
def test_file_of_ten_megabytes() -> None:
    markup = f"<font face='{'Arial,' * 30}' color='#ffffff' size='12'>{{\\an8}}"
    clocks = [f"{number // 1200:02}:{number // 20 % 60:02}:{number % 20 * 3:02}" for number in range(38_000)]
    lines = "".join(
        f"{number}\n{clock},000 --> {clock},900\n{markup}It is cue number {number} of the file.</font>\n\n"
        for number, clock in enumerate(clocks, start=1)
    )
    assert len(lines) > 10 * 1024**2
    found = cues(lines, SRT)
    assert len(found) == len(clocks)
    assert found[-1][0] == "It is cue number 38000 of the file."


def test_limits_name_the_line() -> None:
    with pytest.raises(InvalidCaptionsError, match=r"line 200002: .*more than 50000 cues"):
        read(f"{CUE}x\n\n" * 60_000, SRT)
    with pytest.raises(InvalidCaptionsError, match=r"line \d+: .*more than 3000000 characters"):
        read(
            "".join(
                f"1\n{hour:02}:00:00,000 --> {hour:02}:00:01,000\n{'a b ' * 1250}\n\n" for hour in range(700)
            ),
            SRT,
        )
    with pytest.raises(InvalidCaptionsError, match=r"line 1: .*no times"):
        read(b"\xe9" * 10 * 1024**2, SRT)
    assert len(read(f"{CUE}{'x' * 5_000_000}", SRT).text) == 5_000


@pytest.mark.parametrize(
    "line",
    [
        "[00:01] Hello there.",
        "0:01 Hello there.",
        "00:00:01.000 - Hello there.",
        "(0:01)\nHello there.",
        "00:01\tHello\nthere.",
    ],
)
def test_text_with_times(line: str) -> None:
    found = cues(f"{line}\n\n00:10 Good bye. See you!\n", TXT, seconds=60)
    assert [cue[:2] for cue in found] == [("Hello there.", 1), ("Good bye.", 10), ("See you!", found[2][1])]
    assert 10 < found[2][1] < 12


def test_text_takes_times_of_the_transcript() -> None:
    names = ["we", "saw", "the", "mood", "over", "the", "see"]
    words = [Word(word=name, start=index, end=index + 0.8) for index, name in enumerate(names)]
    spoken = Transcript(
        text=" ".join(names),
        language="en",
        word_timestamps=words,
        segment_timestamps=[Segment(text=" ".join(names), start=0, end=6.8)],
    )
    found = read("We saw the moon.\n\nOver the sea!", TXT, spoken=spoken)
    assert [(word.word, word.start) for word in found.word_timestamps] == [
        ("We", 0),
        ("saw", 1),
        ("the", 2),
        ("moon.", 3),
        ("Over", 4),
        ("the", 5),
        ("sea!", 6),
    ]
    assert [segment.text for segment in found.segment_timestamps] == ["We saw the moon.", "Over the sea!"]
    assert found.language == "en"


def test_text_without_any_times() -> None:
    found = read("One two three. Four five six.", TXT, seconds=12)
    assert [(segment.start, segment.end) for segment in found.segment_timestamps] == [(0, 6), (6, 12)]
    with pytest.raises(InvalidCaptionsError, match="no times"):
        read("One two three.", TXT)


@pytest.mark.parametrize(
    "document",
    [
        {
            "text": "Hi there.",
            "language": "english",
            "segments": [{"id": 0, "start": 1.0, "end": 2.0, "text": " Hi there."}],
        },
        {
            "text": "Hi there.",
            "language": "en",
            "duration": 9,
            "words": [{"word": "Hi", "start": 1, "end": 1.5}, {"word": "there", "start": 1.5, "end": 2}],
            "segments": [{"start": 1, "end": 2, "text": "Hi there."}],
        },
        {
            "language": "en",
            "segments": [
                {
                    "text": " Hi there.",
                    "start": 1,
                    "end": 2,
                    "words": [
                        {"word": " Hi", "start": 1, "end": 1.5, "probability": 1},
                        {"word": " there", "start": 1.5, "end": 1.9},
                        {"word": ".", "start": 1.9, "end": 2},
                    ],
                }
            ],
        },
        {
            "text": "",
            "language": "en",
            "segment_timestamps": [{"text": "Hi there.", "start": 1, "end": 2, "index": 0, "edited": True}],
            "word_timestamps": [],
        },
        [{"text": "Hi there.", "start": 1.0, "duration": 1.0}],
    ],
)
def test_json_of_several_programs(document: object) -> None:
    found = read(json.dumps(document), JSON)
    assert [(s.text, s.start, s.end) for s in found.segment_timestamps] == [("Hi there.", 1, 2)]
    assert [word.word.rstrip(".") for word in found.word_timestamps] == ["Hi", "there"]
    assert found.language in {"en", "und"}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Der Mond zieht das Wasser an, und das ist die Ursache für die Flut an der Küste.", "de"),
        ("La lune attire l'eau de la mer et c'est pour cela que les marées sont dans le port.", "fr"),
        ("La luna atrae el agua del mar y por eso las mareas son más altas en los puertos.", "es"),
        ("La luna attira l'acqua del mare e per questo le maree sono in un porto che non è alto.", "it"),
        ("The moon pulls the water of the sea and that is why it is wet twice a day.", "en"),
        ("Луна притягивает воду моря, и поэтому бывают приливы.", "ru"),
        ("月が海の水を引くので、潮が満ちる。", "ja"),
        ("月亮吸引海水，所以有潮汐。", "zh"),
        ("Ok.", "und"),
    ],
)
def test_language_of_the_text(text: str, language: str) -> None:
    assert read(f"{CUE}{text}", SRT).language == language
    assert read(f"{CUE}{text}", SRT, language="nl").language == "nl"


def test_formats_by_type_name_and_content() -> None:
    assert format_of(b"", media_type="text/vtt") is VTT
    assert format_of(b"", media_type="application/x-subrip") is SRT
    assert format_of(b"", filename="talk.en.SRT") is SRT
    assert format_of(b"x", filename="talk") is None
    assert format_of("WEBVTT\n".encode("utf-16"), media_type="text/plain") is VTT
    assert format_of(CUE.encode(), filename="a.txt") is SRT
    assert format_of(b'{"text": ""}', filename="a.txt") is JSON
    assert format_of(b"Hello", media_type="text/plain") is TXT


SRT_CUE = "1\n00:00:01,000 --> 00:00:02,000\n{}\n"
VTT_CUE = "WEBVTT\n\n00:01.000 --> 00:02.000\n{}\n"


@pytest.mark.parametrize(
    ("file_format", "frame", "repeated"),
    [
        ("srt", SRT_CUE, " "),
        ("srt", SRT_CUE, "-->"),
        ("srt", SRT_CUE, "1:"),
        ("srt", SRT_CUE, "{\\"),
        ("srt", SRT_CUE, "&#"),
        ("srt", SRT_CUE, "a\n"),
        ("vtt", VTT_CUE, "<!--"),
        ("vtt", VTT_CUE, "<a"),
        ("txt", "{}", " "),
        ("txt", "00:01 {}", " "),
    ],
)
def test_repetitions_are_read_in_linear_time(file_format: str, frame: str, repeated: str) -> None:
    # With backtracking over the whole line, each of these would exceed the time limit of a test.
    content = frame.format(f"Moon {repeated * 300_000} tide").encode()
    transcript = parse_captions(content, CaptionFormat(file_format), seconds=100.0)
    assert transcript.text.startswith("Moon")


def test_too_many_lines_are_refused() -> None:
    with pytest.raises(InvalidCaptionsError, match="more than 500000 lines"):
        parse_captions(SRT_CUE.format("a\n" * 500_000).encode(), CaptionFormat.SRT, seconds=100.0)
