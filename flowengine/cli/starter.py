"""The texts that `flowengine new` writes; @NAME@ stands for the project's name, @DISTRIBUTION@ for
that of ours on PyPI. No code."""

FLOW = """\
# A first flow. The values are made up; they go to a WebSocket, and an alarm to the log.
#   flowengine check flows/      every problem at once, with its place
#   flowengine test flows/       the tests below, in virtual time
#   flowengine run --watch flows/
#   flowengine nodes             what else there is
flow: @NAME@
title: My first flow

# ${NAME} is filled from here, from the environment or from a file: flowengine run --env-file .env flows/
vars:
  hot_c: ${HOT_C:-30}
  reading: "21.5"                              # a text: devices do that

nodes:
  # A source brings messages in. Replace it by mqtt_in, serial_in, http_in ...
  clock:
    type: inject
    every: 2s
    payload: {device: oven, value: "${reading}"}
    to: clean
  clean:
    type: normalise                            # "21.5" becomes the number 21.5
    to: [live, hot]                            # a wire to each
  # http://127.0.0.1:8880 serves it: ws://127.0.0.1:8880/live
  live:
    type: websocket_out
    path: /live
  # An alarm rises once, after 10 s, and clears with hysteresis.
  hot:
    type: alert
    by: "{payload.device}"
    when: payload.value > ${hot_c}
    for: 10s
    clear: payload.value < ${hot_c} - 2
    to: tell
  tell:
    type: log
    level: warning
    text: "{payload.device} is {payload.state} at {payload.value}"

tests:
  - name: text becomes a number on its way
    run: 5s
    expect:
      live: {count: 3, first: {at: 0s, payload: {value: 21.5}}}
  - name: it says so once when it was too hot for ten seconds
    set: {reading: 99}
    run: 60s
    expect:
      tell: [{at: 10s, payload: {state: active, device: oven}}]
"""

README = """\
# @NAME@

```
pip install @DISTRIBUTION@
flowengine check flows/
flowengine test flows/
flowengine run --watch flows/      # http://127.0.0.1:8880
```

Copy `.env.example` to `.env` and use it with `flowengine run --env-file .env flows/`. Secrets do not belong there:
write `${secret:NAME}` in the flow and keep each in a file of mode 600, `flowengine run --secrets secrets/ flows/`.

Completion in an editor: VS Code with the YAML extension reads `.vscode/settings.json`. After an upgrade write the
schema anew: `flowengine schema > .vscode/flow.schema.json`.
"""

ENV = """\
# Copy to .env, which git ignores.
HOT_C=30
"""

IGNORE = """\
.env
secrets/
.flowengine/
"""

CI = """\
# GitHub Actions; other systems run the same three lines.
name: flows
on: [push, pull_request]
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with: {python-version: "3.12"}
      - run: pip install @DISTRIBUTION@
      - run: flowengine check --env-file .env.example flows/
      - run: flowengine test --env-file .env.example --junit results.xml flows/
"""

FILES = {
    "flows/@NAME@.yaml": FLOW,
    "README.md": README,
    ".env.example": ENV,
    ".gitignore": IGNORE,
    ".github/workflows/flows.yml": CI,
}
