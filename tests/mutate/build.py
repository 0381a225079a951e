"""Compiles model/ with all drawn mutants in it, and links the programs that look for them.

Only model/ is compiled again; everything else is what the build folder has. So a header that another room includes is
left as it is: its code is in that room's objects too.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from mutants import Place, at_fault, draw, mutated, numbered

# Mistakes that are switched on, and what is only shown: names, texts, the table of operations.
NOT_MUTATED = ("model/faults/", "model/op/", "model/state/observe", "model/state/function_scope", "model/profiles/policy_table")
OTHER_ROOMS = ("properties/", "traces/", "checker/")
# Included by a header that other rooms include, but used by model/ alone.
MODEL_ALONE = {"model/augmented_tree.hpp"}
PROGRAMS = (
    "bin/vmacheck",
    "tests/reference_driver",
    "tests/model/vmacheck_model_tests",
    "tests/properties/vmacheck_property_tests",
)
HEADER = """#pragma once
namespace mutants {
extern int chosen;
inline bool is(int number) { return chosen == number; }
}
"""
CHOSEN = """#include <cstdlib>
namespace mutants {
int chosen = 0;
// Before the tables of the model, which are made when the program starts.
__attribute__((constructor(101))) void choose() {
    if (const char* number = std::getenv("VMACHECK_MUTANT")) chosen = std::atoi(number);
}
}
"""


def sources(root: Path) -> list[str]:
    """Files of model/ that are mutated: those that are compiled, and headers that no other room includes."""
    files = subprocess.run(["git", "ls-files"], cwd=root, check=True, capture_output=True, text=True).stdout.split()
    code = {file: (root / file).read_text(encoding="latin-1") for file in files if file.endswith((".cpp", ".hpp"))}
    included = {file: re.findall(r'#include "([^"]+)"', text) for file, text in code.items()}
    reached: set[str] = set()
    waiting = [file for file in code if file.startswith(OTHER_ROOMS)]
    while waiting:
        file = waiting.pop()
        if file not in reached:
            reached.add(file)
            waiting += included.get(file, [])
    model = [file for file in code if file.startswith("model/") and not file.startswith(NOT_MUTATED)]
    return sorted(file for file in model if file not in reached - MODEL_ALONE)


class Build:
    def __init__(self, root: Path, build: Path, out: Path) -> None:
        self.root, self.build, self.out = root, build, out
        entries = json.loads((build / "compile_commands.json").read_text())
        self.commands = {os.path.relpath(entry["file"], root): entry["command"] for entry in entries}

    def places(self, jobs: int) -> list[Place]:
        try:
            import clang.cindex as clang
        except ImportError as error:
            raise SystemExit("mutate: needs Debian's package python3-clang-14; run it with /usr/bin/python3") from error
        from places import Finder

        def of(file: str) -> list[Place]:
            cache = self.out / "places" / (file.replace("/", "_") + ".json")
            text = (self.root / file).read_bytes() + (Path(__file__).parent / "places.py").read_bytes()
            stamp = hashlib.sha256(text).hexdigest()
            if cache.exists() and (known := json.loads(cache.read_text()))["stamp"] == stamp:
                return [Place(**each) for each in known["places"]]
            command = self.commands.get(file, self.commands["model/merge.cpp"])
            found = numbered(Finder(clang, self.root, file, command).places())
            cache.parent.mkdir(parents=True, exist_ok=True)
            cache.write_text(json.dumps({"stamp": stamp, "places": [vars(each) for each in found]}))
            return found

        with ThreadPoolExecutor(jobs) as pool:
            return [place for found in pool.map(of, sources(self.root)) for place in found]

    def compile(self, file: str, stamp: str) -> str:
        """Returns what the compiler wrote, if it failed. An object with the same stamp is not made again."""
        target = self.out / "objects" / (file.replace("/", "_") + ".o")
        note = target.with_suffix(".stamp")
        if target.exists() and note.exists() and note.read_text() == stamp:
            return ""
        tree = self.out / "tree"
        words = shlex.split(self.commands[file])
        words[words.index("-o") + 1] = str(target)
        words[words.index("-c") + 1] = str(tree / file)
        words[1:1] = [f"-I{tree}"]
        words[words.index("-o") : words.index("-o")] = ["-include", str(self.out / "mutants.hpp"), "-w"]
        target.parent.mkdir(parents=True, exist_ok=True)
        ran = subprocess.run(words, cwd=self.build, capture_output=True, text=True, check=False)
        if ran.returncode == 0:
            note.write_text(stamp)
        return "" if ran.returncode == 0 else ran.stderr

    def compile_all(self, drawn: list[Place], jobs: int) -> tuple[set[str], str]:
        """The keys of the places that do not compile, and the first error."""
        code = {file: (self.root / file).read_text(encoding="latin-1") for file in sources(self.root)}
        headers = hashlib.sha256(HEADER.encode())
        for file, text in code.items():
            chosen = [(number, place) for number, place in enumerate(drawn, 1) if place.file == file]
            code[file] = mutated(text, chosen)
            if chosen and file.endswith(".hpp"):
                headers.update(code[file].encode())
            path = self.out / "tree" / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(code[file] if chosen or file.endswith(".cpp") else text, encoding="latin-1")
        (self.out / "mutants.hpp").write_text(HEADER)
        compiled = [file for file in code if file.endswith(".cpp")]
        stamps = [hashlib.sha256(headers.digest() + code[file].encode()).hexdigest() for file in compiled]
        with ThreadPoolExecutor(jobs) as pool:
            messages = [text for text in pool.map(self.compile, compiled, stamps) if text]
        tree = re.escape(str(self.out / "tree")) + "/"
        errors = re.findall(rf"^{tree}([^:\n]+):(\d+):", "\n".join(messages), re.MULTILINE)
        originals = {file: (self.root / file).read_text(encoding="latin-1") for file in code}
        found = at_fault([(file, int(line)) for file, line in errors], originals, drawn)
        return found, messages[0] if messages else ""

    def draw(self, count: int, seed: int, jobs: int) -> list[Place]:
        """Draws, compiles, and draws others for those that do not compile in their form."""
        places = self.places(jobs)
        print(f"mutate: {len(places)} places in {len({each.file for each in places})} files")
        dropped: set[str] = set()
        while True:
            drawn = draw(places, count, seed, dropped)
            found, message = self.compile_all(drawn, jobs)
            if not message:
                break
            if not found:
                raise SystemExit(f"mutate: model/ does not compile\n{message}")
            print(f"mutate: {len(found)} places do not compile in their form; others are drawn")
            dropped |= found
        plan: dict[str, Any] = {"seed": seed, "places": [vars(each) for each in drawn]}
        (self.out / "plan.json").write_text(json.dumps(plan, indent=1))
        return drawn

    def link(self) -> None:
        chosen = self.out / "chosen.cpp"
        chosen.write_text(CHOSEN)
        subprocess.run(["c++", "-c", str(chosen), "-o", str(self.out / "chosen.o")], check=True)
        archive = self.out / "libvmacheck_model.a"
        archive.unlink(missing_ok=True)
        own = {each.name.removesuffix(".o") for each in (self.out / "objects").glob("*.o")}
        objects = self.build / "model/CMakeFiles/vmacheck_model.dir"
        rest = [str(o) for o in objects.rglob("*.o") if f"model_{o.relative_to(objects)}"[:-2].replace("/", "_") not in own]
        made = [str(each) for each in (self.out / "objects").glob("*.o")]
        subprocess.run(["ar", "rcs", str(archive), *sorted(made), *sorted(rest), str(self.out / "chosen.o")], check=True)
        (self.out / "bin/passed.json").unlink(missing_ok=True)
        for program in PROGRAMS:
            lines = subprocess.run(
                ["ninja", "-t", "commands", program], cwd=self.build, check=True, capture_output=True, text=True
            ).stdout.splitlines()
            words = shlex.split(next(line for line in reversed(lines) if f"-o {program} " in line))
            words = words[words.index("&&") + 1 :] if words[0] == ":" else words
            words = words[: words.index("&&")] if "&&" in words else words
            target = self.out / "bin" / Path(program).name
            target.parent.mkdir(exist_ok=True)
            words = [str(archive) if word == "model/libvmacheck_model.a" else word for word in words]
            words[words.index("-o") + 1] = str(target)
            subprocess.run(words, cwd=self.build, check=True)
