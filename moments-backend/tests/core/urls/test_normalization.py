"""Normalisation of links, and video ids derived from them."""

import hashlib
from itertools import combinations

import pytest

from app.core.exceptions import InvalidRequestError
from app.core.urls.normalization import normalise_source_url, video_id_from_url, with_hash_suffix

GOOGLE_V4 = (
    "X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Credential=a%40b%2F20260101%2Fauto%2Fstorage%2Fgoog4_request"
    "&X-Goog-Date={date}&X-Goog-Expires=3600&X-Goog-SignedHeaders=host&X-Goog-Signature={signature}"
)
AMAZON_V4 = (
    "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA%2F20260101%2Feu-west-1%2Fs3%2Faws4_request"
    "&X-Amz-Date={date}&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Security-Token=t{date}"
    "&X-Amz-Signature={signature}&x-id=GetObject"
)
AZURE = (
    "sv=2024-11-04&st={date}&se={date}&sr=b&sp=r&spr=https"
    "&skoid=1&sktid=2&skt=3&ske=4&sks=b&skv=5&sig={signature}"
)

ONE_SOURCE = {
    "as written": [
        "https://example.com/Talk.mp4",
        "HTTPS://EXAMPLE.com/Talk.mp4",
        "  https://example.com:443/Talk.mp4\n",
        "https://example.com./Talk.mp4",
        "https://example.com/Talk.mp4#t=30",
        "https://example.com/Talk.mp4?",
        "https://example.com/%54alk.mp4",
        "https://example.com/a/../Talk.mp4",
        "https://example.com/./Talk.mp4",
        "https://example.com/%2E/Talk.mp4",
        "https://me:secret@example.com/Talk.mp4",
        "https://ex%61mple.com/Talk.mp4",
    ],
    "no path": ["http://example.com", "http://example.com/", "http://example.com:80", "http://example.com?#"],
    "escapes": ["https://example.com/a b~c.mp4", "https://example.com/a%20b%7Ec.mp4"],
    "capitals in escapes": ["https://example.com/a%c3%a9.mp4", "https://example.com/aé.mp4"],
    "a stray percent sign": ["https://example.com/100%.mp4", "https://example.com/100%25.mp4"],
    "order": [
        "https://example.com/v?b=2&a=1",
        "https://example.com/v?a=1&b=2",
        "https://example.com/v?&a=1&&b=2",
    ],
    "brackets": ["https://example.com/v?a[]=1", "https://example.com/v?a%5b%5d=1"],
    "a name beyond ASCII": ["https://Bücher.example/a", "https://xn--bcher-kva.example/a"],
    "IPv6": ["http://[2001:DB8:0::1]:80/a", "http://[2001:db8::1]/a"],
    "tracking": [
        "https://example.com/v?id=7",
        "https://example.com/v?utm_source=x&id=7&utm_medium=y&UTM_Campaign=z",
        "https://example.com/v?id=7&fbclid=1&gclid=2&msclkid=3&igshid=4&mc_cid=5&_ga=6",
    ],
    "Google, V4": [
        "https://storage.googleapis.com/b/Talk.mp4",
        "https://storage.googleapis.com/b/Talk.mp4?"
        + GOOGLE_V4.format(date="20260101T000000Z", signature="aa"),
        "https://storage.googleapis.com/b/Talk.mp4?"
        + GOOGLE_V4.format(date="20260202T000000Z", signature="bb"),
        "https://storage.googleapis.com/b/Talk.mp4?GoogleAccessId=a&Expires=1&Signature=s%2B",
        "https://storage.googleapis.com/b/Talk.mp4?GoogleAccessId=a&Expires=2&Signature=t%2B",
    ],
    "Amazon": [
        "https://b.s3.amazonaws.com/Talk.mp4?versionId=3",
        "https://b.s3.amazonaws.com/Talk.mp4?versionId=3&" + AMAZON_V4.format(date="1", signature="aa"),
        "https://b.s3.amazonaws.com/Talk.mp4?" + AMAZON_V4.format(date="2", signature="bb") + "&versionId=3",
        "https://b.s3.amazonaws.com/Talk.mp4?AWSAccessKeyId=A&Expires=9&versionId=3&Signature=s",
    ],
    "CloudFront": [
        "https://d1.cloudfront.net/Talk.mp4",
        "https://d1.cloudfront.net/Talk.mp4?Expires=1&Signature=a&Key-Pair-Id=K",
        "https://d1.cloudfront.net/Talk.mp4?Policy=p&Signature=b&Key-Pair-Id=K&Hash-Algorithm=SHA256",
    ],
    "Google's CDN": [
        "https://cdn.example.com/Talk.mp4",
        "https://cdn.example.com/Talk.mp4?Expires=1&KeyName=k&Signature=a",
    ],
    "Azure": [
        "https://a.blob.core.windows.net/c/Talk.mp4?snapshot=1",
        "https://a.blob.core.windows.net/c/Talk.mp4?snapshot=1&" + AZURE.format(date="1", signature="aa"),
        "https://a.blob.core.windows.net/c/Talk.mp4?"
        + AZURE.format(date="2", signature="bb")
        + "&snapshot=1",
    ],
    "YouTube": [
        "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
        "http://youtube.com/watch?v=dQw4w9WgXcQ",
        "https://m.youtube.com/watch?v=dQw4w9WgXcQ&feature=share",
        "https://music.youtube.com/watch?v=dQw4w9WgXcQ&si=abc",
        "https://www.youtube.com/watch?pp=1&t=42s&list=PL1&index=3&v=dQw4w9WgXcQ",
        "https://youtu.be/dQw4w9WgXcQ",
        "https://youtu.be/dQw4w9WgXcQ?si=abc&t=10",
        "https://youtu.be/watch?v=dQw4w9WgXcQ",
        "https://www.youtube.com/shorts/dQw4w9WgXcQ?feature=share",
        "https://www.youtube.com/live/dQw4w9WgXcQ/",
        "https://www.youtube.com/embed/dQw4w9WgXcQ",
        "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ",
        "https://www.youtube.com:443/v/dQw4w9WgXcQ#x",
    ],
    "a list on YouTube": [
        "https://www.youtube.com/playlist?list=PL1",
        "https://www.youtube.com/playlist?list=PL1&si=abc&feature=share&pp=x",
    ],
    "Vimeo": [
        "https://vimeo.com/76979871",
        "https://www.vimeo.com/76979871?share=copy",
        "https://player.vimeo.com/video/76979871",
        "https://vimeo.com/channels/staffpicks/76979871",
        "https://vimeo.com/groups/name/videos/76979871",
    ],
    "an unlisted one": [
        "https://vimeo.com/76979871/8272103f6e",
        "https://player.vimeo.com/video/76979871?h=8272103f6e",
    ],
    "Dailymotion": [
        "https://www.dailymotion.com/video/x8abc1",
        "https://dai.ly/x8abc1",
        "https://www.dailymotion.com/embed/video/x8abc1",
        "https://dailymotion.com/video/x8abc1_some-title",
    ],
    "Twitch": ["https://www.twitch.tv/videos/123456", "https://m.twitch.tv/videos/123456?t=1h"],
    "an object": ["gs://bucket/talks/A b.mp4", "GS://bucket/talks/A b.mp4", " gs://Bucket/talks/A b.mp4"],
}

