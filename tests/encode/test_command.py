"""FFmpeg's argument lists."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from codecorpus import matrix, recipe
from codecorpus.encode import ENCODERS, Gop
from codecorpus.encode.command import Colour, Cut, cut_clip, encode_clip, find_scenes, given

CUT = Cut(100, 201, Fraction(1, 50000), (640, 480))


def test_packets_and_sources_cannot_name_other_files_or_hosts() -> None:
    for command in (cut_clip("ffmpeg", "a.packets.nut", CUT, "a.nut"), find_scenes("ffmpeg", "/videos/a.mp4")):
        before = command[: command.index("-i")]
        assert before[before.index("-protocol_whitelist") + 1] == "file"
        listed = before[before.index("-format_whitelist") + 1].split(",")
        assert not {"concat", "hls", "dash", "image2", "lavfi", "sdp", "rtsp"} & set(listed)


def test_filters_come_in_the_order_of_their_meaning() -> None:
    cut = replace(CUT, deinterlace=True, fps="24", frames=7, scale=(320, 240))
    assert cut.filters() == (
        "bwdif=mode=send_frame:deint=interlaced,settb=1/50000,"
        "setpts=2*PTS+INTERLACED,metadata=mode=add:key=shown:value=1,"
        "metadata=mode=print:key=shown:file=-:direct=1,setpts=(PTS-INTERLACED)/2,"
        "trim=start_pts=100:end_pts=201,setpts=PTS-100,"
        "fps=24:eof_action=pass,tpad=stop=-1:stop_mode=clone,trim=end_frame=7,"
        "scale=320:240:force_original_aspect_ratio=increase:flags=lanczos+accurate_rnd+bitexact,crop=320:240"
    )
    assert CUT.filters().endswith(r"crop=if(eq(iw\,640)*eq(ih\,480)\,iw\,-7):ih:0:0:exact=1")


def test_colours_are_tagged_where_the_source_tells() -> None:
    assert given(Colour(), "yuv420p", None, "yuv420p") == []
    told = Colour(transfer="smpte2084", range="tv")
    assert given(told, "yuv420p", None, "yuv420p") == [("setparams", {"color_trc": "smpte2084", "range": "tv"})]


def test_two_passes_are_two_commands_and_only_the_last_writes() -> None:
    [encode] = matrix.expand(recipe.parse("sources: a\nencodes: [{encoder: libx264, bitrate: 1M, passes: 2}]"))
    first, last = encode_clip("ffmpeg", "a.nut", ENCODERS["libx264"], encode, Gop(48), Colour(), "log")
    assert (first[first.index("-pass") + 1], last[last.index("-pass") + 1]) == ("1", "2")
    assert "pipe:1" in last and "pipe:1" not in first


def test_what_the_recipe_adds_replaces_our_own_parameters() -> None:
    [encode] = matrix.expand(
        recipe.parse("sources: a\nencodes: [{encoder: libx265, params: {frame-threads: 1, ref: 2}}]")
    )
    [command] = encode_clip("ffmpeg", "a.nut", ENCODERS["libx265"], encode, Gop(48), Colour())
    params = command[command.index("-x265-params") + 1].split(":")
    assert "frame-threads=1" in params and "frame-threads=2" not in params and "ref=2" in params
