"""Recipes of strangers: names that would leave the corpus, parameters that name files, YAML that grows or loops."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from codecorpus import matrix, recipe
from codecorpus.encode import ENCODERS, Gop
from codecorpus.encode import ffmpeg as binaries
from codecorpus.encode.command import Colour, encode_clip
from codecorpus.errors import RecipeError
from codecorpus.names import is_safe
from codecorpus.run.executors.inline import Inline
from codecorpus.run.request import Build
from codecorpus.run.run import Run
from codecorpus.sources.find import Video, stem

HOSTILE: tuple[Any, ...] = (
    *("/../../../../victim", "../victim", "..", ".", "/etc/passwd", "a/b", "C:\\x", "~/x", "file:/etc/passwd"),
    *("-y", "--help", "a b", "a\nb", "a\0b", "\x1b[2J", "\U0001f600", "\ud800"),
    *("%d", "%s%n", "a:stats=/x", "a,b", "a=b", "a'b", 'a"b', "$(id)", "`id`", "*", "CON", "a" * 300, "1/0", "", " "),
    *(None, True, -1, 10**30, float("nan"), float("inf"), 1e-300, [], {}, [[1]], {"a": 1}),
)

WHOLE: dict[str, Any] = {
    "name": "a",
    "sources": [{"uri": "a.mp4", "start": 1, "end": 2}],
    "clips": {"length": "4s", "remainder": "keep", "limit": 1, "fps": 25, "size": "64x64"},
    "gop": {"length": 48, "closed": True},
    "encodes": [
        {
            **{"encoder": "libx264", "preset": "fast", "tune": "film", "crf": 23, "maxrate": "1M", "bufsize": "1M"},
            **{"passes": 1, "pixel_format": "yuv420p", "params": {"ref": 4}},
        },
        {"encoder": "libx265", "bitrate": "1M", "passes": 2},
        {"encoder": "libsvtav1", "qp": 30, "film_grain": 8},
    ],
    "tables": ["frames"],
    "quality": ["psnr"],
    "maps": {"cell": 16, "channels": ["bits"]},
}


def places(node: Any, steps: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where every key and item of a recipe is."""
    if steps:
        yield steps
    for step in node if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ():
        yield from places(node[step], (*steps, step))


def put(node: Any, steps: tuple[Any, ...], value: Any) -> Any:
    """A copy with another value at one place."""
    if not steps:
        return value
    copied = dict(node) if isinstance(node, dict) else list(node)
    copied[steps[0]] = put(copied[steps[0]], steps[1:], value)
    return copied


@pytest.mark.parametrize("steps", list(places(WHOLE)), ids=lambda steps: ".".join(map(str, steps)))
def test_a_hostile_value_is_a_mistake_on_one_line_or_gives_safe_names_and_commands(steps: tuple[Any, ...]) -> None:
    for value in HOSTILE:
        text = yaml.safe_dump(put(WHOLE, steps, value), allow_unicode=True)
        try:
            read = recipe.parse(text)
            encodes = matrix.expand(read)
        except RecipeError as error:
            for line in str(error).splitlines():
                assert re.match(r"recipe, line \d+: .|encodes: ", line), line
                assert line.isprintable() and len(line) < 900 and not re.search("Input|Unable|should", line)
            continue
        names = [encode.name for encode in encodes]
        assert all(map(is_safe, names)) and len(set(names)) == len(names)
        assert not read.name or is_safe(read.name)
        for encode in encodes:
            check_commands(encode_clip("ffmpeg", "a.nut", ENCODERS[encode.encoder], encode, Gop(48), Colour()))


def check_commands(commands: list[list[str]]) -> None:
    """One input, one output, and no option that the encoders do not have."""
    for command in commands:
        assert command.count("-i") == 1 and command.count("pipe:1") + command.count("-") == 1
        assert all(word and word.isprintable() for word in command)


@pytest.mark.parametrize("value", [v for v in HOSTILE if isinstance(v, str)])
def test_a_hostile_parameter_s_value_is_a_mistake_or_gives_a_safe_name(value: str) -> None:
    for name in ("ref", value):
        text = yaml.safe_dump({"sources": ["a"], "encodes": [{"encoder": "libx264", "params": {name: value}}]})
        try:
            [encode] = matrix.expand(recipe.parse(text))
        except RecipeError as error:
            assert len(str(error).splitlines()) == 1
            continue
        assert is_safe(encode.name)


@pytest.mark.parametrize("value", [v for v in HOSTILE if isinstance(v, str) and v])
def test_a_hostile_file_s_name_gives_safe_clips(value: str) -> None:
    videos = [Video(value), Video(f"/videos/{value}.mp4"), Video(f"s3://bucket/{value}/{value}.mp4", 1, 2)]
    assert all(is_safe(stem(video)) for video in videos)


