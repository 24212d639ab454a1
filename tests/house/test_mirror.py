"""Each module of the runtime and of the editor has a test of its own name, or the reason names what tries it."""

from __future__ import annotations

from tests.house.sources import ROOT

ROOMS = ("flowengine/runtime", "web_editor")
FLOWS = "flowengine/runtime/test_flow.py"
REDEPLOY = "flowengine/runtime/test_redeploy.py"
FLOWS_API = "web_editor/api/test_flows.py"
SOCKET = "web_editor/live/test_socket.py"
WATCHING = "web_editor/monitor/test_watching.py"
ACCESS = "web_editor/auth/test_access.py"
OTHERS = "web_editor/http/test_others.py"
SERVING = "web_editor/http/test_serving.py"

TRIED_BY = {
    # What a flow is made of shows in running flows only.
    "flowengine/runtime/build.py": FLOWS,
    "flowengine/runtime/context.py": FLOWS,
    "flowengine/runtime/elsewhere.py": OTHERS,
    "flowengine/runtime/handover.py": REDEPLOY,
    "flowengine/runtime/inbox.py": FLOWS,
    "flowengine/runtime/looking.py": "web_editor/api/test_looking.py",
    "flowengine/runtime/logs.py": "web_editor/monitor/test_log_filter.py",
    "flowengine/runtime/metrics.py": FLOWS,
    "flowengine/runtime/outbox.py": "flowengine/cluster/test_worker.py",
    "flowengine/runtime/pieces.py": "flowengine/runtime/test_turns.py",
    "flowengine/runtime/route.py": FLOWS,
    "flowengine/runtime/state.py": REDEPLOY,
    "flowengine/runtime/station.py": FLOWS,
    "flowengine/runtime/status_board.py": SOCKET,
    "flowengine/runtime/stores.py": REDEPLOY,
    "flowengine/runtime/taps.py": SOCKET,
    "flowengine/runtime/timers.py": FLOWS,
    # What a route answers is tried as a request, with its roles.
    "web_editor/services.py": SERVING,
    "web_editor/editing.py": SERVING,
    "web_editor/auth/session_cookie.py": ACCESS,
    "web_editor/auth/sessions.py": ACCESS,
    "web_editor/auth/throttle.py": ACCESS,
    "web_editor/api/users.py": ACCESS,
    "web_editor/api/session.py": ACCESS,
    "web_editor/api/alarms.py": WATCHING,
    "web_editor/api/audit.py": WATCHING,
    "web_editor/api/cluster.py": OTHERS,
    "web_editor/monitor/shared_alarms.py": OTHERS,
    "web_editor/api/inject.py": WATCHING,
    "web_editor/api/log.py": WATCHING,
    "web_editor/api/pages.py": "web_editor/api/test_writes.py",
    "web_editor/api/spools.py": "web_editor/api/test_engine.py",
    "web_editor/api/trends.py": WATCHING,
    "web_editor/api/values.py": WATCHING,
    "web_editor/api/node_types.py": "web_editor/palette/test_palette.py",
    "web_editor/api/expressions.py": FLOWS_API,
    "web_editor/palette/node_types.py": "web_editor/palette/test_palette.py",
    "web_editor/palette/by_language.py": "web_editor/palette/test_cached_description.py",
    "web_editor/http/mounting.py": "web_editor/http/test_back_end.py",
    "web_editor/palette/translations.py": "house/test_translations.py",
    "web_editor/workspace/deploy.py": FLOWS_API,
    "web_editor/workspace/diagnostics.py": FLOWS_API,
    "web_editor/workspace/flow_sources.py": FLOWS_API,
    "web_editor/workspace/page_schemas.py": WATCHING,
    "web_editor/workspace/plans.py": FLOWS_API,
    "web_editor/workspace/poller.py": SOCKET,
    "web_editor/workspace/running.py": FLOWS_API,
    "web_editor/workspace/schemas.py": FLOWS_API,
    "web_editor/workspace/starters.py": "web_editor/api/test_cookbook.py",
    "web_editor/workspace/subflows.py": "web_editor/api/test_subflows.py",
    "web_editor/workspace/workspace.py": FLOWS_API,
    # What is watched is tried by what a browser would get.
    "web_editor/live/ticker.py": SOCKET,
    "web_editor/live/topics/alarms.py": WATCHING,
    "web_editor/live/topics/engine.py": SOCKET,
    "web_editor/live/topics/flows.py": SOCKET,
    "web_editor/live/topics/log.py": SOCKET,
    "web_editor/live/topics/messages.py": SOCKET,
    "web_editor/live/topics/people.py": SOCKET,
    "web_editor/live/topics/problems.py": SOCKET,
    "web_editor/live/topics/status.py": SOCKET,
    "web_editor/live/topics/topic.py": SOCKET,
    "web_editor/live/topics/values.py": WATCHING,
    "web_editor/monitor/alarm_service.py": WATCHING,
    "web_editor/monitor/alarm_schemas.py": WATCHING,
    "web_editor/monitor/tapping.py": SOCKET,
    # What is asked of other workers is tried by two of them.
    "web_editor/asking.py": "web_editor/http/test_others.py",
    "web_editor/api/letters_elsewhere.py": "web_editor/http/test_others_orders.py",
    "web_editor/api/taps.py": "web_editor/http/test_others_orders.py",
    "web_editor/monitor/taps_elsewhere.py": "web_editor/http/test_others_orders.py",
    "web_editor/monitor/dead_letters.py": "web_editor/api/test_dead_letters.py",
    "web_editor/monitor/connection_report.py": "web_editor/api/test_connections.py",
    "web_editor/monitor/engine_report.py": "web_editor/api/test_engine.py",
    "web_editor/monitor/gauges.py": SOCKET,
    "web_editor/monitor/runtime_problems.py": SOCKET,
    # Constants and one-liners of others.
    "web_editor/http/files.py": SERVING,
    "web_editor/http/headers.py": SERVING,
    "web_editor/http/route_table.py": SERVING,
    "web_editor/http/editor_routes.py": SERVING,
    "web_editor/options.py": SERVING,
}


def modules() -> set[str]:
    found = {path for room in ROOMS for path in (ROOT / room).rglob("*.py") if "ui" not in path.parts}
    return {str(path.relative_to(ROOT)) for path in found if path.name != "__init__.py"}


def without_own_test() -> set[str]:
    return {module for module in modules() if not (ROOT / "tests" / _own_test(module)).exists()}


def _own_test(module: str) -> str:
    room, _, name = module.rpartition("/")
    return f"{room}/test_{name}"


def test_each_module_has_its_test_or_says_what_tries_it() -> None:
    assert not without_own_test() - TRIED_BY.keys()


def test_no_reason_outlives_what_it_is_for() -> None:
    assert not TRIED_BY.keys() - without_own_test()


def test_what_is_said_to_try_a_module_is_there() -> None:
    assert [test for test in TRIED_BY.values() if not (ROOT / "tests" / test).exists()] == []
