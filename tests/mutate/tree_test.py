"""What tree.py does without a tree: which lines it changes, and how."""

import unittest

from tree import places


class Places(unittest.TestCase):
    def changes(self, line: str) -> list[str]:
        return [each.new for each in places(line.splitlines())]

    def test_a_comparison_is_flipped_and_an_arrow_is_none(self) -> None:
        self.assertEqual(self.changes("\tif (a->start < b)"), ["if (a->start <= b)"])
        self.assertEqual(self.changes("\tif (a == b)"), ["if (a != b)"])
        self.assertEqual(self.changes("\treturn vma->vm_end;"), [])

    def test_a_statement_is_dropped_and_a_declaration_is_not(self) -> None:
        self.assertEqual(self.changes("\tvma->vm_start += n;"), [";"])
        self.assertEqual(self.changes("\tunsigned long n = f(a);"), [])

    def test_comments_and_assertions_stay(self) -> None:
        self.assertEqual(self.changes("\t/* a == b */\n\t * a == b\n\tVM_WARN_ON(a == b);"), [])


if __name__ == "__main__":
    unittest.main()
