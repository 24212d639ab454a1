"""A YAML file as data with places: YAML 1.2 core, bounded, every fault with line and column. Knows nothing of flows."""

from flowengine.flow.document.document import Document, Path, Position
from flowengine.flow.document.scalars import scalar
from flowengine.flow.document.tree import Alias, Mapping, Node, Scalar, Sequence

__all__ = ["Alias", "Document", "Mapping", "Node", "Path", "Position", "Scalar", "Sequence", "scalar"]
