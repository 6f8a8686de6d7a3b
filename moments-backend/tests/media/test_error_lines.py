"""The cause is found among the lines that FFmpeg writes."""

import pytest

from app.media import error_lines


@pytest.mark.parametrize(
    ("lines", "cause"),
    [
        (
            [
                "[in#0 @ 0x55dd] moov atom not found",
                "[in#0 @ 0x55dd] Error opening input: Invalid data found when processing input",
                "Error opening input files: Invalid data found when processing input",
            ],
            "moov atom not found",
        ),
        (
            [
                "[vost#0:0/libx264 @ 0x1] [enc:libx264 @ 0x2] Error while opening encoder",
                "[AVFilterGraph @ 0x3] No such filter: 'zscale'",
                "Conversion failed!",
            ],
            "No such filter: 'zscale'",
        ),
        (
            [
                "[swscaler @ 0x4] deprecated pixel format used, make sure you did set range correctly",
                "[h264 @ 0x5] illegal memory management control operation 7",
                "[h264 @ 0x5] error while decoding MB 16 5",
                "[Parsed_scale_0 @ 0x6] Rescaled dimensions 320x0 are invalid",
                "[Parsed_scale_0 @ 0x6] Failed to configure output pad on Parsed_scale_0",
            ],
            "Rescaled dimensions 320x0 are invalid",
        ),
        (
            ["[h264 @ 0x5] error while decoding MB 16 5", "Conversion failed!"],
            "error while decoding MB 16 5",
        ),
        (
            [
                "[vf#0:0 @ 0x7] Cannot determine format of input 0:0 after EOF",
                "[vf#0:0 @ 0x7] Task finished with error code: -1094995529 (Invalid data found)",
                "[out#0/null @ 0x8] Nothing was written into output file",
            ],
            "it contains neither pictures nor audio that can be decoded",
        ),
        (["Conversion failed!"], "Conversion failed!"),
        ([], ""),
    ],
)
def test_cause_is_not_a_consequence_or_warning(lines: list[str], cause: str) -> None:
    assert error_lines.cause("\n".join(lines).encode()) == cause


@pytest.mark.parametrize(
    ("line", "component"),
    [
        ("[AVFilterGraph @ 0x1] No such filter: 'zscale'", "filter zscale"),
        ("[vist#0:0/av1 @ 0x1] Decoding requested, but no decoder found for: av1", "decoder av1"),
        ("[vost#0:0 @ 0x1] Unknown encoder 'libx264'", "encoder libx264"),
        ("[vist#0:0/none @ 0x1] Decoding requested, but no decoder found for: none", None),
        ("moov atom not found", None),
    ],
)
def test_missing_component_is_named(line: str, component: str | None) -> None:
    assert error_lines.missing_component(line.encode()) == component
