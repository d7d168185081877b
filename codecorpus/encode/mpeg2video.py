"""mpeg2video: MPEG-2, FFmpeg's own. Its frame rates are those of the standard alone (table 6-4)."""

from codecorpus.encode import libavcodec

ENCODER = libavcodec.encoder("mpeg2video", "mpeg2", "mpeg2", ("yuv420p", "yuv422p"))