DIFFERENT_SOURCES = [
    ["https://www.youtube.com/watch?v=dQw4w9WgXcQ", "https://www.youtube.com/watch?v=dQw4w9WgXcq"],
    ["https://www.youtube.com/watch?v=abc", "https://www.youtube.com/watch?v=def"],
    ["https://example.com/watch?v=abc", "https://example.com/watch?v=ABC"],
    ["https://example.com/Talk.mp4", "https://example.com/talk.mp4"],
    ["http://example.com/a", "https://example.com/a", "https://example.com:8443/a"],
    ["https://example.com/a", "https://example.com/a/", "https://example.com//a"],
    ["https://example.com/a/b", "https://example.com/a%2Fb"],
    ["https://example.com/a+b", "https://example.com/a%20b", "https://example.com/a%2Bb"],
    ["https://example.com/cr%C3%A8me", "https://example.com/cre%CC%80me"],
    ["https://example.com/v?a", "https://example.com/v?a=", "https://example.com/v"],
    ["https://example.com/v?a=1&a=2", "https://example.com/v?a=2&a=1"],
    ["https://example.com/v?q=a&b=c", "https://example.com/v?q=a%26b=c"],
    ["https://example.com/v?ID=1", "https://example.com/v?id=1"],
    ["https://example.com/v?expires=1", "https://example.com/v?expires=2"],
    ["https://example.com/v?signature=1", "https://example.com/v?signature=2"],
    ["https://example.com/v?token=1", "https://example.com/v?token=2"],
    ["https://example.com/v?sig=1", "https://example.com/v?sig=2"],
    ["https://example.com/v?si=1", "https://example.com/v?si=2", "https://example.com/v?feature=1"],
    ["https://notyoutube.com/v?si=1", "https://notyoutube.com/v?si=2"],
    ["https://example.com/v?Policy=1", "https://example.com/v?Policy=2"],
    ["https://vimeo.com/76979871", "https://vimeo.com/76979872", "https://vimeo.com/76979871/8272103f6e"],
    ["https://www.youtube.com:8080/watch?v=dQw4w9WgXcQ", "https://www.youtube.com/watch?v=dQw4w9WgXcQ"],
    [
        "gs://bucket/a.mp4",
        "gs://bucket/A.mp4",
        "gs://bucket/a.mp4?x=1",
        "gs://bucket/a.mp4#1",
        "gs://other/a.mp4",
    ],
    ["gs://bucket/a b.mp4", "gs://bucket/a%20b.mp4"],
]

