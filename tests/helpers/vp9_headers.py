"""VP9 uncompressed headers (6.2), rewritten: the same frames, said to be something else."""

from __future__ import annotations

from dataclasses import dataclass

SYNC = f"{0x498342:024b}"


@dataclass
class Header:
    """The header of a frame of profile 0 or 2, up to 256 samples wide and without segmentation, as strings of bits."""

    key: bool
    show_frame: bool
    error_resilient: bool
    before_size: str
    """From behind error_resilient_mode to the frame's size."""
    size: str
    behind_size: str
    """From behind the size to header_size_in_bytes, that included."""
    loop_filter: int
    """Where loop_filter_level stands in it."""
    data: bytes
    """The compressed header and the tiles."""
    profile: int = 0

    @classmethod
    def read(cls, frame: bytes) -> Header:
        bits = "".join(f"{byte:08b}" for byte in frame[:64])
        assert bits.startswith(("10000", "10010")), "profile 0 or 2, no frame that is shown again"
        profile = 2 * int(bits[3])
        key, show_frame, error_resilient = bits[5] == "0", bits[6] == "1", bits[7] == "1"
        # The synchronisation code with the colour space and range; or intra_only and reset_frame_context, then
        # refresh_frame_flags and the references.
        at = 8 + (24 + 4 + profile // 2 if key else (not show_frame) + 2 * (not error_resilient) + 8 + 3 * 4)
        before, begin = bits[8:at], at
        at += 32 if key else bits[at : at + 3].index("1") + 1
        size, behind = bits[begin:at], at
        at += 1  # render_and_frame_size_different
        if not key:
            at += 1 + (2 if bits[at + 2 - 1] == "0" else 0)  # allow_high_precision_mv, the interpolation filter
            at += 1
        at += 2 + 2 * (not error_resilient)  # refresh_frame_context and its like, frame_context_idx
        loop_filter = at - behind
        at += 9  # loop_filter_level, loop_filter_sharpness
        deltas = bits[at] == "1"
        at += 1
        if deltas:
            update = bits[at] == "1"
            at += 1
            for _ in range(6 * update):
                at += 8 if bits[at] == "1" else 1
        at += 8
        for _ in range(3):
            at += 6 if bits[at] == "1" else 1
        assert bits[at] == "0", "no segmentation"
        at += 2 if bits[at + 1] == "0" else 3  # tile_rows_log2
        at += 16
        data = frame[(at + 7) // 8 :]
        return cls(key, show_frame, error_resilient, before, size, bits[behind:at], loop_filter, data, profile)

    def frame(self) -> bytes:
        first = f"100{self.profile // 2}0{int(not self.key)}{int(self.show_frame)}{int(self.error_resilient)}"
        bits = first + self.before_size + self.size + self.behind_size
        bits += "0" * (-len(bits) % 8)
        return bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8)) + self.data


def sized(frame: bytes, width: int, height: int) -> bytes:
    """A frame that says its size, where it said that it was as large as a reference."""
    header = Header.read(frame)
    assert not header.key
    header.size = f"000{width - 1:016b}{height - 1:016b}"
    return header.frame()


def unfiltered(frame: bytes) -> bytes:
    """A frame whose loop filter is off."""
    header = Header.read(frame)
    at = header.loop_filter
    header.behind_size = header.behind_size[:at] + "000000" + header.behind_size[at + 6 :]
    return header.frame()


def intra_only(frame: bytes, refresh: int) -> bytes:
    """A key frame as an intra-only frame, hidden, that fills some slots."""
    header = Header.read(frame)
    assert header.key
    header.key, header.show_frame = False, False
    reset = "" if header.error_resilient else "11"
    header.before_size = f"1{reset}{SYNC}{refresh:08b}"
    return header.frame()


def shown_again(slot: int) -> bytes:
    return bytes([0b10001000 | slot])


def superframe(frames: list[bytes]) -> bytes:
    """Several frames in a packet (Annex B)."""
    marker = 0b11010000 | (len(frames) - 1)
    sizes = b"".join(len(frame).to_bytes(3, "little") for frame in frames)
    return b"".join(frames) + bytes([marker]) + sizes + bytes([marker])
