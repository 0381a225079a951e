"""What mutate.py does without a compiler: drawing, writing, continuing, counting."""

import json
import tempfile
import unittest
from pathlib import Path

from mutants import Place, Result, at_fault, draw, mutated, numbered, quotas, read_results, table


def places(file: str, count: int) -> list[Place]:
    kinds = ("comparison flipped", "off by one")
    return numbered(
        Place(file, i + 1, 10 * i, 10 * i + 5, "f", kinds[i % 2], "a < b", "a <= b", "({m} ? a <= b : a < b)")
        for i in range(count)
    )


class Mutants(unittest.TestCase):
    def test_the_same_seed_draws_the_same(self) -> None:
        all_of_them = places("model/a.cpp", 40) + places("model/b.cpp", 10)
        drawn = draw(all_of_them, 10, 1)
        self.assertEqual(drawn, draw(list(reversed(all_of_them)), 10, 1))
        self.assertNotEqual(drawn, draw(all_of_them, 10, 2))
        self.assertEqual([each.file for each in drawn].count("model/a.cpp"), 8)

    def test_what_is_dropped_gives_way_to_one_other(self) -> None:
        drawn = draw(places("model/a.cpp", 40), 10, 1)
        others = draw(places("model/a.cpp", 40), 10, 1, {drawn[0].key()})
        self.assertEqual(len(others), 10)
        self.assertNotIn(drawn[0], others)
        self.assertEqual(len(set(drawn) & set(others)), 9)

    def test_no_two_overlap(self) -> None:
        outer = Place("model/a.cpp", 1, 0, 500, "f", "statement dropped", "all", "", "{ if (!{m}) all; }")
        for seed in range(20):
            drawn = draw([outer, *places("model/a.cpp", 10)], 11, seed)
            self.assertTrue(drawn == [outer] or outer not in drawn)

    def test_shares_add_up(self) -> None:
        self.assertEqual(quotas({"a": 10, "b": 10, "c": 1}, 4), {"a": 2, "b": 2, "c": 0})
        self.assertEqual(quotas({"a": 1, "b": 1}, 10), {"a": 1, "b": 1})

    def test_a_key_outlives_lines_but_not_text(self) -> None:
        first, second = places("model/a.cpp", 3)[::2]
        moved = Place(**{**vars(first), "line": 90, "start": 900, "end": 905})
        self.assertEqual(first.key(), moved.key())
        self.assertNotEqual(first.key(), second.key())
        self.assertNotEqual(first.key(), Place(**{**vars(first), "new": "a > b"}).key())

    def test_lines_keep_their_numbers(self) -> None:
        source = "if (a <\n    b) f();\ng();\n"
        place = Place("m", 1, 4, 13, "f", "comparison flipped", "a < b", "a <= b", "({m} ? a <= b : a < b)")
        text = mutated(source, [(7, place)])
        self.assertEqual(text, "if ((::mutants::is(7) ? a <= b : a < b)\n) f();\ng();\n")
        self.assertEqual(at_fault([("m", 2)], {"m": source}, [place]), {place.key()})
        self.assertEqual(at_fault([("m", 3), ("n", 1)], {"m": source}, [place]), set())

    def test_a_run_that_was_cut_off_continues(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "results.jsonl"
            self.assertEqual(read_results(path), {})
            first, later = Result("k", "", "", ""), Result("k", "corpus", "property", "x")
            lines = [json.dumps(vars(first)), json.dumps(vars(later)), '{"key": "cut']
            path.write_text("\n".join(lines))
            self.assertEqual(read_results(path), {"k": later})

    def test_the_table_counts(self) -> None:
        drawn = places("model/a.cpp", 3)
        keys = [each.key() for each in drawn]
        results = {keys[0]: Result(keys[0], "corpus", "crash", ""), keys[1]: Result(keys[1], "", "", "")}
        text = table(drawn, results, {keys[1]: ("equivalent", "never both")})
        self.assertIn("| comparison flipped | 1 | 1 | 0 | 0 |", text)
        self.assertIn("| off by one | 1 | 0 | 1 | 0 |", text)
        self.assertIn("never both", text)
        self.assertIn("2 of 2 mutants are noticed or equivalent; 1 were not run.", text)
        self.assertIn("1 of 2 mutants", table(drawn, results, {}))


if __name__ == "__main__":
    unittest.main()