INVALID = [
    "",
    "talk.mp4",
    "example.com/talk.mp4",
    "//example.com/talk.mp4",
    "/etc/passwd",
    "file:///etc/passwd",
    "ftp://example.com/a.mp4",
    "javascript:alert(1)",
    "data:video/mp4;base64,AAAA",
    "concat:a|b",
    "https://",
    "https:///a.mp4",
    "https://:443/a.mp4",
    "https://user:secret@/a.mp4",
    "https://exa mple.com/a.mp4",
    "https://example..com/a.mp4",
    "https://-example.com/a.mp4",
    "https://example.com:port/a.mp4",
    "https://example.com:99999/a.mp4",
    "https://[::1/a.mp4",
    "https://[::xyz]/a.mp4",
    "https://exa%00mple.com/a.mp4",
    "https://\u2603\u200d.example/a",
    "https://example.com/a\nb.mp4",
    "https://example.com/a\0b.mp4",
    "https://example.com/\ud800.mp4",
    "gs://",
    "gs://bucket",
    "gs://bucket/",
    "gs:///name.mp4",
    "gs://bucket/folder/",
]

IDS = [
    ("https://example.com/Tale%20Of%20Two%20Cities.mp4", "tale-of-two-cities"),
    ("https://example.com/talks/2024/My_Talk.final.MOV?x=1", "my-talk-final"),
    ("https://example.com/talk", "talk"),
    ("https://example.com/Cr%C3%A8me_br%C3%BBl%C3%A9e.webm", "creme-brulee"),
    ("https://example.com/cre%CC%80me.webm", "creme"),
    ("https://example.com/%E5%8C%97%E4%BA%AC.mp4", "bei-jing"),
    ("https://example.com/what's%20%22this%22%3F%20%26%20%23that.mp4", "what-s-this-that"),
    ("https://example.com/" + "abcdefghi-" * 9 + ".mp4", "abcdefghi-abcdefghi-abcdefghi-abcdefghi-abcdefghi"),
    ("https://example.com/" + "x" * 90 + ".mp4", "x" * 50),
    ("https://example.com/watch?v=1", "watch"),
    ("https://example.com/ab.mp4", "ab"),
    ("https://www.youtube.com/watch?v=dQw4w9WgXcQ", "youtube-dQw4w9WgXcQ"),
    ("https://youtube.com/watch?v=abc", "youtube-abc"),
    ("https://youtu.be/-_abcDEF123?si=x", "youtube--_abcDEF123"),
    ("https://vimeo.com/76979871/8272103f6e", "vimeo-76979871"),
    ("https://dai.ly/x8abc1", "dailymotion-x8abc1"),
    ("https://www.twitch.tv/videos/123456", "twitch-123456"),
    ("https://www.youtube.com/embed/videoseries?list=PL1", "videoseries"),
    ("gs://bucket/path/Some File.mp4", "some-file"),
    ("gs://bucket/100% #1?.mp4", "100-1"),
]

