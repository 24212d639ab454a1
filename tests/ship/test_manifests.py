"""The Helm chart and the plain manifest: linted and rendered by Helm's own library, checked by Kubernetes's schemas."""

from __future__ import annotations

import argparse
from typing import Any

import helm_python
import kubernetes_validate
import pytest
import yaml

from flowengine.cli import worker
from ship.manifests import CHART, FOLDER, PLAIN, rendered

KUBERNETES = ["1.30", "1.37"]
"""The oldest that the chart allows, and one of today."""

EVERYTHING = {
    "workers": 3, "places": ["hall2", "serial"], "environment": "plant", "secrets": "plant-secrets",
    "nats": {"url": "nats://n1:4222", "credentialsSecret": "creds", "replicas": 5}, "image": {"tag": "9.9"},
    "storage": {"className": "fast", "size": "5Gi"},
}  # fmt: skip


def manifests(values: dict[str, Any] | None = None) -> dict[str, dict[str, Any]]:
    """By kind and name."""
    return {f"{each['kind']} {each['metadata']['name']}": each for each in yaml.safe_load_all(rendered(values))}


def pod_of(found: dict[str, dict[str, Any]]) -> dict[str, Any]:
    pod: dict[str, Any] = found["StatefulSet flowengine"]["spec"]["template"]["spec"]
    return pod


def options_of(pod: dict[str, Any]) -> argparse.Namespace:
    """The container's arguments as the command reads them, with the pod's name where Kubernetes fills it in."""
    command, *words = pod["containers"][0]["args"]
    assert command == "worker"
    parser = argparse.ArgumentParser()
    worker.add_arguments(parser)
    return parser.parse_args([word.replace("$(POD_NAME)", "flowengine-0") for word in words])


def test_helm_finds_nothing_wrong_with_the_chart() -> None:
    for values in ({}, EVERYTHING):
        found = helm_python.lint(str(CHART), values, strict=True)
        assert not found["errors"] and [each["error"] for each in found["messages"]] == ["icon is recommended"]


@pytest.mark.parametrize("version", KUBERNETES)
@pytest.mark.parametrize("values", [{}, EVERYTHING], ids=["defaults", "everything"])
def test_what_it_renders_is_what_kubernetes_knows(version: str, values: dict[str, Any]) -> None:
    found = manifests(values)
    assert set(found) == {
        "PodDisruptionBudget flowengine", "Service flowengine", "Service flowengine-workers", "StatefulSet flowengine",
    }  # fmt: skip
    for manifest in found.values():
        kubernetes_validate.validate(manifest, version, strict=True)


def test_a_word_that_kubernetes_does_not_know_is_found() -> None:
    manifest = manifests()["StatefulSet flowengine"]
    manifest["spec"]["replica"] = 2
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(manifest, KUBERNETES[0], strict=True)


def test_the_plain_manifest_is_the_chart_with_its_defaults() -> None:
    assert PLAIN.read_text() == rendered(), "run python -m ship.manifests"


def test_the_worker_understands_its_arguments() -> None:
    plain, full = options_of(pod_of(manifests())), options_of(pod_of(manifests(EVERYTHING)))
    assert (plain.nats, plain.replicas, plain.listen, plain.place) == ("nats://nats:4222", 3, "0.0.0.0:8880", [])
    assert plain.name == "flowengine-0" and plain.no_editor
    assert (full.replicas, full.place, str(full.creds)) == (5, ["hall2", "serial"], "/credentials/worker.creds")


def test_a_worker_has_time_to_give_everything_back_and_writes_only_where_it_may() -> None:
    pod = pod_of(manifests(EVERYTHING))
    [container] = pod["containers"]
    pause_s = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert pod["terminationGracePeriodSeconds"] - pause_s >= 30
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz?local"
    assert container["securityContext"]["readOnlyRootFilesystem"] and pod["securityContext"]["runAsNonRoot"]
    writable = {mount["mountPath"] for mount in container["volumeMounts"] if not mount.get("readOnly")}
    assert writable == {"/data", "/tmp"}


@pytest.mark.parametrize(
    "values", [{"workers": 0}, {"worker": 2}, {"nats": {"url": "a:4222"}}, {"storage": {"size": "5GB"}}]
)
def test_wrong_values_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(helm_python.HelmError):
        rendered(values)


def test_the_servers_sync_before_they_acknowledge() -> None:
    values = yaml.safe_load((FOLDER / "nats-values.yaml").read_text())
    assert values["config"]["jetstream"]["merge"] == {"sync_interval": "always"}
    assert values["config"]["cluster"] == {"enabled": True, "replicas": 3}
