#!/usr/bin/python3
"""Mutants of model/: changes a statement, a comparison, a number or a flag, and sees who notices.

    tests/mutate/mutate.py build      draw the mutants, compile them all into one program (needs a complete build/)
    tests/mutate/mutate.py run        run each that has no result yet; Ctrl-C and the same command continue
    tests/mutate/mutate.py table      what is known so far, as Markdown
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

sys.dont_write_bytecode = True  # the tree keeps no __pycache__

from build import Build
from mutants import Place, Result, read_reasons, read_results, table

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
# These take most of the time; random operations have been tried by then.
LONG = "Seeds/RandomOpsWithFaults.*:FaultsTest.as_released_*:AffectedTest.*"
KINDS = {12: "property", 13: "result differs", 14: "assertion", 75: "undecided", 150: "refused"}


@dataclass(frozen=True)
class Stage:
    name: str
    words: list[str]  # the program first
    seconds: int  # of processor time; more is a hang. Ten times what it takes, or more, without a mutant
    test: bool = False


def stages(until: str | None) -> list[Stage]:
    """In the order in which they run: the cheapest first. A budget is a number of operations, never a time."""
    recordings = sorted(str(each) for each in (ROOT / "tests/reference/data").glob("*.jsonl.xz"))
    search = ["--seed", "1", "--jobs", "1", "--progress", "none", "--out", "found"]
    every = [
        Stage("corpus", ["vmacheck", "replay", "--expect", "traces/corpus", "traces/faults"], 2),
        Stage("model tests", ["vmacheck_model_tests", "--gtest_brief=1"], 10, True),
        Stage("random", ["vmacheck", "random", "--ops", "60000", *search], 4),
        Stage("random of v7.1", ["vmacheck", "random", "--profile", "v7.1", "--ops", "60000", *search], 4),
        Stage("longer random", ["vmacheck", "random", "--ops", "400000", *search], 20),
        Stage("longer random of v7.1", ["vmacheck", "random", "--profile", "v7.1", "--ops", "400000", *search], 20),
        Stage("property tests", ["vmacheck_property_tests", "--gtest_brief=1", f"--gtest_filter=-{LONG}"], 60, True),
        Stage("recordings", ["reference_driver", *recordings], 60),
        Stage("campaign", ["vmacheck", "campaign", *search], 200),
    ]
    return every[: [each.name for each in every].index(until) + 1] if until else every


def perform(stage: Stage, programs: Path, number: int) -> tuple[str, str]:
    """How the stage noticed the mutant, or "", and the line that says so."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "traces").symlink_to(ROOT / "traces")
        words = [str(programs / stage.words[0]), *stage.words[1:]]
        environment = {**os.environ, "VMACHECK_MUTANT": str(number)}

        def limit() -> None:
            resource.setrlimit(resource.RLIMIT_CPU, (stage.seconds, stage.seconds + 1))
            resource.setrlimit(resource.RLIMIT_AS, (1 << 32, 1 << 32))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

        ran = subprocess.run(
            words, cwd=folder, env=environment, capture_output=True, text=True, errors="replace", preexec_fn=limit
        )
    if ran.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        return "hang", f"more than {stage.seconds} seconds of processor time"
    if ran.returncode == 0:
        return "", ""
    lines = [line for line in (ran.stdout + ran.stderr).splitlines() if line.strip()]
    marks = ("found ", "violated at", "differs at", "first difference", "Failure", "FAILED", "FAIL")
    line = next((each for each in lines if any(mark in each for mark in marks)), lines[0] if lines else "")
    if stage.test and ran.returncode == 1:
        return "test", next((each for each in lines if "FAILED  ]" in each), line).strip()[:200]
    if stage.words[0] == "reference_driver" and ran.returncode == 12:
        return "result differs", line.strip()[:200]
    return KINDS.get(ran.returncode, "crash"), line.strip()[:200]


def look(place: Place, number: int, programs: Path, todo: list[Stage]) -> Result:
    for stage in todo:
        how, detail = perform(stage, programs, number)
        if how:
            return Result(place.key(), stage.name, how, detail)
    return Result(place.key(), todo[-1].name, "", "")


def left(result: Result | None, every: list[Stage]) -> list[Stage]:
    """The stages that a mutant has not been through."""
    if result is None:
        return every
    names = [each.name for each in every]
    through = names.index(result.stage) + 1 if result.stage in names else 0
    return [] if result.how else every[through:]


def run(drawn: list[Place], programs: Path, results: Path, jobs: int, again: str, until: str | None) -> None:
    known = {} if again == "all" else read_results(results)
    if again == "survivors":
        known = {key: result for key, result in known.items() if result.how}
    known.pop(again, None)
    every = stages(until)
    todo = [(number, place, left(known.get(place.key()), every)) for number, place in enumerate(drawn, 1)]
    todo = [entry for entry in todo if entry[2]]
    if todo:
        passed = programs / "passed.json"  # the stages that hold without a mutant
        names = json.loads(passed.read_text()) if passed.exists() else []
        for stage in every:
            how, detail = ("", "") if stage.name in names else perform(stage, programs, 0)
            if how:
                raise SystemExit(f"mutate: {stage.name} fails without a mutant: {how}: {detail}")
            passed.write_text(json.dumps(names := sorted({*names, stage.name})))
    lock = threading.Lock()

    def one(entry: tuple[int, Place, list[Stage]]) -> None:
        number, place, missing = entry
        result = look(place, number, programs, missing)
        with lock, results.open("a") as file:
            file.write(json.dumps(asdict(result)) + "\n")
            verdict = f"{result.how} ({result.stage})" if result.how else "survives"
            print(f"{place.key()} {place.file}:{place.line} {place.change()}: {verdict}", flush=True)

    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(one, todo))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("build", "run", "table"))
    parser.add_argument("--mutants", type=int, default=200, help="how many to draw (default 200)")
    parser.add_argument("--seed", type=int, default=1, help="which are drawn (default 1)")
    parser.add_argument("--build", type=Path, default=ROOT / "build", help="a complete build (default build/)")
    parser.add_argument("--out", type=Path, help="where all is kept (default mutate/ in the build)")
    parser.add_argument("--jobs", type=int, default=2, help="mutants, or files, at a time (default 2)")
    parser.add_argument("--again", default="", help="from the first stage once more: survivors, all, or a key")
    parser.add_argument("--until", choices=[each.name for each in stages(None)], help="the last stage to run")
    options = parser.parse_args()
    out = (options.out or options.build / "mutate").resolve()
    out.mkdir(parents=True, exist_ok=True)
    if options.what == "build":
        made = Build(ROOT, options.build.resolve(), out)
        drawn = made.draw(options.mutants, options.seed, options.jobs)
        made.link()
        print(f"mutate: {len(drawn)} mutants of seed {options.seed} in {out}")
        return
    plan = out / "plan.json"
    if not plan.exists():
        raise SystemExit("mutate: nothing is built; run 'tests/mutate/mutate.py build' first")
    drawn = [Place(**each) for each in json.loads(plan.read_text())["places"]]
    results = out / "results.jsonl"
    if options.what == "run":
        run(drawn, out / "bin", results, options.jobs, options.again, options.until)
    print(table(drawn, read_results(results), read_reasons(HERE / "survivors.tsv")), end="")


if __name__ == "__main__":
    main()
