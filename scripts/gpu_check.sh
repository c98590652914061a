#!/usr/bin/env bash
# Checks taskgraft on a machine with a GPU, with the torch that it has and without a network. Within eight minutes.
#
#   scripts/gpu_check.sh wheels FOLDER        here, with a network: the wheels that the other machine needs
#   scripts/gpu_check.sh run FOLDER [OPTION]  there: sets up beside its torch and checks; a line of JSON a part
#
# Options are those of `python -m benchmarks.gpu_check`. The machine has Python 3.11 to 3.13 and torch.
set -euo pipefail
cd "$(dirname "$0")/.."
usage="Expected 'wheels FOLDER' or 'run FOLDER', but got '${*:-nothing}'. Lines 4 and 5 of $0 say which is which."
[ $# -ge 2 ] || { echo "$usage" >&2; exit 2; }
verb=$1 folder=$2
shift 2
PYTHON=${PYTHON:-python3}

case $verb in
wheels)
  mkdir -p "$folder"
  # torch and numpy are there already, in whatever version; timm would bring torchvision.
  "$PYTHON" -m pip wheel --quiet --no-deps --wheel-dir "$folder" --constraint constraints.txt \
    scipy pydantic pydantic-core annotated-types typing-inspection typing-extensions typer click shellingham rich \
    markdown-it-py mdurl pygments pooch platformdirs packaging requests charset-normalizer idna urllib3 certifi \
    safetensors jinja2 markupsafe pillow timm huggingface-hub pyyaml filelock
  du -sh "$folder"
  ;;
run)
  # Beside its torch and the numpy that this was built with.
  target=$(mktemp -d)
  trap 'rm -rf "$target"' EXIT
  "$PYTHON" -m pip install --quiet --no-index --no-deps --target "$target" "$folder"/*.whl
  OMP_NUM_THREADS=${OMP_NUM_THREADS:-4} PYTHONPATH="src:.:${PYTHONPATH:-}:$target" "$PYTHON" -m benchmarks.gpu_check "$@"
  ;;
*)
  echo "$usage" >&2
  exit 2
  ;;
esac