GENERIC = [
    "https://example.com",
    "https://example.com/talks/",
    "https://example.com/a.mp4",
    "https://example.com/.mp4",
    "https://example.com/%F0%9F%8E%AC.mp4",
    "https://example.com/---.mp4",
    "gs://bucket/video.mp4",
    *(
        f"https://example.com/{name}.mp4"
        for name in (
            *("video", "Clip", "OUTPUT", "download", "untitled", "temp", "file", "movie", "media"),
            *("_video_", "%20clip%20"),
        )
    ),
]


@pytest.mark.parametrize("links", ONE_SOURCE.values(), ids=ONE_SOURCE.keys())
def test_spellings_of_one_source_are_equal(links: list[str]) -> None:
    assert {normalise_source_url(link) for link in links} == {normalise_source_url(links[0])}


@pytest.mark.parametrize(
    ("first", "second"), [pair for links in DIFFERENT_SOURCES for pair in combinations(links, 2)]
)
def test_different_sources_stay_different(first: str, second: str) -> None:
    assert normalise_source_url(first) != normalise_source_url(second)


def test_groups_of_sources_stay_different() -> None:
    assert len({normalise_source_url(links[0]) for links in ONE_SOURCE.values()}) == len(ONE_SOURCE)


@pytest.mark.parametrize(
    "link", [link for links in [*ONE_SOURCE.values(), *DIFFERENT_SOURCES] for link in links]
)
def test_normalisation_is_idempotent(link: str) -> None:
    once = normalise_source_url(link)
    assert normalise_source_url(once) == once


@pytest.mark.parametrize(
    ("link", "normal"),
    [
        ("HTTP://Example.com:80/A/b%7ec.mp4?z=1&a=%3d&utm_id=3#x", "http://example.com/A/b~c.mp4?a=%3D&z=1"),
        ("https://youtu.be/dQw4w9WgXcQ?t=1", "https://www.youtube.com/watch?v=dQw4w9WgXcQ"),
        ("https://faß.example/ü?ä=ö", "https://xn--fa-hia.example/%C3%BC?%C3%A4=%C3%B6"),
        ("https://my_bucket.example.com/a/../b//c", "https://my_bucket.example.com/b//c"),
        ("gs://bucket/a//b ü?#%20.mp4", "gs://bucket/a//b ü?#%20.mp4"),
    ],
)
def test_normal_form(link: str, normal: str) -> None:
    assert normalise_source_url(link) == normal


@pytest.mark.parametrize("link", INVALID)
def test_invalid_links_are_rejected(link: str) -> None:
    with pytest.raises(InvalidRequestError, match="invalid link") as caught:
        normalise_source_url(link)
    assert caught.value.status == 422
    assert "secret" not in caught.value.cause
    with pytest.raises(InvalidRequestError):
        video_id_from_url(link)


@pytest.mark.parametrize(("link", "video_id"), IDS)
def test_id_is_derived_from_the_name(link: str, video_id: str) -> None:
    assert video_id_from_url(link) == video_id


@pytest.mark.parametrize("link", GENERIC)
def test_generic_names_get_a_hash_id(link: str) -> None:
    digest = hashlib.sha256(normalise_source_url(link).encode()).hexdigest()
    assert video_id_from_url(link) == f"video-{digest[:8]}"


def test_spellings_of_one_source_have_one_id() -> None:
    for links in ONE_SOURCE.values():
        assert len({video_id_from_url(link) for link in links}) == 1


def test_hash_suffix_depends_on_the_link() -> None:
    first, second = "https://a.example/talk.mp4", "https://b.example/talk.mp4?utm_source=x"
    assert video_id_from_url(first) == video_id_from_url(second) == "talk"
    digest = hashlib.sha256(b"https://b.example/talk.mp4").hexdigest()
    assert with_hash_suffix("talk", second) == f"talk-{digest[:8]}"
    assert with_hash_suffix("talk", first) != with_hash_suffix("talk", second)


@pytest.mark.parametrize("slug", ["x" * 255, "x" * 245 + "-" + "x" * 9, "x"])
def test_id_with_suffix_fits_the_column(slug: str) -> None:
    made = with_hash_suffix(slug, "https://example.com/a")
    assert len(made) <= 255
    assert "--" not in made
