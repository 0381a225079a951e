"""Places of model/ that can be changed, which of them are drawn, and the source in which the drawn ones can be chosen.

All drawn mutants are in one build; the environment says which one a process runs (mutant.hpp, written by build.py). What
is here needs neither a compiler nor libclang.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Collection, Iterable


@dataclass(frozen=True)
class Place:
    """One possible change. `start` and `end` are bytes; `form` is what to write, with {m} for "this mutant runs"."""

    file: str
    line: int
    start: int
    end: int
    function: str
    kind: str
    old: str
    new: str
    form: str
    nth: int = 0  # among the places of the function that read the same

    def key(self) -> str:
        """Stays the same when lines move."""
        text = "\0".join((self.file, self.function, self.kind, self.old, self.new, str(self.nth)))
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def change(self) -> str:
        return f"without `{self.old}`" if self.new == "" else f"`{self.old}` -> `{self.new}`"


def numbered(places: Iterable[Place]) -> list[Place]:
    """In the order of the source, each with its `nth`; what stands at the same bytes twice is kept once."""
    seen: dict[tuple[str, ...], int] = {}
    found: dict[tuple[str, int, int, str], Place] = {}
    for each in sorted(places, key=lambda p: (p.file, p.start, p.end, p.kind, p.new)):
        at = (each.file, each.start, each.end, each.new)
        if at in found:
            continue
        same = (each.file, each.function, each.kind, each.old, each.new)
        found[at] = Place(**{**asdict(each), "nth": seen.get(same, 0)})
        seen[same] = seen.get(same, 0) + 1
    return list(found.values())


def quotas(sizes: dict[str, int], count: int) -> dict[str, int]:
    """`count` shared out over the files in proportion to their places; the largest remainders are rounded up."""
    total = sum(sizes.values())
    count = min(count, total)
    shares = {file: count * size // total for file, size in sizes.items()}
    by_remainder = sorted(sizes, key=lambda file: (-(count * sizes[file] % total), file))
    for file in by_remainder[: count - sum(shares.values())]:
        shares[file] += 1
    return shares


def draw(places: list[Place], count: int, seed: int, dropped: Collection[str] = ()) -> list[Place]:
    """The same places for the same seed. No two overlap; what was dropped gives way to the next of its file.

    A file's kinds take turns, so that the most frequent kind is not all there is."""

    def rank(place: Place) -> str:
        return hashlib.sha256(f"{seed} {place.key()}".encode()).hexdigest()

    in_file: dict[str, list[Place]] = {}
    for each in places:
        in_file.setdefault(each.file, []).append(each)
    drawn: list[Place] = []
    for file, share in sorted(quotas({f: len(p) for f, p in in_file.items()}, count).items()):
        turn: dict[str, int] = {}
        order: list[tuple[int, str, Place]] = []
        for each in sorted(in_file[file], key=rank):
            turn[each.kind] = turn.get(each.kind, 0) + 1
            order.append((turn[each.kind], rank(each), each))
        taken: list[Place] = []
        for _, _, each in sorted(order, key=lambda entry: entry[:2]):
            apart = all(each.end <= other.start or other.end <= each.start for other in taken)
            if len(taken) < share and apart and each.key() not in dropped:
                taken.append(each)
        drawn += taken
    return sorted(drawn, key=lambda p: (p.file, p.start))


def mutated(source: str, chosen: list[tuple[int, Place]]) -> str:
    """The source with each chosen place in its form, by number. Lines keep their numbers."""
    for number, place in sorted(chosen, key=lambda entry: -entry[1].start):
        text = place.form.replace("{m}", f"::mutants::is({number})")
        missing = source[place.start : place.end].count("\n") - text.count("\n")
        source = source[: place.start] + text + "\n" * missing + source[place.end :]
    return source


def at_fault(errors: Iterable[tuple[str, int]], sources: dict[str, str], drawn: list[Place]) -> set[str]:
    """The keys of the places on the lines of a compiler's errors (file, line)."""
    lines = set(errors)
    found = set()
    for each in drawn:
        last = each.line + sources[each.file][each.start : each.end].count("\n")
        if any((each.file, line) in lines for line in range(each.line, last + 1)):
            found.add(each.key())
    return found


@dataclass(frozen=True)
class Result:
    """What became of one mutant: the first stage that noticed it, and how; or that none did, up to this one."""

    key: str
    stage: str
    how: str  # property, result differs, assertion, crash, hang, test; "" of a survivor
    detail: str


def read_results(path: Path) -> dict[str, Result]:
    """The later line of a key counts. A last line that was cut off is left out."""
    found: dict[str, Result] = {}
    if path.exists():
        for line in path.read_text().splitlines():
            try:
                result = Result(**json.loads(line))
            except (ValueError, TypeError):
                continue
            found[result.key] = result
    return found


def read_reasons(path: Path) -> dict[str, tuple[str, str]]:
    """survivors.tsv: key, place (for people), "equivalent" or "left", and why."""
    rows = [line.split("\t") for line in path.read_text().splitlines() if line and not line.startswith("#")]
    return {key: (verdict, why) for key, _, verdict, why in rows}


def count_table(title: str, groups: Iterable[str], rows: list[tuple[str, str]]) -> list[str]:
    """How many rows (name, group) there are of each name and group; each row counts in `total`."""
    columns = list(groups)
    lines = [f"| {title} | total | " + " | ".join(columns) + " |", "| --- " * (len(columns) + 2) + "|"]
    for name in [*sorted({row[0] for row in rows}), "all"]:
        mine = [group for row, group in rows if name in (row, "all")]
        cells = [str(mine.count(column)) for column in columns]
        lines.append(f"| {name} | {len(mine)} | " + " | ".join(cells) + " |")
    return lines


def table(drawn: list[Place], results: dict[str, Result], reasons: dict[str, tuple[str, str]]) -> str:
    """Markdown: what was noticed, by kind of change and by stage, and each survivor with its reason."""
    done = [(place, results[place.key()]) for place in drawn if place.key() in results]
    survivors = [place for place, result in done if not result.how]

    def verdict(place: Place, result: Result) -> str:
        return "noticed" if result.how else reasons.get(place.key(), ("left", ""))[0]

    lines = count_table("change", ("noticed", "equivalent", "left"), [(p.kind, verdict(p, r)) for p, r in done])
    hows = ("property", "result differs", "assertion", "crash", "hang", "test")
    lines += ["", *count_table("first noticed by", hows, [(r.stage, r.how) for _, r in done if r.how])]
    lines += ["", "| survivor | place | change | verdict | why |", "| --- | --- | --- | --- | --- |"]
    for place in survivors:
        kind, why = reasons.get(place.key(), ("left", "not looked at"))
        change = place.change().replace("|", "\\|")
        lines.append(f"| {place.key()} | {place.file}:{place.line} `{place.function}` | {change} | {kind} | {why} |")
    good = sum(verdict(*each) != "left" for each in done)
    lines += ["", f"{good} of {len(done)} mutants are noticed or equivalent; {len(drawn) - len(done)} were not run."]
    return "\n".join(lines) + "\n"
