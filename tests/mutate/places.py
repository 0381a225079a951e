"""Finds with libclang every place of a source file that can be changed (Debian: python3-clang-14)."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any, Iterator

from mutants import Place

COMPARISONS = {
    "==": ["!="],
    "!=": ["=="],
    "<": ["<=", ">="],
    "<=": ["<", ">"],
    ">": [">=", "<="],
    ">=": [">", "<"],
}
CONDITIONS = {"&&": ["||"], "||": ["&&"]}
# Of the checker, not of the kernel: which part of the model is meant by a finding, what the solver must ask, and
# whether a mistake is switched on.
LEFT_OUT = re.compile(r"\b(internal_assertion_failed|read_attribute|begin_check|has_fault|FunctionScope)\b")


def compiler_arguments(command: str) -> list[str]:
    """What libclang needs of GCC's command."""
    words = shlex.split(command)[1:]
    kept: list[str] = []
    while words:
        word = words.pop(0)
        if word in ("-o", "-c", "-include"):
            words.pop(0)
        elif word.startswith(("-I", "-D", "-std")):
            kept.append(word)
    return kept


def one_line(text: str) -> str:
    return " ".join(text.split())


class Finder:
    """The places of one file. `clang` is the module clang.cindex."""

    def __init__(self, clang: Any, root: Path, file: str, command: str) -> None:
        self.kinds = clang.CursorKind
        self.file = file
        self.source = (root / file).read_text(encoding="latin-1")
        self.path = str(root / file)
        arguments = [*compiler_arguments(command), "-x", "c++", "-Wno-pragma-once-outside-header"]
        unit = clang.Index.create().parse(self.path, args=arguments)
        errors = [each for each in unit.diagnostics if each.severity >= clang.Diagnostic.Error]
        if errors:
            raise SystemExit(f"mutate: libclang cannot read {file}: {errors[0]}")
        self.top = unit.cursor
        self.neighbours: dict[int, list[Any]] = {}

    def places(self) -> Iterator[Place]:
        for each in self.top.get_children():
            if each.location.file is not None and each.location.file.name == self.path:
                yield from self.below(each, self.top, "")

    def text(self, cursor: Any) -> str:
        return self.source[cursor.extent.start.offset : cursor.extent.end.offset]

    def below(self, cursor: Any, parent: Any, function: str) -> Iterator[Place]:
        kinds = self.kinds
        if cursor.kind in (kinds.FUNCTION_DECL, kinds.CXX_METHOD, kinds.FUNCTION_TEMPLATE, kinds.CONSTRUCTOR):
            function = re.sub(r"<.*", "", cursor.spelling)
        text = self.text(cursor)
        constant = cursor.kind == kinds.STATIC_ASSERT or re.match(r"(static |inline )*constexpr\b|if constexpr\b", text)
        if constant and cursor.kind != kinds.IF_STMT and function == "":
            return
        if function != "":
            yield from self.at(cursor, parent, function, text)
        children = list(cursor.get_children())
        if cursor.kind == kinds.CASE_STMT or (constant and cursor.kind == kinds.IF_STMT):
            children = children[1:]
        elif constant and cursor.kind in (kinds.DECL_STMT, kinds.VAR_DECL):
            children = []
        elif cursor.kind.is_expression() and LEFT_OUT.match(text):
            children = []
        for child in children:
            yield from self.below(child, cursor, function)

    def at(self, cursor: Any, parent: Any, function: str, text: str) -> Iterator[Place]:
        found: list[tuple[str, str, str, str]] = []  # kind, old, new, form
        if "//" not in text and "\\" not in text and not LEFT_OUT.search(text):
            if cursor.kind.is_expression():
                found += self.of_operator(cursor, text)
                found += self.of_constant(cursor, text)
            found += self.of_statement(cursor, parent, text)
        start, end = cursor.extent.start.offset, cursor.extent.end.offset
        for kind, old, new, form in found:
            stop = self.source.index(";", end) + 1 if kind == "statement dropped" and not text.endswith("}") else end
            at = (self.file, cursor.extent.start.line, start, stop)
            yield Place(*at, function, kind, one_line(old), one_line(new), form)

    def of_operator(self, cursor: Any, text: str) -> Iterator[tuple[str, str, str, str]]:
        children = list(cursor.get_children())
        if cursor.kind in (self.kinds.DECL_REF_EXPR, self.kinds.MEMBER_REF_EXPR):  # f<D> is no comparison
            return
        if cursor.kind == self.kinds.UNARY_OPERATOR and re.match(r"!(?!=)", text):
            yield "condition flipped", text, text[1:], f"({{m}} ? bool({one_line(text[1:])}) : {text})"
        if len(children) < 2:
            return
        left, right = children[0].extent.end.offset, children[-1].extent.start.offset
        operator = self.source[left:right].strip() if left <= right else ""
        start = cursor.extent.start.offset
        for kind, table in (("comparison flipped", COMPARISONS), ("condition flipped", CONDITIONS)):
            for other in table.get(operator, []):
                new = one_line(f"{self.source[start:left]} {other} {self.source[right : cursor.extent.end.offset]}")
                yield kind, text, new, f"({{m}} ? bool({new}) : bool({text}))"
        if operator in ("+", "-"):
            yield "off by one", text, f"{text} + 1", f"({{m}} ? {one_line(text)} + 1 : {text})"

    def of_constant(self, cursor: Any, text: str) -> Iterator[tuple[str, str, str, str]]:
        if cursor.kind == self.kinds.INTEGER_LITERAL and re.fullmatch(r"[0-9]+", text):
            yield "off by one", text, str(int(text) + 1), f"({{m}} ? {int(text) + 1} : {text})"
        target = cursor.referenced if cursor.kind == self.kinds.DECL_REF_EXPR else None
        if target is None or "::" not in text or text.startswith("faults::"):
            return
        if target.kind not in (self.kinds.ENUM_CONSTANT_DECL, self.kinds.VAR_DECL):
            return
        family = self.family(target)
        names = [each.spelling for each in family]
        if target.spelling not in names or len(names) < 2:
            return
        other = names[(names.index(target.spelling) + 1) % len(names)]
        new = text[: text.rindex("::") + 2] + other
        yield "flag swapped", text, new, f"({{m}} ? {new} : {text})"

    def family(self, target: Any) -> list[Any]:
        """The enumerators of the same type, or the constants of the same type in the namespace, in their order."""
        parent = target.semantic_parent
        if parent.hash not in self.neighbours:
            self.neighbours[parent.hash] = list(parent.get_children())
        return [
            each
            for each in self.neighbours[parent.hash]
            if each.kind == target.kind and each.type.spelling == target.type.spelling and each.spelling != "count"
        ]

    def of_statement(self, cursor: Any, parent: Any, text: str) -> Iterator[tuple[str, str, str, str]]:
        kinds = self.kinds
        bodies = (kinds.COMPOUND_STMT, kinds.IF_STMT, kinds.FOR_STMT, kinds.WHILE_STMT, kinds.CXX_FOR_RANGE_STMT)
        if parent.kind not in bodies:
            return
        # The parts of a head, `if (...)` and `for (...)`, are children too.
        before, after = self.source[: cursor.extent.start.offset].rstrip(), self.source[cursor.extent.end.offset :]
        branch = before.endswith((")", "else")) and after.lstrip().startswith(";")
        if parent.kind != kinds.COMPOUND_STMT and not branch:
            return
        if cursor.kind == kinds.IF_STMT:
            if not re.search(r"\b(return\b[^;]*|continue|break)(;\s*})?$", text) or re.search(r"\belse\b", text):
                return
            end = "" if text.endswith("}") else ";"
            yield "statement dropped", text, "", f"{{ if (!{{m}}) {text}{end} }}"
            return
        if cursor.kind in (kinds.CONTINUE_STMT, kinds.BREAK_STMT) or cursor.kind.is_expression():
            yield "statement dropped", text, "", f"{{ if (!{{m}}) {text}; }}"