def test_an_encode_named_like_a_path_leaves_everything_outside_alone(tmp_path: Path) -> None:
    victim = tmp_path / "victim" / "carphone-000"
    victim.mkdir(parents=True)
    (victim / "mine.txt").write_text("mine")
    text = "{encoder: libx264, preset: ultrafast, params: {NAME: /../../../../victim}}"
    source = "sources: [sample://carphone]\nclips: {length: 4, limit: 1}\nencodes: ["
    for name in ("stats", "no-such-thing"):
        read = recipe.parse(source + text.replace("NAME", name) + "]", trust=True)
        Run(Build(read, str(tmp_path / "a" / name), binaries.find().path), Inline()).run()
        [encode] = matrix.expand(read)
        assert is_safe(encode.name)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "victim"]
    assert [path.name for path in tmp_path.joinpath("victim").rglob("*")] == ["carphone-000", "mine.txt"]


FILES = {
    "libx264": "stats dump-yuv dump_yuv no-stats nostats cqmfile qpfile opencl-clbin opencl pass Stats",
    "libx265": "stats csv recon recon-y4m-exec lambda-file lambda_file qpfile zonefile analysis-save analysis-load"
    " analysis-reuse-file scaling-list dhdr10-info nalu-file film-grain aom-film-grain no-csv pass fovea-gaze-file",
    "libsvtav1": "stats pass fgs-table roi-map-file use-q-file qpfile",
    "libaom-av1": "vmaf-model-path partition-info-path rate-distribution-info film-grain-table two-pass-input"
    " two-pass-output second-pass-log",
    "librav1e": "first-pass second-pass film_grain_table",
    "libkvazaar": "cqmfile roi fast-coeff-table fastrd-outdir stats-file-prefix",
}


@pytest.mark.parametrize(("encoder", "name"), [(e, name) for e in FILES for name in FILES[e].split()])
def test_a_parameter_that_names_a_file_is_refused_by_name(encoder: str, name: str) -> None:
    text = f"sources: a\nencodes:\n  - {{encoder: {encoder}, params: {{{name}: /some/file}}}}"
    with pytest.raises(RecipeError) as caught:
        recipe.parse(text)
    assert str(caught.value) == (
        f"recipe, line 3: encodes[0].params: {name} makes {encoder} read or write a file, which a recipe may do"
        " only with --trust-recipe"
    )
    [encode] = matrix.expand(recipe.parse(text, trust=True))
    assert dict(encode.params) == {name: "/some/file"} and is_safe(encode.name)


@pytest.mark.parametrize(
    ("encoder", "params"),
    [
        ("libx264", "cqm: jvt"),
        ("libx265", "scaling-list: default"),
        ("libsvtav1", "film-grain: 8"),
        ("libkvazaar", "scaling-list: off"),
    ],
)
def test_values_that_name_no_file_are_fine(encoder: str, params: str) -> None:
    params = params.replace("off", "'off'")
    assert recipe.parse(f"sources: a\nencodes: [{{encoder: {encoder}, params: {{{params}}}}}]")


def test_every_encoder_s_files_are_tried_here() -> None:
    assert set(FILES) <= set(ENCODERS)
    assert all(ENCODERS[name].file_params for name in FILES)


HEAD = "sources: a\nencodes: [{encoder: libx264}]\n"
LAUGHS = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9) if n else 'ha'}]\n" for n in range(10))

