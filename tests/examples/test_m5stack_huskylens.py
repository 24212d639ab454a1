"""M5Stack HuskyLens on mosquitto with TLS and PostgreSQL, with real dumps. Rows M9 to M11."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.examples.conftest import EXAMPLES, ExampleProcess
from tests.examples.databases import ExampleDatabase
from tests.faults.engine_process import EngineProcess
from tests.servers.mosquitto import Mosquitto
from tests.servers.postgres import Postgres

pytestmark = [pytest.mark.integration, pytest.mark.timeout(150)]

HERE = EXAMPLES / "m5stack_huskylens"
FLOW = (HERE / "m5stack_huskylens.yaml").read_text()
TOKENS = {"FLOWENGINE_SECRET_STUDENT_TOKEN": "of a student", "FLOWENGINE_SECRET_TEACHER_TOKEN": "of a teacher"}


@pytest.fixture
async def classroom(postgres: Postgres) -> ExampleDatabase:
    """An empty database."""
    made = ExampleDatabase(postgres.url)
    await made.make()
    return made


@pytest.fixture
async def engine(tmp_path: Path, mosquitto: Mosquitto, classroom: ExampleDatabase) -> AsyncIterator[EngineProcess]:
    """The example, running, with its programs allowed."""
    files = mosquitto.certificates
    for name in ("config", "logs", "backups", "users"):
        (tmp_path / name).mkdir()
    environment = {
        **TOKENS, "MQTT_URL": f"mqtts://127.0.0.1:{mosquitto.tls_port}", "MQTT_CA": str(files.ca),
        "MQTT_CERT": str(files.client_cert), "MQTT_KEY": str(files.client_key), "DATABASE_URL": classroom.url,
        "CONFIG_DIR": str(tmp_path / "config"), "LOG_DIR": str(tmp_path / "logs"),
        "BACKUP_DIR": str(tmp_path / "backups"), "USER_DIR": str(tmp_path / "users"),
    }  # fmt: skip
    programs = [f"--allow-exec=dump={HERE / 'dump.sh'}", f"--allow-exec=restore_test={HERE / 'restore_test.sh'}"]
    async with ExampleProcess(tmp_path, FLOW, environment=environment, options=programs) as process:
        yield process


def submission(n: int, **more: Any) -> dict[str, Any]:
    """The n-th program of a class."""
    return {"id": f"p{n}", "user_id": n % 20 + 1, "mission_id": 1, "code": "say 1", **more}


async def test_a_dump_is_restored_and_compared(
    engine: EngineProcess, classroom: ExampleDatabase, tmp_path: Path
) -> None:
    """M9, M10, M11: the dump is made, restored into another database and found the same; a damaged one is told."""
    teacher = {"Authorization": "Bearer of a teacher"}
    async with aiohttp.ClientSession(engine.url, headers=teacher) as http:
        for n in range(5):
            async with http.post("/api/teacher/submit", json=submission(n)) as answer:
                assert answer.status == 202
        await classroom.until("SELECT id FROM submissions", lambda rows: len(rows) == 5)
        async with http.post("/api/backup") as answer:
            assert answer.status == 204
        [dump] = (tmp_path / "backups").glob("database-*.sql")
        async with http.post("/api/restore-test") as answer:
            report = await answer.json()
        assert report["ok"] and report["restore_time_ms"] > 0 and "the same" in report["report"]
        dump.write_text(dump.read_text()[:-200] + "\nnonsense;\n")
        async with http.post("/api/restore-test") as answer:
            assert (await answer.json())["ok"] is False
    reports = await classroom.until("SELECT ok FROM restore_reports ORDER BY time", lambda rows: len(rows) == 2)
    assert reports == [(True,), (False,)]
