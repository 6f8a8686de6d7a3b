"""The talks of the demo: text, images and encoding."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Section:
    """Part of a talk with one topic and one image; `picture` is an FFmpeg source filter without its size."""

    picture: str
    text: str


@dataclass(frozen=True)
class Talk:
    """A generated video: file name, size as `WIDTHxHEIGHT`, frame rate, codecs and spoken sections."""

    filename: str
    size: str
    frame_rate: str
    codecs: tuple[str, ...]
    """Output options of FFmpeg."""
    sections: tuple[Section, ...]

    @property
    def stem(self) -> str:
        return self.filename.rpartition(".")[0]


H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "30", "-pix_fmt", "yuv420p")
HEVC = ("-c:v", "libx265", "-preset", "ultrafast", "-crf", "30", "-x265-params", "log-level=error")
VP9 = ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-row-mt", "1", "-b:v", "300k")
MPEG4 = ("-c:v", "mpeg4", "-q:v", "6")

TALKS = (
    Talk(
        "why-the-tides-turn.mp4",
        "1280x720",
        "30",
        (*H264, "-c:a", "aac", "-b:a", "96k", "-movflags", "+faststart"),
        (
            Section(
                "gradients=type=radial:c0=0x05203c:c1=0x3f8fb5:speed=0.02",
                "Twice a day the sea climbs the harbour wall and twice a day it slides back. The moon "
                "does most of that work. Its pull is a little stronger on the near side of the Earth than "
                "on the far side, and that small difference stretches the oceans into two long, low hills "
                "of water.",
            ),
            Section(
                "gradients=type=linear:c0=0x3c2605:c1=0xe0a040:speed=0.02",
                "The sun pulls as well. When sun and moon stand in one line, their hills add up, and we "
                "get a spring tide. A week later they pull at right angles, and the tide is a lazy one "
                "that sailors call a neap.",
            ),
            Section(
                "testsrc2",
                "But a coast is no smooth ball. In a bay of the right length the water swings like soup "
                "in a carried bowl, and there the tide can rise as high as a house of four floors.",
            ),
        ),
    ),
    Talk(
        "Bread that rises.webm",
        "640x360",
        "25",
        (*VP9, "-c:a", "libopus", "-b:a", "48k"),
        (
            Section(
                "gradients=type=circular:c0=0x5a3a1a:c1=0xf0d8a8:speed=0.03",
                "Flour, water, salt, and patience. Mix the first two, and wait for half an hour. During "
                "that rest the flour drinks, and long strands of gluten form without any kneading at all.",
            ),
            Section(
                "sierpinski=type=carpet",
                "Now add the yeast. Every cell eats sugar and breathes out gas, and the strands catch it "
                "in millions of tiny balloons. A cool night in the refrigerator slows the yeast, but it "
                "hardly slows the enzymes, and they are what gives the loaf its taste.",
            ),
            Section(
                "gradients=type=spiral:c0=0x2a0a0a:c1=0xff7a1a:speed=0.03",
                "Bake it hot, with steam. Steam keeps the skin soft for ten minutes, so the loaf can "
                "spring up before the crust sets. Then wait once more: bread that is cut while it is hot "
                "turns to glue.",
            ),
        ),
    ),
    Talk(
        "how_bees_find_home.mkv",
        "640x360",
        "24",
        (*HEVC, "-c:a", "aac", "-b:a", "96k"),
        (
            Section(
                "gradients=type=linear:c0=0x103010:c1=0xa0d060:speed=0.02",
                "A forager may fly five kilometres to a field of clover, wander among the flowers for an "
                "hour, and then return in one straight line. She has counted every turn on the way.",
            ),
            Section(
                "mandelbrot=maxiter=150",
                "Her compass is the sky. Where the sun is hidden, she reads the pattern of polarised "
                "light around it, which our own eyes do not see. Her clock moves that compass, because "
                "the sun does not stand still.",
            ),
            Section(
                "gradients=type=radial:c0=0x402050:c1=0xe0c0ff:speed=0.02",
                "And close to the hive she trusts landmarks: the crooked tree, the fence, the roof. Move "
                "the hive by ten metres, and a cloud of bees will search the empty spot where it used to "
                "be.",
            ),
        ),
    ),
    Talk(
        "the-longest-proof.mov",
        "854x480",
        "30000/1001",
        (*H264, "-c:a", "pcm_s16le"),
        (
            Section(
                "testsrc2",
                "Can every map be coloured with four colours, so that no two neighbours look alike? A "
                "student asked it in eighteen fifty two, and for more than a century nobody could say.",
            ),
            Section(
                "gradients=type=spiral:c0=0x101040:c1=0x60e0e0:speed=0.02",
                "The answer came from a machine. Two mathematicians showed that every map contains one of "
                "almost two thousand patterns, and a computer went through them all, one after the other, "
                "for over a thousand hours. Some colleagues refused to call that a proof.",
            ),
            Section(
                "gradients=type=linear:c0=0x301030:c1=0xff9090:speed=0.02",
                "Today small programs check each logical step of such proofs, and those programs are "
                "short enough to be read by a person. Trust did not vanish. It moved to a place where we "
                "can look at it.",
            ),
        ),
    ),
    Talk(
        "night-trains.avi",
        "640x480",
        "25",
        (*MPEG4, "-c:a", "libmp3lame", "-b:a", "96k"),
        (
            Section(
                "gradients=type=linear:c0=0x000010:c1=0x304080:speed=0.05",
                "You board after dinner, and you wake up in another country. For years the night train "
                "was a relic, beaten by cheap flights. Now new sleeping cars are on order again.",
            ),
            Section(
                "gradients=type=circular:c0=0x101010:c1=0xd0d0a0:speed=0.05",
                "The arithmetic is hard. A seat is sold three times a day, a bed only once. But a "
                "traveller in a bed saves a hotel, and arrives in the middle of town at breakfast time.",
            ),
        ),
    ),
)  # fmt: skip
