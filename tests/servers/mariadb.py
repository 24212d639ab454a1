"""A real MariaDB with one database and a password. No schema of any test lives here."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.ports import next_free_port
from tests.servers.process import ServerProcess, give_to_server, lent, program, run_to_end, server_folder, serving


class MariaDB(ServerProcess):
    """The database server; `url` is a user's with all rights on the database `plant`."""

    user, password, database = "flow", "s3cret-of-flow", "plant"

    def __init__(self, folder: Path) -> None:
        port, data = next_free_port(), folder / "data"
        run_to_end(
            [program("mariadb-install-db", "mariadb-server"), "--no-defaults", f"--datadir={data}", "--skip-test-db",
             "--auth-root-authentication-method=normal"],
            folder,
        )  # fmt: skip
        start_sql = folder / "start.sql"
        start_sql.write_text(
            f"CREATE DATABASE IF NOT EXISTS {self.database} CHARACTER SET utf8mb4;\n"
            f"CREATE USER IF NOT EXISTS '{self.user}'@'%' IDENTIFIED BY '{self.password}';\n"
            f"GRANT ALL ON *.* TO '{self.user}'@'%';\n"
        )
        give_to_server(start_sql)
        command = [
            program("mariadbd", "mariadb-server"), "--no-defaults", f"--datadir={data}", f"--port={port}",
            "--bind-address=127.0.0.1", f"--socket={folder / 'socket'}", f"--pid-file={folder / 'pid'}",
            f"--init-file={start_sql}", f"--tmpdir={folder}", "--default-time-zone=+00:00",
            "--innodb-buffer-pool-size=32M",
            # No sync for each commit survives kill -9 (the page cache does), only not a power cut.
            "--innodb-flush-log-at-trx-commit=2",
        ]  # fmt: skip
        super().__init__(command, folder, port)

    @property
    def url(self) -> str:
        """`mysql://` URL with password."""
        return f"mysql://{self.user}:{self.password}@{self.host}:{self.port}/{self.database}"


@pytest.fixture(scope="session")
def mariadb_session() -> Iterator[MariaDB]:
    """The server that all tests of one worker share."""
    with server_folder("mariadb") as folder, serving(MariaDB(folder)) as server:
        yield server


@pytest.fixture
def mariadb(mariadb_session: MariaDB) -> Iterator[MariaDB]:
    """A running MariaDB; break it as you like: the next test finds it running. Use tables of your own names."""
    yield from lent(mariadb_session)
