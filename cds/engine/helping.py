"""The tests of which one at least has to change before a condition can get another truth."""

from collections.abc import Iterator, Sequence

from cds.engine.tree import EvaluatedLeaf, EvaluatedNode
from cds.model.condition import Truth

_OTHER = {Truth.TRUE: Truth.FALSE, Truth.FALSE: Truth.TRUE}


def helping_tests(node: EvaluatedNode, wanted: Truth | None) -> Iterator[EvaluatedLeaf]:
    """The tests to change, in written order; `wanted` None is either known truth.

    While all of them keep their truth, the whole does not get the wanted one. Where every part
    has to change, those that say the opposite stand for the unknown ones beside them.
    """
    if wanted is None:
        yield from helping_tests(node, Truth.TRUE)
        yield from helping_tests(node, Truth.FALSE)
    elif node.truth is wanted:
        return
    elif isinstance(node, EvaluatedLeaf):
        yield node
    else:
        contrary = [child for child in node.children if child.truth is not wanted]
        every = node.kind == ("all" if wanted is Truth.TRUE else "any")
        for child in _opposite(contrary, wanted) if every else contrary:
            yield from helping_tests(child, wanted)


def _opposite(contrary: Sequence[EvaluatedNode], wanted: Truth) -> Sequence[EvaluatedNode]:
    opposite = [child for child in contrary if child.truth is _OTHER[wanted]]
    return opposite or contrary
