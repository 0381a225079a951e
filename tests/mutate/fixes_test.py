"""What fixes.py does without a tree: takes a fix out of a copy, and puts it back."""

import json
import os
import tempfile
import unittest
from pathlib import Path

from fixes import calls_of, files_of, keys_of, put_back, row, take_out

FIX = """From 0123456789ab Mon Sep 17 00:00:00 2001
Subject: a fix
---
diff --git a/mm/a.c b/mm/a.c
--- a/mm/a.c
+++ b/mm/a.c
@@ -1,3 +1,3 @@
 one
-two
+three
 four
diff --git a/tools/test.c b/tools/test.c
--- a/tools/test.c
+++ b/tools/test.c
@@ -1 +1,2 @@
 first
+second
"""


class Fixes(unittest.TestCase):
    def setUp(self) -> None:
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        root = Path(self.directory.name)
        self.tree, self.copy, self.fix = root / "tree", root / "copy", root / "fix.patch"
        for each in (self.tree, self.copy):
            (each / "mm").mkdir(parents=True)
        (self.tree / "mm/a.c").write_text("one\nthree\nfour\n")
        os.link(self.tree / "mm/a.c", self.copy / "mm/a.c")
        self.fix.write_text(FIX)

    def test_a_fix_is_taken_out_of_the_copy_alone(self) -> None:
        self.assertEqual(files_of(self.fix), ["mm/a.c", "tools/test.c"])
        self.assertTrue(take_out(self.tree, self.copy, self.fix))
        self.assertEqual((self.copy / "mm/a.c").read_text(), "one\ntwo\nfour\n")
        self.assertEqual((self.tree / "mm/a.c").read_text(), "one\nthree\nfour\n")

    def test_it_is_put_back_with_a_new_time(self) -> None:
        os.utime(self.tree / "mm/a.c", (1, 1))
        take_out(self.tree, self.copy, self.fix)
        put_back(self.tree, self.copy, self.fix)
        self.assertEqual((self.copy / "mm/a.c").read_text(), "one\nthree\nfour\n")
        self.assertGreater((self.copy / "mm/a.c").stat().st_mtime, 1)
        self.assertEqual((self.tree / "mm/a.c").stat().st_mtime, 1)

    def test_a_fix_that_the_tree_lacks_is_refused(self) -> None:
        (self.tree / "mm/a.c").unlink()
        (self.tree / "mm/a.c").write_text("one\nfive\nfour\n")
        self.assertFalse(take_out(self.tree, self.copy, self.fix))

    def test_findings_differ_by_their_operations(self) -> None:
        trace = Path(self.directory.name) / "found.jsonl"
        steps = [{"op": "mmap"}, {"op": "mremap"}]
        trace.write_text("\n".join(json.dumps(each) for each in [{"vmacheck-trace": 1}, *steps]) + "\n")
        self.assertEqual(calls_of(str(trace)), "mmap mremap")
        found = {"property": "locked-vm", "trace": str(trace), "ops": 2, "times": 3}
        self.assertEqual(list(keys_of({"findings": [found]})), [("locked-vm", "mmap mremap")])
        result = {"timing": {"elapsed_s": 1.4}, "wall_s": 3.6}
        self.assertEqual(row("fix", "20000", result, [found]),
                         "| fix | `locked-vm`, 2 calls, 3 times | 20000 | 1 | 4 |")
        self.assertEqual(row("fix", "20000", result, []), "| fix | not found | 20000 | 1 | 4 |")


if __name__ == "__main__":
    unittest.main()
