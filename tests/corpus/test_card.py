"""The dataset card tells what is there, from the head alone."""

from __future__ import annotations

import yaml

from codecorpus.corpus import card
from codecorpus.corpus.head import Head


def front(text: str) -> dict[str, object]:
    _, own, _ = text.split("---\n", 2)
    loaded: dict[str, object] = yaml.safe_load(own)
    return loaded


def test_every_table_that_is_asked_for_is_a_configuration() -> None:
    recipe = {"sources": ["videos/**/*.mp4"], "tables": ["motion", "transforms"], "maps": {"cell": 16}}
    text = card.text(Head("rate-ladder", "build", {}, recipe))
    configs = front(text)["configs"]
    assert isinstance(configs, list)
    names = [config["config_name"] for config in configs]
    assert names == ["frames", "motion", "transforms", "maps", "clips", "encodes", "streams"]
    assert configs[1]["data_files"] == [{"split": "train", "path": "motion/**/*.parquet"}]
    assert all(f"| **{name}** |" in text for name in names) and "| **blocks** |" not in text
    assert "# rate-ladder\n" in text and "videos/**/*.mp4" in text and "`codecorpus build`" in text


def test_names_of_any_kind_are_quoted() -> None:
    told = front(card.text(Head("a: 'b' # c", "extract", {}, {"tables": ["blocks"]})))
    assert told["pretty_name"] == "a: 'b' # c"


def test_the_card_is_the_same_every_time() -> None:
    head = Head("x", "build", {}, {"sources": ["b", "a"], "encodes": [{"encoder": "libx264", "crf": [23, 32]}]})
    assert card.text(head) == card.text(head)
