"""The systemd unit of an engine that runs unattended, and what it needs on the machine. Writes nothing.

Everything that the service's command, the Debian package and the pages say of it comes from here.
"""

from __future__ import annotations

from pathlib import Path

USER = "flowengine"
UNIT = Path("/etc/systemd/system/flowengine.service")
FLOWS = Path("/etc/flowengine/flows")
SECRETS = Path("/etc/flowengine/secrets")
SETTINGS = Path("/etc/default/flowengine")
DATA = Path("/var/lib/flowengine")
DIALOUT = "dialout"
"""The group that serial ports belong to on Debian."""

DEFAULTS = """\
# What the service gives `flowengine run` beside flows and data; `flowengine run --help` says what there is.
FLOWENGINE_OPTIONS="--watch"
# Variables that flows use as ${NAME} stand here too, such as
# MQTT_URL=mqtt://127.0.0.1:1883
"""

_UNIT = """\
# Made by `flowengine service unit`. Change it by `systemctl edit flowengine`, options in {settings}.
[Unit]
Description=flowengine
Documentation=man:flowengine(1)
After=network-online.target time-sync.target
Wants=network-online.target
# However often it ends, it is started again: a plant has nobody who types `systemctl reset-failed`.
StartLimitIntervalSec=0

[Service]
Type=notify
NotifyAccess=main
ExecStart={command} run {flows} --data {data} $FLOWENGINE_OPTIONS
ExecReload=/bin/kill -HUP $MAINPID
EnvironmentFile=-{settings}
Restart=always
RestartSec=2
# 3: messages were left undelivered, which come again; 130: a second signal asked for a stop without drain.
SuccessExitStatus=3 130
# It is ready when its flows run. A stalled loop gives no sign of life.
TimeoutStartSec=5min
WatchdogSec=60
# SIGTERM drains for ten seconds at most; what is not delivered then was not acknowledged either.
TimeoutStopSec=20
LimitNOFILE=65536

User={user}
Group={user}
SupplementaryGroups={dialout}
StateDirectory={state}
StateDirectoryMode=0700
# Deploying in the editor writes flows.
ReadWritePaths={flows}
# Each file there is a secret: `mqtt_password` is ${{secret:mqtt_password}} in a flow. Only root needs to read it.
LoadCredential=secret:{secrets}

NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
ProtectProc=invisible
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
RemoveIPC=yes
DevicePolicy=closed
DeviceAllow=char-ttyS rw
DeviceAllow=char-ttyUSB rw
DeviceAllow=char-ttyACM rw
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
# Log-ins give way to flows by it. What else is not allowed is an error; without the number it would end the process.
SystemCallFilter=setpriority
SystemCallErrorNumber=EPERM
CapabilityBoundingSet=
UMask=0077

[Install]
WantedBy=multi-user.target
"""


def unit(command: str) -> str:
    """The unit's text; `command` is the whole path of `flowengine`."""
    return _UNIT.format(
        command=command, flows=FLOWS, data=DATA, settings=SETTINGS, secrets=SECRETS, user=USER, dialout=DIALOUT,
        state=DATA.name,
    )  # fmt: skip
