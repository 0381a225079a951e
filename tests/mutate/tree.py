#!/usr/bin/python3
"""Mutants of a kernel tree: changes a line of its mm/vma.c, and sees whether `conform --on tree:` notices.

    tests/mutate/tree.py TREE [--mutants 50] [--seed 1]

Works on a copy of the tree, whose other files are links to the original's. What was found is kept in OUT/noticed.jsonl;
the same command continues. A mutant on a line that no run reaches is counted apart: gcov says which those are.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PARTS = ("Makefile", "arch/x86", "fs", "include", "ipc", "kernel", "lib", "mm")

# What stands on the left becomes what stands on the right, once in a line.
CHANGES = [
    ("comparison flipped", r"(?<![<>=!\-])==(?!=)", "!="),
    ("comparison flipped", r"!=(?!=)", "=="),
    ("comparison flipped", r"(?<![<\-=]) < ", " <= "),
    ("comparison flipped", r" <= ", " < "),
    ("comparison flipped", r" > ", " >= "),
    ("comparison flipped", r" >= ", " > "),
    ("condition flipped", r"&&", "||"),
    ("condition flipped", r"\|\|", "&&"),
    ("condition flipped", r"!(?=[a-z_(])", ""),
    ("off by one", r" \+ 1\b", " + 2"),
    ("off by one", r" - 1\b", " - 2"),
    ("value flipped", r"\btrue\b", "false"),
    ("value flipped", r"\bfalse\b", "true"),
    ("value flipped", r"\bNULL;", "(void *)8;"),
    # A call or an assignment that is a whole statement on one line.
    ("statement dropped", r"^(\t+)(?!return|goto|break|continue|struct|unsigned|int|bool|pgoff_t|unsigned|const|static)"
     r"[a-z_][\w>.\-\[\]]*( [-+|&]?=[^=].*|\(.*\));$", r"\1;"),
]
# Who looks, the quickest first, each with its options behind --failures: without the tour, with it, and with allocations
# that fail, in whose paths some trees have bugs. The first that notices a mutant is the last.
STAGES = (("off", "--bisect", "--scopes", "none"), ("off", "--bisect"), ("on", "--bisect"))
CHECKS = re.compile(r"VM_(WARN|BUG)_ON|WARN_ON|trace_|validate_mm|mmap_assert|vma_assert|BUILD_BUG")


@dataclass(frozen=True)
class Mutant:
    line: int  # from 1
    kind: str
    old: str
    new: str


def places(lines: list[str]) -> list[Mutant]:
    found: list[Mutant] = []
    comment = False
    for number, line in enumerate(lines, 1):
        starts = line.lstrip().startswith(("/*", "*"))
        comment = (comment or starts) and "*/" not in line
        if starts or comment or not line.startswith("\t") or CHECKS.search(line) or "//" in line:
            continue
        for kind, old, new in CHANGES:
            changed = re.sub(old, new, line, count=1)
            if changed != line:
                found.append(Mutant(number, kind, line.strip(), changed.strip()))
    return found


def copy_tree(tree: Path, copy: Path) -> None:
    if copy.exists():
        return
    part = copy.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    for each in PARTS:
        source, target = tree / each, part / each
        target.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cp", "-al", str(source), str(target)], check=True)
    part.rename(copy)


def write_source(copy: Path, file: str, lines: list[str]) -> None:
    target = copy / file
    target.unlink()  # it may be a link to the original
    target.write_text("".join(lines))


def conform(copy: Path, options: argparse.Namespace, out: Path, failures: str, *more: str) -> tuple[int, str]:
    words = [str(options.vmacheck), "conform", "--on", f"tree:{copy}", "--ops", str(options.ops), "--progress", "none",
             "--out", str(out / "found"), "--seed", str(options.seed), "--failures", failures, *more]
    ran = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, errors="replace")
    wanted = ("violated ", "differs ", "undecided ", "vmacheck: ")
    # How many cases ended so depends on every step before: what was found does not.
    found = {re.sub(r" \(\d+ cases? ended so\)", "", line.strip())[:160]
             for line in (ran.stdout + ran.stderr).splitlines()
             if line.startswith(wanted) and " against " not in line and not line.startswith("vmacheck: building ")}
    return ran.returncode, "; ".join(sorted(found))


def reached_lines(page: Path) -> set[int]:
    """Of mm/vma.c, from the page of `conform --coverage`: lines with a count."""
    text = page.read_text()
    section = text[text.index("<h2>mm/vma.c</h2>"):]
    section = section[: section.index("</section>")]
    return {int(each.group(1)) for each in re.finditer(r"^(?:◐| ) +(\d+) +\d+ ", section, re.MULTILINE)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tree", type=Path)
    parser.add_argument("--mutants", type=int, default=50, help="on lines that are reached (default 50)")
    parser.add_argument("--seed", type=int, default=1, help="which are drawn, and of random operations (default 1)")
    parser.add_argument("--ops", type=int, default=30000, help="random operations for each (default 30000)")
    parser.add_argument("--file", default="mm/vma.c")
    parser.add_argument("--vmacheck", type=Path, default=ROOT / "build/bin/vmacheck")
    parser.add_argument("--out", type=Path, default=ROOT / "build/mutate-tree")
    options = parser.parse_args()
    out = options.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    copy = out / "tree"
    copy_tree(options.tree.resolve(), copy)
    lines = (options.tree / options.file).read_text().splitlines(keepends=True)
    write_source(copy, options.file, lines)
    page = out / "coverage.html"
    code, message = conform(copy, options, out, "on", "--coverage", str(page))
    if code not in (0, 12, 13):
        raise SystemExit(f"tree.py: conform ends with {code} without a mutant: {message}")
    # What the tree has without a mutant is no notice of one.
    baseline = {stage: conform(copy, options, out, *stage) for stage in STAGES}
    for stage, (code, message) in baseline.items():
        print(f"without a mutant, --failures {' '.join(stage)}: exit code {code} {message}", flush=True)
    reached = reached_lines(page)
    drawn = [each for each in places([line.rstrip("\n") for line in lines]) if each.line in reached]
    random.Random(options.seed).shuffle(drawn)
    results = out / "noticed.jsonl"
    known = {}
    if results.exists():
        known = {tuple(json.loads(line)["mutant"].values()): json.loads(line) for line in results.read_text().splitlines()}
    done = noticed = refused = 0
    taken: set[int] = set()
    for each in drawn:
        if done == options.mutants:
            break
        if each.line in taken:
            continue
        taken.add(each.line)
        result = known.get(tuple(asdict(each).values()))
        if result is None:
            changed = list(lines)
            indent = lines[each.line - 1][: len(lines[each.line - 1]) - len(lines[each.line - 1].lstrip())]
            changed[each.line - 1] = f"{indent}{each.new}\n"
            write_source(copy, options.file, changed)
            for stage in STAGES:
                code, message = conform(copy, options, out, *stage)
                noticed_now = (code, message) != baseline[stage]
                if noticed_now:
                    break
            result = {"mutant": asdict(each), "noticed": noticed_now, "code": code, "message": message}
            with results.open("a") as file:
                file.write(json.dumps(result) + "\n")
        if "cannot be built" in result["message"]:
            refused += 1
            continue
        done += 1
        survives = not result["noticed"]
        noticed += 0 if survives else 1
        print(f"{options.file}:{each.line} {each.kind}: {each.old} -> {each.new or '(nothing)'}: "
              f"{'survives' if survives else result['message'] or result['code']}", flush=True)
    print(f"{noticed} of {done} noticed; {refused} more could not be built")


if __name__ == "__main__":
    os.environ.setdefault("LC_ALL", "C.UTF-8")
    sys.exit(main())
