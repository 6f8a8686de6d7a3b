"""The cause among the lines that FFmpeg and ffprobe write to stderr.

A failure is reported again by each caller, up to `Conversion failed!`, and decoders complain about damage
that they conceal. Neither explains why a run failed.
"""

import re

_COMPONENT_PREFIX = re.compile(r"^(\[[^\]]* @ 0x[0-9a-f]+\] *)+")

_CONSEQUENCE = re.compile(
    r"Conversion failed!|Last message repeated|Task finished with error|Terminating thread with"
    r"|Error (opening|parsing|selecting|(re)?initializing|while|submitting|sending|marking|processing) ?"
    r"|Could not open encoder before EOF|Nothing was written into output|Cannot determine format of input"
    r"|Failed to (set value|configure output pad|inject frame)|To ignore this, add|Finishing stream"
    r"|Consider increasing the value|Truncating packet"
)

_WARNING = re.compile(
    r"deprecated pixel format|Estimating duration from bitrate|Guessed Channel Layout|Queue input is backward"
    r"|Application provided invalid, non monotonically|Non-monotonous DTS|Timestamps are unset"
    r"|Past duration .* too large|Stream #\S+: not enough frames|Could not find codec parameters"
    r"|Fontconfig (error|warning)|Failed to load fontconfig fonts"  # the bundled fonts are read without it
)

_CONCEALED = re.compile(
    r"concealing|error while decoding|corrupted macroblock|non-existing PPS|decode_slice_header|no frame!"
    r"|Invalid NAL unit size|Error splitting the input|missing picture in access unit|mmco:|co located POC"
    r"|illegal (short term|memory management|reordering)|number of reference frames|reference picture missing"
    r"|SEI type|Reserved bit set|Number of bands|Input buffer exhausted|channel element"
    r"|slice type .* too large|Missing reference picture|Could not find ref with POC"
    r"|Skipping invalid undecodable NALU|left block|top block|cabac decode"
    r"|ac-tex damaged|invalid mb type|Header missing|Invalid level prefix"
)

_NO_DECODER = re.compile(r"(?:Decoding requested, but no decoder found for:|Unknown decoder) '?([\w-]+)'?")
_NO_FILTER = re.compile(r"No such filter: '([\w-]+)'")
_NO_ENCODER = re.compile(r"Unknown encoder '([\w-]+)'")


def cause(stderr: bytes) -> str:
    """Return the line that names the cause, without FFmpeg's component prefix such as `[mov,mp4 @ 0x55…]`.

    Without such a line, return damage that a decoder reported, or the first line that names a consequence;
    empty if stderr is empty.
    """
    lines = (
        _COMPONENT_PREFIX.sub("", line).strip() for line in stderr.decode("utf-8", "replace").split("\n")
    )
    found = [line for line in lines if line and not _WARNING.match(line)]
    errors = [line for line in found if not _CONSEQUENCE.match(line)]
    for candidates in ([line for line in errors if not _CONCEALED.search(line)], errors):
        if candidates:
            return candidates[0]
    if any(line.startswith("Cannot determine format of input") for line in found):
        return "it contains neither pictures nor audio that can be decoded"
    return next(iter(found), "")


def missing_component(stderr: bytes) -> str | None:
    """Return what this build of FFmpeg lacks, such as `filter zscale`; None if nothing."""
    text = stderr.decode("utf-8", "replace")
    kinds = {"decoder": _NO_DECODER, "filter": _NO_FILTER, "encoder": _NO_ENCODER}
    for kind, pattern in kinds.items():
        if (found := pattern.search(text)) and found[1] not in {"none", "unknown"}:
            return f"{kind} {found[1]}"
    return None
