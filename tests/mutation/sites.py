"""Which mutants does a source have? Small changes, one at a time, cut into the text itself.

Numbers move by one either way; comparisons, arithmetic, bit and boolean operators, min and max,
True and False turn into their neighbours; conditions are negated; calls whose result is not used,
assignments to fields, and what a return gives, are left out. Text with a blank in it is for
people: its wording is not mutated, nor are annotations, docstrings and asserts.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from mutation.reach import AT_IMPORT

_COMPARE: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
    ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
}
_BINARY: dict[type[ast.operator], tuple[str, str]] = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "//"),
    ast.FloorDiv: ("//", "*"),
    ast.Div: ("/", "*"),
    ast.Mod: ("%", "*"),
    ast.Pow: ("**", "*"),
    ast.LShift: ("<<", ">>"),
    ast.RShift: (">>", "<<"),
    ast.BitAnd: ("&", "|"),
    ast.BitOr: ("|", "&"),
    ast.BitXor: ("^", "&"),
}
_SWAPPED = {"min": "max", "max": "min"}
_UNARY: dict[type[ast.unaryop], str] = {ast.Not: "not ", ast.USub: "-", ast.Invert: "~"}


@dataclass(frozen=True)
class Mutant:
    """One change. `line` and `becomes` are what a diff would show, without their indent."""

    module: str
    inside: str  # Class.method, or "" at the top of the module
    line_no: int
    line: str
    becomes: str
    source: str  # the whole mutated module
    statement: int = AT_IMPORT  # first line of the innermost one, in a function's body (reach.py)

    @property
    def key(self) -> tuple[str, str, str, str]:
        return self.module, self.inside, self.line, self.becomes


def mutants(module: str, source: str) -> list[Mutant]:
    """Every mutant of `source`, in the order of its lines."""
    found = [m for m in _Walk(module, source).walk() if _compiles(m.source)]
    return sorted(found, key=lambda mutant: mutant.line_no)


def _compiles(source: str) -> bool:
    try:
        compile(source, "mutant", "exec")
    except (SyntaxError, ValueError):
        return False
    return True


class _Walk:
    def __init__(self, module: str, source: str) -> None:
        self._module, self._source = module, source
        self._data = source.encode()  # ast counts columns in bytes
        self._starts = [0]
        for line in self._data.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))

    def walk(self) -> Iterator[Mutant]:
        yield from self._visit(ast.parse(self._source), "", AT_IMPORT)

    def _visit(self, node: ast.AST, inside: str, statement: int) -> Iterator[Mutant]:
        if isinstance(node, ast.Assert) or _is_names(node):
            return
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            inside = f"{inside}.{node.name}".lstrip(".")
        for start, end, text in self._changes(node):
            yield self._cut(inside, statement, start, end, text)
        runs_later = statement != AT_IMPORT or isinstance(node, ast.FunctionDef)
        for child in _children(node):
            begins = runs_later and isinstance(child, ast.stmt)
            yield from self._visit(child, inside, child.lineno if begins else statement)

    def _cut(self, inside: str, statement: int, start: int, end: int, text: str) -> Mutant:
        changed = self._data[:start] + text.encode() + self._data[end:]
        line_no = self._data.count(b"\n", 0, start) + 1
        spanned = self._data.count(b"\n", start, end) + 1
        new_spanned = text.count("\n") + 1
        return Mutant(
            self._module,
            inside,
            line_no,
            _lines(self._data, line_no, spanned),
            _lines(changed, line_no, new_spanned),
            changed.decode(),
            statement,
        )

    def _at(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        assert node.end_lineno is not None and node.end_col_offset is not None
        start = self._starts[node.lineno - 1] + node.col_offset
        return start, self._starts[node.end_lineno - 1] + node.end_col_offset

    def _text(self, node: ast.expr | ast.stmt) -> str:
        start, end = self._at(node)
        return self._data[start:end].decode()

    def _changes(self, node: ast.AST) -> Iterator[tuple[int, int, str]]:
        """(start, end, text to put there) of every change at `node` itself."""
        if isinstance(node, ast.Constant):
            yield from self._constant(node)
        elif isinstance(node, ast.BinOp):
            if not _joins_text(node):
                yield from self._operator(node.left, node.right, *_BINARY[type(node.op)])
        elif isinstance(node, ast.Compare):
            terms = [node.left, *node.comparators]
            for left, right, op in zip(terms, terms[1:], node.ops, strict=False):
                yield from self._operator(left, right, *_COMPARE[type(op)])
        elif isinstance(node, ast.BoolOp):
            both = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
            for left, right in zip(node.values, node.values[1:], strict=False):
                yield from self._operator(left, right, *both)
        elif isinstance(node, ast.UnaryOp) and type(node.op) in _UNARY:
            start, end = self._at(node)
            sign = _UNARY[type(node.op)]
            assert self._text(node).startswith(sign)
            yield start, end, self._text(node)[len(sign) :]
        elif isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name) and node.func.id in _SWAPPED:
                yield *self._at(node.func), _SWAPPED[node.func.id]
        elif isinstance(node, ast.stmt):
            yield from self._statement(node)
        if isinstance(node, ast.If | ast.While | ast.IfExp):
            yield *self._at(node.test), f"not ({self._text(node.test)})"
        elif isinstance(node, ast.comprehension):
            for test in node.ifs:
                yield *self._at(test), f"not ({self._text(test)})"

    def _constant(self, node: ast.Constant) -> Iterator[tuple[int, int, str]]:
        at, value = self._at(node), node.value
        if isinstance(value, bool):
            yield *at, str(not value)
        elif isinstance(value, int):
            yield *at, str(value + 1)
            yield *at, str(value - 1)
        elif isinstance(value, str | bytes) and not re.search(r"\s", self._text(node)):
            text = self._text(node)
            yield *at, text[:-1] + "~" + text[-1]

    def _operator(
        self, left: ast.expr, right: ast.expr, old: str, new: str
    ) -> Iterator[tuple[int, int, str]]:
        """The operator stands alone between its operands, but for brackets and line ends."""
        start, end = self._at(left)[1], self._at(right)[0]
        between = self._data[start:end].decode()
        yield start, end, between.replace(old, new, 1)

    def _statement(self, node: ast.stmt) -> Iterator[tuple[int, int, str]]:
        at = self._at(node)
        if isinstance(node, ast.AugAssign):
            old, new = _BINARY[type(node.op)]
            yield from self._operator(node.target, node.value, old + "=", new + "=")
            yield *at, "pass"
        elif isinstance(node, ast.Expr):
            if isinstance(node.value, ast.Call):
                yield *at, "pass"
        elif isinstance(node, ast.Assign):
            if not isinstance(node.targets[0], ast.Name):
                yield *at, "pass"
        elif isinstance(node, ast.Return):
            if node.value is not None and ast.unparse(node.value) != "None":
                yield *at, "return None"
            elif node.value is None:
                yield *at, "pass"
        elif isinstance(node, ast.Continue):
            yield *at, "break"
        elif isinstance(node, ast.Break):
            yield *at, "continue"


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """What is run: neither annotations nor docstrings."""
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "type_params"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST):
                continue
            if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
                continue
            yield child


def _joins_text(node: ast.BinOp) -> bool:
    """Text put together: any other operator can only fail there."""
    if isinstance(node.op, ast.Add):
        return _is_text(node.left) or _is_text(node.right)
    return isinstance(node.op, ast.Mod) and _is_text(node.left)


def _is_text(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str | bytes)
    if isinstance(node, ast.Call):
        return ast.unparse(node.func) == "str"
    if isinstance(node, ast.Subscript):
        return _is_text(node.value)
    if isinstance(node, ast.BinOp):
        return _joins_text(node)
    return isinstance(node, ast.JoinedStr)


def _is_names(node: ast.AST) -> bool:
    """`__all__`, which nothing here imports by."""
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"


def _lines(data: bytes, first: int, count: int) -> str:
    lines = data.decode().splitlines()[first - 1 : first - 1 + count]
    return " ".join(re.sub(r"  # .*", "", line).strip() for line in lines)
