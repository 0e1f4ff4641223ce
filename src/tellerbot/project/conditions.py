"""The conditions of flows: `amount > available and not day`, read once and never evaluated as code."""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal

from tellerbot.errors import TellerbotError

# The longest condition, in characters.
LONGEST = 400
Plain = Decimal | str | date | time | bool | None

_COMPARISONS: Mapping[type[ast.cmpop], Callable[[object, object], bool]] = {
    ast.Eq: lambda left, right: left == right,
    ast.NotEq: lambda left, right: left != right,
    ast.Lt: lambda left, right: left < right,  # type: ignore[operator]
    ast.LtE: lambda left, right: left <= right,  # type: ignore[operator]
    ast.Gt: lambda left, right: left > right,  # type: ignore[operator]
    ast.GtE: lambda left, right: left >= right,  # type: ignore[operator]
}
_ORDERS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)


class ConditionError(TellerbotError):
    """A condition compares what has no order, such as an amount and a day."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A checked condition. `names` are the slots and facts that it reads."""

    text: str
    names: frozenset[str]
    _tree: ast.expr

    @classmethod
    def read(cls, text: str) -> "Condition":
        """Read names, numbers, quoted words, comparisons, and, or, not and brackets. Raises ValueError for all else."""
        if len(text) > LONGEST:
            # Brackets in brackets without an end would exhaust who reads and who evaluates them.
            raise ValueError(f"expected a condition of at most {LONGEST} characters, found {len(text)}")
        try:
            tree = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise ValueError(f"expected a condition such as amount > available, found {text!r}") from error
        nodes = list(ast.walk(tree))
        for node in nodes:
            _require_known(node, text)
        return cls(text, frozenset(node.id for node in nodes if isinstance(node, ast.Name)), tree)

    def holds(self, values: Mapping[str, Plain]) -> bool:
        """Whether it holds for the values of its names; what has no value is neither true nor in any order.

        Raises ConditionError where a comparison makes no sense.
        """
        return bool(self._value(self._tree, values))

    def _value(self, node: ast.expr, values: Mapping[str, Plain]) -> Plain:
        match node:
            case ast.Name():
                return values.get(node.id)
            case ast.Constant():
                return node.value if isinstance(node.value, str) else Decimal(str(node.value))
            case ast.UnaryOp(op=ast.Not()):
                return not self._value(node.operand, values)
            case ast.BoolOp(op=ast.And()):
                return all(self._value(one, values) for one in node.values)
            case ast.BoolOp():
                return any(self._value(one, values) for one in node.values)
            case ast.Compare():
                return self._compare(node, values)
            case _:
                raise ConditionError(f"{self.text}: expected what `read` lets through.")

    def _compare(self, node: ast.Compare, values: Mapping[str, Plain]) -> bool:
        left = self._value(node.left, values)
        for operator, other in zip(node.ops, node.comparators, strict=True):
            right = self._value(other, values)
            if isinstance(operator, _ORDERS) and (left is None or right is None):
                return False
            try:
                if not _COMPARISONS[type(operator)](left, right):
                    return False
            except TypeError as error:
                kinds = f"{type(left).__name__} and {type(right).__name__}"
                raise ConditionError(f"{self.text}: expected values of one kind, found {kinds}.") from error
            left = right
        return True


def _require_known(node: ast.AST, text: str) -> None:
    known = (ast.Name, ast.Load, ast.BoolOp, ast.And, ast.Or, ast.Not, ast.Compare, *_COMPARISONS)
    is_number = isinstance(node, ast.Constant) and isinstance(node.value, int) and not isinstance(node.value, bool)
    is_word = isinstance(node, ast.Constant) and isinstance(node.value, str)
    is_not = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)
    if not (isinstance(node, known) or is_number or is_word or is_not):
        raise ValueError(
            f"expected names, whole numbers, quoted words, comparisons, and, or, not; found {ast.unparse(node)!r} "
            f"in {text!r}"
            if isinstance(node, ast.expr)
            else f"expected a comparison such as < or ==, found another in {text!r}"
        )
