"""Recipes: what is right, and what every mistake is told as."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import pytest

from codecorpus import recipe
from codecorpus.encode import ENCODERS
from codecorpus.errors import RecipeError

RECIPES = sorted(Path("recipes").glob("*.yaml"))

VPX = ", ".join(sorted(ENCODERS["libvpx-vp9"].own_params or ()))

MISTAKES = {
    "sources: a.mp4\nencodes:\n  - {encoder: libx264, prest: slow}": (
        "recipe, line 3: encodes[0]: unknown key 'prest'; the nearest is 'preset'; known are source, encoder, preset,"
        " tune, crf, qp, bitrate, maxrate, bufsize, passes, pixel_format, film_grain, params"
    ),
    "sources: a.mp4\nclip: whole\nencodes: [{encoder: libx264}]": (
        "recipe, line 2: unknown key 'clip'; the nearest is 'clips'; known are name, sources, clips, gop, encodes,"
        " tables, quality, maps, keep"
    ),
    "sources: a.mp4\nencodes: [{encoder: libx256}]": (
        "recipe, line 2: encodes[0].encoder: unknown encoder 'libx256'; the nearest is 'libx265';"
        f" known are {', '.join(ENCODERS)}"
    ),
    "sources: a.mp4\nencodes: [{encoder: libx264, tune: [psnr, vmaf]}]": (
        "recipe, line 2: encodes[0].tune: unknown tune 'vmaf' of libx264; known are film, animation, grain,"
        " stillimage, psnr, ssim, fastdecode, zerolatency"
    ),
    "sources: a.mp4\nencodes: [{encoder: libx264, tune: [film, 'film,fastdecode,psnr']}]": (
        "recipe, line 2: encodes[0].tune: libx264 takes one alone of film, psnr; beside it may stand fastdecode and"
        " zerolatency"
    ),
    "sources: a.mp4\nencodes: [{encoder: libsvtav1, preset: 14}]": (
        "recipe, line 2: encodes[0].preset: unknown preset '14' of libsvtav1; the nearest is '4'; known are -1, 0,"
        " 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13"
    ),
    "sources: a.mp4\nencodes: [{encoder: libsvtav1, pixel_format: yuv444p}]": (
        "recipe, line 2: encodes[0].pixel_format: unknown pixel format 'yuv444p' of libsvtav1; the nearest is"
        " 'yuv420p'; known are yuv420p, yuv420p10le, source"
    ),
    "sources: a.mp4\nencodes: [{encoder: librav1e, crf: 30}]": (
        "recipe, line 2: encodes[0].crf: librav1e has no crf; it takes qp, bitrate"
    ),
    "sources: a.mp4\nencodes: [{encoder: libx264, crf: 52}]": (
        "recipe, line 2: encodes[0].crf: crf 52 is outside libx264's range, 0, or 1 to 51 in steps of 0.25"
    ),
    "sources: a.mp4\nencodes: [{encoder: libx264, crf: 0.5}]": (
        "recipe, line 2: encodes[0].crf: crf 0.5 is outside libx264's range, 0, or 1 to 51 in steps of 0.25"
    ),
    "sources: a.mp4\nencodes: [{encoder: libvpx-vp9, params: {aq-mod: 1}}]": (
        "recipe, line 2: encodes[0].params: unknown parameter 'aq-mod' of libvpx-vp9; the nearest is 'aq-mode';"
        f" known are {VPX}"
    ),
    "sources: a.mp4\nencodes: [{encoder: libvpx-vp9, params: {passlogfile: x}}]": (
        f"recipe, line 2: encodes[0].params: unknown parameter 'passlogfile' of libvpx-vp9; known are {VPX}"
    ),
    "sources: a.mp4\nencodes: [{encoder: libx264, crf: 20, qp: 20}]": (
        "recipe, line 2: encodes[0]: crf and qp exclude each other; write one entry for each"
    ),
    "sources: a.mp4\nencodes: [{encoder: libx264, bitrate: fast}]": (
        "recipe, line 2: encodes[0].bitrate[0]: 'fast' is not a bitrate; write bits a second as in 500k or 2M"
    ),
    "sources: a.mp4\nencodes: [{encoder: libsvtav1, bitrate: 1M, passes: 2}]": (
        "recipe, line 2: encodes[0]: passes: 2 needs a bitrate and one of libx264, libx265, libaom-av1, libvpx-vp9, "
        "mpeg4, mpeg2video"
    ),
    "sources: a.mp4\nencodes: [{encoder: libaom-av1, maxrate: 1M}]": (
        "recipe, line 2: encodes[0]: maxrate needs one of libx264 with crf or bitrate, libx265 with crf or bitrate, "
        "libsvtav1 with crf"
    ),
    "sources: a.mp4\nencodes: [{encoder: libsvtav1, bitrate: 1M, maxrate: 2M}]": (
        "recipe, line 2: encodes[0]: maxrate needs one of libx264 with crf or bitrate, libx265 with crf or bitrate, "
        "libsvtav1 with crf"
    ),
    "sources: a.mp4\nencodes: [{encoder: libxvid, qp: 4.5}]": (
        "recipe, line 2: encodes[0].qp: qp 4.5 is outside libxvid's range, 1 to 31"
    ),
    "sources: a.mp4\nencodes: [{encoder: libx264, bufsize: 1M}]": ("recipe, line 2: encodes[0]: bufsize needs maxrate"),
    "sources: a.mp4\nencodes: [{encoder: libsvtav1, crf: 30, maxrate: 1M, bufsize: 2M}]": (
        "recipe, line 2: encodes[0]: libsvtav1 caps rates whatever bufsize is; leave it out"
    ),
    "sources: a.mp4\nencodes: [{encoder: libx264, bitrate: [100k, 1M], maxrate: [2M, 900k]}]": (
        "recipe, line 2: encodes[0]: bitrate 1M is above maxrate 900k"
    ),
    "sources: a.mp4\nencodes: [{encoder: libx264, film_grain: 8}]": (
        "recipe, line 2: encodes[0].film_grain: libx264 has no film_grain"
    ),
    "sources: a.mp4\nencodes: [{encoder: libx264, params: {me: 'umh:x=1'}}]": (
        "recipe, line 2: encodes[0].params.me[0]: 'umh:x=1' cannot stand in an encoder's parameter list"
    ),
    "sources: a.mp4\nencodes: [{preset: slow}]": (
        f"recipe, line 2: encodes[0]: an entry needs an encoder, one of {', '.join(ENCODERS)}, or source: true"
    ),
    "sources: a.mp4\nencodes: [{source: true, crf: 3}]": (
        "recipe, line 2: encodes[0]: an entry `source: true` takes no other key"
    ),
    "sources: a.mp4\nclips: {length: 4s}\nencodes: [{source: true}]": (
        "recipe, line 1: an entry `source: true` needs whole clips with the source's own fps and size"
    ),
    "sources: a.mp4\nclips: {length: scene}\nencodes: [{encoder: libx264}]": (
        "recipe, line 2: clips.length: 'scene' is not a length; write 96 for frames, 4s for seconds, scenes or whole"
    ),
    "sources: a.mp4\nclips: {length: 0s}\nencodes: [{encoder: libx264}]": (
        "recipe, line 2: clips.length: '0s' is not a length; write 96 for frames, 4s for seconds, scenes or whole"
    ),
    "sources: a.mp4\nclips: {fps: fast}\nencodes: [{encoder: libx264}]": (
        "recipe, line 2: clips.fps: 'fast' is not a frame rate; write source, a number, or one as in 30000/1001"
    ),
    "sources: a.mp4\nclips: {size: 1280x721}\nencodes: [{encoder: libx264}]": (
        "recipe, line 2: clips.size: '1280x721' has an odd side; chroma needs even ones"
    ),
    "sources: a.mp4\nclips: {size: 1280x722}\nencodes: [{encoder: libkvazaar}]": (
        "recipe, line 1: size 1280x722: an encoder here needs multiples of 8"
    ),
    "sources: a.mp4\ngop: {closed: false}\nencodes: [{encoder: libaom-av1}]": (
        "recipe, line 3: encodes: libaom-av1 has closed GOPs only; leave gop.closed true"
    ),
    "sources: [{uri: a.mp4, start: 4, end: 2s}]\nencodes: [{encoder: libx264}]": (
        "recipe, line 1: sources[0]: end 2 is not after start 4"
    ),
    "sources: a.mp4\nencodes: []": ("recipe, line 2: encodes: an empty list"),
    "sources: a.mp4": "recipe, line 1: 'encodes' is missing",
    "sources: a.mp4\nquality: [psnr, psnr]\nencodes: [{encoder: libx264}]": (
        "recipe, line 1: a measure stands twice in quality"
    ),
    "sources: a.mp4\nsources: b.mp4\nencodes: [{encoder: libx264}]": "recipe, line 2: 'sources' stands twice",
    "sources: [a.mp4\nencodes: 1": "recipe, line 2: expected ',' or ']', but got ':'",
    "- a": "recipe: a recipe is a mapping with sources and encodes",
}


@pytest.mark.parametrize("text", MISTAKES)
def test_a_mistake_is_told_with_its_line_and_what_is_known(text: str) -> None:
    with pytest.raises(RecipeError) as caught:
        recipe.parse(text)
    assert str(caught.value) == MISTAKES[text]


def test_every_mistake_is_told_at_once() -> None:
    with pytest.raises(RecipeError) as caught:
        recipe.parse("sources: a\nclips: {fps: 0}\nencodes:\n  - {encoder: libx264, crf: 99}\n  - {encoder: x}")
    assert [line.split(":")[0] for line in str(caught.value).splitlines()] == [
        "recipe, line 2",
        "recipe, line 4",
        "recipe, line 5",
    ]


def test_scalars_stand_for_lists_and_numbers_for_text() -> None:
    read = recipe.parse(
        "sources: a.mp4\nencodes: {encoder: libsvtav1}".replace("{", "[{").replace("}", ", preset: 8}]")
    )
    assert read.sources == (recipe.SourceEntry(uri="a.mp4"),)
    assert read.encodes[0].preset == ("8",)


def test_a_tune_may_be_a_number_or_a_combination() -> None:
    read = recipe.parse(
        "sources: a\nencodes: [{encoder: libsvtav1, tune: [0, vmaf]}, {encoder: libx264, tune: 'film,fastdecode'},"
        " {encoder: libx264, tune: 'zerolatency,fastdecode'}]"
    )
    assert [entry.tune for entry in read.encodes] == [("vq", "vmaf"), ("film,fastdecode",), ("zerolatency,fastdecode",)]


def test_a_recipe_is_named_after_its_file(tmp_path: Path) -> None:
    path = tmp_path / "ladder.yaml"
    path.write_text("sources: a\nencodes: [{encoder: libx264}]")
    assert recipe.load(path).name == "ladder"


def test_a_missing_file_is_told_plainly(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"nothing\.yaml: No such file or directory$"):
        recipe.load(tmp_path / "nothing.yaml")


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.name)
def test_recipes_that_come_along_are_right_and_say_what_they_are_for(path: Path) -> None:
    assert recipe.load(path).name == path.stem
    assert path.read_text().startswith("# ")


def test_the_json_schema_knows_every_key_and_encoder() -> None:
    told = recipe.schema()
    assert set(told["properties"]) == {key.name for key in fields(recipe.Recipe)}
    assert told["$defs"]["EncodeEntry"]["properties"]["encoder"]["enum"] == list(ENCODERS)
    assert json.loads(json.dumps(told)) == told
