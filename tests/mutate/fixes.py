#!/usr/bin/python3
"""Fixes of a kernel tree, taken out one at a time: does `conform --on tree:` find the bug again?

    tests/mutate/fixes.py TREE FIX.patch... [--ops 0,20000,300000,2000000] [--seed 1]

FIX.patch is a fix that TREE has, as `git format-patch -1 COMMIT` writes it. Each is taken out of a copy of the tree, whose
other files are links to the original's; then conform runs with the traces and the tour alone, and with more and more random
operations, until it finds something that it does not find without the change. Prints a row of a table for each.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from tree import ROOT, copy_tree


def files_of(patch: Path) -> list[str]:
    return re.findall(r"^\+\+\+ b/(\S+)", patch.read_text(), re.MULTILINE)


def take_out(tree: Path, copy: Path, patch: Path) -> bool:
    for file in files_of(patch):
        target = copy / file
        if not target.exists():  # of a part that the copy leaves out, such as a test
            continue
        target.unlink()  # it may be a link to the original
        shutil.copyfile(tree / file, target)
    # What of the patch is about files that the copy leaves out, such as tests, is not wanted.
    here = [file for file in files_of(patch) if (copy / file).exists()]
    parts = re.split(r"(?m)^(?=--- a/)", patch.read_text())
    wanted = "".join(part for part in parts if any(f"\n+++ b/{file}\n" in part for file in here))
    ran = subprocess.run(["patch", "-R", "-p1", "-d", str(copy), "--no-backup-if-mismatch", "-r", "-", "-f", "-s"],
                         input=wanted, capture_output=True, text=True)
    return bool(here) and ran.returncode == 0


def put_back(tree: Path, copy: Path, patch: Path) -> None:
    for file in files_of(patch):
        if (copy / file).exists():  # with the time of now: a link to the original is older than what was compiled of it
            (copy / file).unlink()
            shutil.copyfile(tree / file, copy / file)


def calls_of(trace: str) -> str:
    """The operations of a trace by name: what distinguishes two findings of one property."""
    path = Path(trace)
    lines = path.read_text().splitlines()[1:] if path.is_file() else []
    steps = [json.loads(line) for line in lines if line.strip()]
    return " ".join(str(each["op"]) for each in steps if "op" in each)


def conform(copy: Path, options: argparse.Namespace, out: Path, ops: int) -> dict:
    words = [str(options.vmacheck), "conform", "--on", f"tree:{copy}", "--ops", str(ops), "--seed", str(options.seed),
             "--progress", "none", "--format", "json", "--out", str(out / "found")]
    started = time.monotonic()
    ran = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, errors="replace")
    try:
        result = json.loads(ran.stdout)
    except json.JSONDecodeError:
        result = {"findings": [], "timing": {"elapsed_s": 0}, "error": (ran.stderr or ran.stdout).strip()[:200]}
    result["wall_s"] = time.monotonic() - started
    return result


def keys_of(result: dict) -> dict[tuple[str, str], dict]:
    return {(each["property"], calls_of(each["trace"])): each for each in result["findings"]}


def row(name: str, ops: str, result: dict, new: list[dict]) -> str:
    error = result.get("error", "")
    found = "; ".join(f"`{each['property']}`, {each['ops']} calls, {each['times']} times" for each in new)
    return f"| {name} | {error or found or 'not found'} | {ops} | {result['timing']['elapsed_s']:.0f} | {result['wall_s']:.0f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tree", type=Path)
    parser.add_argument("fixes", type=Path, nargs="+", metavar="FIX.patch")
    parser.add_argument("--ops", default="0,20000,300000,2000000", help="random operations, one run after the other")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--vmacheck", type=Path, default=ROOT / "build/bin/vmacheck")
    parser.add_argument("--out", type=Path, default=ROOT / "build/fixes-tree")
    options = parser.parse_args()
    tree, out = options.tree.resolve(), options.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    copy = out / "tree"
    copy_tree(tree, copy)
    for patch in options.fixes:  # an earlier run may have been interrupted
        put_back(tree, copy, patch)
    budgets = [int(each) for each in options.ops.split(",")]
    # What the tree has with the fix is no finding of the bug.
    without = {ops: keys_of(conform(copy, options, out, ops)) for ops in budgets}
    known = {key for each in without.values() for key in each}
    print("| fix | found as | random operations | seconds | with the build |\n| --- | --- | --- | --- | --- |", flush=True)
    for patch in options.fixes:
        if not take_out(tree, copy, patch):
            print(f"| {patch.stem} | the tree does not have it in this form | | | |", flush=True)
            put_back(tree, copy, patch)
            continue
        for ops in budgets:
            result = conform(copy, options, out, ops)
            (out / f"{patch.stem}.json").write_text(json.dumps(result, indent=1))
            new = [found for key, found in keys_of(result).items() if key not in known]
            if new or "error" in result:
                break
        print(row(patch.stem, str(ops), result, new), flush=True)
        put_back(tree, copy, patch)


if __name__ == "__main__":
    os.environ.setdefault("LC_ALL", "C.UTF-8")
    sys.exit(main())
