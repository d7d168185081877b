"""A build as an array of a real Slurm's tasks, on two nodes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from clusters.conftest import wait_for
from helpers.corpora import SMALL, tree

from codecorpus.corpus.verify import verify

TEXT = SMALL.replace("[sample://carphone]", "[sample://carphone, sample://bikes, sample://bigbuckbunny]")


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recipe") / "small.yaml"
    path.write_text(TEXT + "  - {encoder: libaom-av1, preset: 4}\n")
    return path


@pytest.fixture(scope="module")
def wanted(recipe: Path) -> dict[str, bytes]:
    """What one machine makes."""
    run("build", recipe, "--out", recipe.parent / "one")
    return tree(recipe.parent / "one")


def run(*words: object, environment: dict[str, str] | None = None, folder: Path | None = None) -> str:
    command = [sys.executable, "-m", "codecorpus", *map(str, words)]
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout + done.stderr


def jobs(slurm: dict[str, str]) -> list[dict[str, str]]:
    told = subprocess.run(["scontrol", "-o", "show", "job"], env=slurm, capture_output=True, text=True).stdout
    lines = [line for line in told.splitlines() if "JobId=" in line]
    return [dict(word.split("=", 1) for word in line.split() if "=" in word) for line in lines]


def ended(slurm: dict[str, str], job: str, tasks: int) -> bool:
    own = [one for one in jobs(slurm) if one.get("ArrayJobId", one["JobId"]) == job]
    return len(own) >= tasks and all(one["JobState"] in ("COMPLETED", "FAILED") for one in own)


def submit(slurm: dict[str, str], recipe: Path, corpus: Path, *more: str) -> str:
    told = run("submit", recipe, "--out", corpus, "--shards", 2, *more, environment=slurm, folder=corpus.parent)
    return told.split("job ")[1].split(":")[0]


def test_an_array_makes_what_one_machine_makes(
    slurm: dict[str, str], recipe: Path, wanted: dict[str, bytes], tmp_path: Path
) -> None:
    corpus = tmp_path / "corpus"
    job = submit(slurm, recipe, corpus)
    wait_for(lambda: ended(slurm, job, 2), 120, "the array does not end")
    assert {one["JobState"] for one in jobs(slurm) if one.get("ArrayJobId") == job} == {"COMPLETED"}
    assert tree(corpus) == wanted
    assert verify(str(corpus)).problems == []
    assert "3 of 3 chunks done" in run("status", corpus)


def test_a_task_that_is_requeued_goes_on(
    slurm: dict[str, str], recipe: Path, wanted: dict[str, bytes], tmp_path: Path
) -> None:
    corpus = tmp_path / "corpus"
    job = submit(slurm, recipe, corpus)
    wait_for(lambda: list(corpus.glob(".work/*/streams/*/*.json")), 60, "nothing is made")
    running = next(one for one in jobs(slurm) if one.get("ArrayJobId") == job and one["JobState"] == "RUNNING")
    subprocess.run(["scontrol", "requeue", running["JobId"]], env=slurm, check=True)
    wait_for(lambda: ended(slurm, job, 2), 240, "the array does not end")
    assert any(int(one["Restarts"]) for one in jobs(slurm) if one.get("ArrayJobId") == job)
    assert tree(corpus) == wanted


def test_two_attempts_at_each_chunk_overlap(
    slurm: dict[str, str], recipe: Path, wanted: dict[str, bytes], tmp_path: Path
) -> None:
    corpus = tmp_path / "corpus"
    both = [submit(slurm, recipe, corpus), submit(slurm, recipe, corpus)]
    wait_for(lambda: all(ended(slurm, job, 2) for job in both), 300, "the arrays do not end")
    assert run("build", recipe, "--out", corpus)
    assert tree(corpus) == wanted


def test_the_script_is_printed(recipe: Path) -> None:
    told = run("submit", recipe, "--out", "corpus", "--shards", 8, "--sbatch", "--partition=cpu --mem=4G", "--dry-run")
    assert "#SBATCH --array=0-7\n" in told and "#SBATCH --partition=cpu\n#SBATCH --mem=4G\n" in told
    assert subprocess.run(["sh", "-n"], input=told, text=True).returncode == 0


def test_options_arrive_at_sbatch_as_they_are(recipe: Path) -> None:
    options = "--comment='two \"words\" # of it' -p cpu --mem 4G"
    told = run("submit", recipe, "--out", "corpus", "--shards", 8, "--sbatch", options, "--dry-run")
    lines = [line for line in told.splitlines() if line.startswith("#SBATCH")][5:]
    assert lines == [r'#SBATCH --comment="two \"words\" # of it"', "#SBATCH -p cpu", "#SBATCH --mem 4G"]


def test_slurm_reads_options_with_spaces(slurm: dict[str, str], recipe: Path, tmp_path: Path) -> None:
    submit(slurm, recipe, tmp_path / "corpus", "--sbatch", "--hold -p 'all' --comment='two \"words\" # of it'")
    told = subprocess.run(["scontrol", "-o", "show", "job"], env=slurm, capture_output=True, text=True).stdout
    assert 'Comment=two "words" # of it ' in told
