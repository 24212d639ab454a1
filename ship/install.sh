#!/bin/sh
# Install flowengine from this folder, without a network: ./install.sh FOLDER
# Needs python3 alone, neither pip nor python3-venv; the folder must not exist, or hold an earlier installation.
set -eu
[ $# = 1 ] || { echo "usage: $0 FOLDER" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-python3}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$0: needs Python 3.11 or later" >&2; exit 1; }
(cd "$here" && sha256sum --check --quiet SHA256SUMS)
"$python" -m venv --without-pip --clear "$1"
for pip in "$here"/wheels/pip-*.whl; do :; done
# All of them and nothing else: they are what the lock file says, and their checksums were just compared.
PYTHONPATH=$pip "$1/bin/python" -m pip install --quiet --no-index --no-deps --no-compile --no-warn-script-location "$here"/wheels/*.whl
echo "installed: $1/bin/flowengine --help"