TRAPS = {
    "aliases": (LAUGHS, r"recipe, line 5: more than 10000 values; longer lists of sources belong into a manifest"),
    "merges": (
        LAUGHS.replace("[ha]", "{k: 1}").replace("[*", "{<<: [*").replace("]\n", "]}\n"),
        r"recipe, line 5: more than 10000 values; .*",
    ),
    "fps": (HEAD + "clips: {fps: 1e999999}", r"recipe, line 3: clips\.fps: '1e999999' is not a frame rate; write .*"),
    "deep": ("sources: " + "[" * 5000, r"recipe, line 1: more than 20 lists and mappings inside each other"),
    "deep maps": ("a: " + "{a: " * 5000, r"recipe, line 1: more than 20 lists and mappings inside each other"),
    "deep blocks": (
        "\n".join(" " * n + "- " for n in range(500)),
        r"recipe, line 21: more than 20 lists and mappings inside each other",
    ),
    "itself": ("sources: &a [*a]", r"recipe, line 1: 'a' holds itself"),
    "itself in a mapping": ("clips: &a {length: *a}", r"recipe, line 1: 'a' holds itself"),
    "no anchor": ("sources: *a", r"recipe, line 1: found undefined alias.*"),
    "a list as key": ("? [a, b]\n: c", r"recipe, line 1: a key is text, no list or mapping"),
    "a mapping as key": ("{? {a: b} : c}", r"recipe, line 1: a key is text, no list or mapping"),
    "an alias as key": ("sources: &a [b]\n*a : c", r"recipe, line 1: a key is text, no list or mapping"),
    "a number as key": ("1: 2\n" + HEAD, r"recipe, line 1: 1 is no key; keys are text"),
    "a number as parameter": (
        "sources: a\nencodes: [{encoder: libx264, params: {1: 2}}]",
        r"recipe, line 2: encodes\[0\]\.params: 1 is no key; keys are text",
    ),
    "a huge number": (
        "sources: a\nencodes: [{encoder: libx264, crf: " + "9" * 5000 + "}]",
        r".*line 2: .* too long .*",
    ),
    "a huge hexadecimal": ("name: 0x" + "f" * 9999, r"recipe, line 1: '0xf.*' is too long for a number"),
    "a large number": (
        "sources: a\nclips: {limit: " + "9" * 30 + "}\nencodes: [{encoder: libx264}]",
        r"recipe, line 2: clips\.limit: 9+ is outside its range; it is at most 1000000",
    ),
    "a large gop": (
        "gop: {length: 99999999999}\n" + HEAD,
        r"recipe, line 1: gop\.length: 99999999999 is not a length; write .*",
    ),
    "a long gop": (
        "gop: {length: " + "9" * 400 + "s}\n" + HEAD,
        r"recipe, line 1: gop\.length: '9.*' is not a length.*",
    ),
    "nan": (
        "sources: a\nencodes: [{encoder: libx264, crf: .nan}]",
        r"recipe, line 2: encodes\[0\]\.crf: crf nan is outside libx264's range, 0, or 1 to 51 in steps of 0\.25",
    ),
    "inf": (
        "sources: a\nencodes: [{encoder: libx264, crf: -.inf}]",
        r"recipe, line 2: encodes\[0\]\.crf: crf -inf is outside libx264's range, .*",
    ),
    "an endless source": (
        "sources: [{uri: a, end: .inf}]\nencodes: [{encoder: libx264}]",
        r"recipe, line 1: sources\[0\]\.end: inf is not a time; it is from 0 to 1000000 seconds",
    ),
    "nan in params": (
        "sources: a\nencodes: [{encoder: libx264, params: {ref: .nan}}]",
        r"recipe, line 2: encodes\[0\]\.params\.ref\[0\]: nan cannot stand in an encoder's parameter list",
    ),
    "a rate by nothing": (HEAD + "clips: {fps: 1/0}", r"recipe, line 3: clips\.fps: '1/0' is not a frame rate; .*"),
    "other digits": (HEAD + "clips: {fps: \u0663\u0660}", r"recipe, line 3: clips\.fps: .* is not a frame rate; .*"),
    "a date": (HEAD + "clips: {fps: 2026-01-01}", r"recipe, line 3: clips\.fps: '2026-01-01' is not a frame rate; .*"),
    "base 60": (
        "sources: a\nencodes: [{encoder: libx264, params: {deblock: 1:1}}]",
        r"recipe, line 2: encodes\[0\]\.params\.deblock\[0\]: '1:1' cannot stand in an encoder's parameter list",
    ),
    "binary": ("name: !!binary aGVsbG8=", r"recipe, line 1: could not determine a constructor for the tag .*"),
    "a set": ("name: !!set {a, b}", r"recipe, line 1: could not determine a constructor for the tag .*"),
    "an object": ("name: !!python/object/apply:os.system [id]", r"recipe, line 1: could not determine .*"),
    "no number": ("name: !!int abc", r"recipe, line 1: 'abc' is no number"),
    "an empty number": ("name: !!int ''", r"recipe, line 1: '' is no number"),
    "no truth": ("name: !!bool abc", r"recipe, line 1: 'abc' is no truth"),
    **{
        f"{number} as a number": (
            f"sources: a\nencodes: [{{encoder: libx264, crf: {number}}}]",
            rf"recipe, line 2: '{number}' is no plain number; write digits without a leading 0, or quote text",
        )
        for number in ("023", "-023", "08", "0x10", "0b101", "1_0", "1_0.5", "023.5")
    },
    "a bell": ("name: a\nsources: \a", r"recipe, line 2: a character that YAML does not allow, U\+0007"),
    "two documents": (HEAD + "---\n" + HEAD, r"recipe, line 3: but found another document"),
    "nothing": ("", r"recipe: a recipe is a mapping with sources and encodes"),
    "a comment": ("# a", r"recipe: a recipe is a mapping with sources and encodes"),
    "twins": ("clips: {fps: 1, fps: 2}", r"recipe, line 1: 'fps' stands twice"),
    "an unknown key of a kilobyte": (
        "a" * 1000 + ": 1\n" + HEAD,
        r"recipe, line 1: unknown key 'a+\.\.\.a+'; known are .*",
    ),
    "a bomb of lists": (
        "sources: a\nencodes: [{encoder: libx264, params: {"
        + ", ".join(f"p{n}: [{', '.join(map(str, range(20)))}]" for n in range(40))
        + "}}]",
        r"recipe, line 2: encodes: lists multiply out to \d.* encodes; 10000 are the most",
    ),
    "an empty list": (
        "sources: a\nencodes: [{encoder: libx264, preset: []}]",
        r"recipe, line 2: encodes\[0\]\.preset: an empty list",
    ),
    "text for a list": ("sources: a\nencodes: x", r"recipe, line 2: encodes: 'x' stands where a list is wanted"),
    "text for a mapping": ("sources: a\nencodes: [x]", r"recipe, line 2: encodes\[0\]: 'x' stands where a mapping .*"),
    "text for a number": (
        "sources: a\nencodes: [{encoder: libx264, crf: high}]",
        r"recipe, line 2: encodes\[0\]\.crf\[0\]: 'high' stands where a number is wanted",
    ),
    "an unknown table": (
        "tables: [pixels]\n" + HEAD,
        r"recipe, line 1: tables\[0\]: unknown 'pixels'; known are 'frames', 'blocks', 'motion', 'transforms'",
    ),
    "a control character in a source": (
        'sources: ["a\\0b"]\nencodes: [{encoder: libx264}]',
        r"recipe, line 1: sources\[0\]\.uri: 'a\\x00b' is no source: a control character stands in it",
    ),
}


