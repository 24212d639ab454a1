"""What the Helm chart in `ship/kubernetes/chart` comes to; with its defaults that is the plain manifest beside it.

`python -m ship.manifests` writes that anew. Talks to no cluster.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import helm_python

FOLDER = Path(__file__).parent / "kubernetes"
CHART, PLAIN = FOLDER / "chart", FOLDER / "flowengine.yaml"
HEAD = "# The chart beside this file with its defaults, for `kubectl apply -f`; python -m ship.manifests writes it.\n"


def rendered(values: dict[str, Any] | None = None, name: str = "flowengine") -> str:
    """The manifests as one text, as Helm makes them. Raises `helm_python.HelmError` for values it refuses."""
    with helm_python.Chart.load(str(CHART)) as chart:
        found = chart.render(values or {}, name=name, namespace="default")
    texts = [text.strip() for path, text in sorted(found.items()) if path.endswith(".yaml")]
    return HEAD + "".join(f"---\n{text}\n" for text in texts)


if __name__ == "__main__":
    PLAIN.write_text(rendered())