@pytest.mark.parametrize("trap", TRAPS)
def test_a_trap_is_one_line_within_a_second(trap: str) -> None:
    text, told = TRAPS[trap]
    began = time.process_time()
    with pytest.raises(RecipeError) as caught:
        recipe.parse(text)
    assert time.process_time() - began < 1
    assert re.fullmatch(told, str(caught.value)), str(caught.value)


def test_as_many_values_as_there_may_be_are_read_within_a_second() -> None:
    began = time.process_time()
    read = recipe.parse(f"sources: [{', '.join(f'{n}.mp4' for n in range(9900))}]\nencodes: [{{encoder: libx264}}]")
    assert len(read.sources) == 9900 and time.process_time() - began < 3


FILES_OF_RECIPES: dict[str, tuple[bytes, str]] = {
    "latin.yaml": (b"name: a\n# caf\xe9\n", r".*latin\.yaml, line 2: not UTF-8 text"),
    "utf16.yaml": ("sources: a".encode("utf-16"), r".*utf16\.yaml, line 1: not UTF-8 text"),
    "empty.yaml": (b"", r".*empty\.yaml: a recipe is a mapping with sources and encodes"),
    "nul.yaml": (b"\0" * 10, r".*nul\.yaml, line 1: a character that YAML does not allow, U\+0000"),
    "long.yaml": (b"#" * (1 << 20), r".*long\.yaml: more than 262144 bytes; .*"),
}


@pytest.mark.parametrize("name", FILES_OF_RECIPES)
def test_a_file_that_is_no_recipe_is_one_line(tmp_path: Path, name: str) -> None:
    content, told = FILES_OF_RECIPES[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(RecipeError) as caught:
        recipe.load(tmp_path / name)
    assert re.fullmatch(told, str(caught.value))


@pytest.mark.parametrize(("path", "told"), [("/", "Is a directory"), ("/dev/zero", "more than"), ("a\0b", "null byte")])
def test_what_is_no_file_is_one_line(path: str, told: str) -> None:
    with pytest.raises(RecipeError, match=told):
        recipe.load(path)


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "marked.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + HEAD.encode())
    assert recipe.load(path).name == "marked"


def test_a_recipe_s_file_may_be_called_anything(tmp_path: Path) -> None:
    for name in ("a b", "..a", "-y", "caf\u00e9", "n" * 200):
        path = tmp_path / f"{name}.yaml"
        path.write_text(HEAD)
        assert is_safe(recipe.load(path).name)


def test_encodes_that_read_alike_are_told_apart() -> None:
    entries = "{encoder: libx264, params: {ref: 41}}, {encoder: libx264, params: {ref4: 1}}, {encoder: libx264}"
    names = [e.name for e in matrix.expand(recipe.parse(f"sources: a\nencodes: [{entries}]"))]
    assert len(set(names)) == 3 and names[2] == "x264-medium-crf23"
    assert all(re.fullmatch(r"x264-medium-crf23-ref41-[0-9a-f]{12}", name) for name in names[:2])


def test_numbers_keep_all_their_digits() -> None:
    text = "sources: a\nencodes: [{encoder: libx264, params: {psy-rd: [0.1234567, 0.12345671, 1.0]}}]"
    told = [dict(encode.params)["psy-rd"] for encode in matrix.expand(recipe.parse(text))]
    assert told == ["0.1234567", "0.12345671", "1"]
