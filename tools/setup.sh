#!/usr/bin/env bash
# Make .venv from requirements.lock: `make setup` calls it. Nothing is written outside this folder
# but pip's and uv's caches, and where those cannot be written they are kept here, too.
# An environment that was left unfinished is made anew; two set-ups at once wait for each other.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
ready=.venv/ready
py=.venv/bin/python
uv_pin="$(sed -n 's/^\(uv==[^ ]*\).*/\1/p' requirements.lock)"
fits='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))'
makes_venv='import ensurepip, venv'

# ready holds the folder's name: an environment does not move with it
current() {
  [ "$(cat "$ready" 2>/dev/null)" = "$PWD" ] && [ -x "$py" ] && [ -z "$(find requirements.lock pyproject.toml .jupyter -newer "$ready")" ]
}
if current; then exit 0; fi

mkdir -p .cache
exec 9>.cache/setup.lock
if command -v flock >/dev/null; then
  flock --nonblock 9 || { echo "another set-up of this folder is running: waiting for it"; flock 9; }
  if current; then exit 0; fi
fi

cache="${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}"
if ! mkdir -p "$cache/uv" 2>/dev/null || ! [ -w "$cache/uv" ]; then
  export XDG_CACHE_HOME="$PWD/.cache" UV_CACHE_DIR="$PWD/.cache/uv" PIP_CACHE_DIR="$PWD/.cache/pip"
fi
export PIP_DISABLE_PIP_VERSION_CHECK=1

# step WORDS COMMAND...: run it, say so, and every four seconds that it still runs
step() {
  echo "$1"
  shift
  (trap 'kill "$nap" 2>/dev/null; exit' TERM; while sleep 4 >/dev/null 2>&1 & nap=$!; wait "$nap"; do echo "  ... ${SECONDS} s"; done) 9>&- &
  local clock=$! code=0
  "$@" 9>&- || code=$?
  kill "$clock" 2>/dev/null || true
  wait "$clock" 2>/dev/null || true
  return "$code"
}

found="${PYTHON:-}"
if [ -n "$found" ]; then
  "$found" -c "$fits" 2>/dev/null || {
    echo "PYTHON=$found must be Python 3.11 to 3.14, got $("$found" --version 2>&1 || true)"; exit 1; }
else
  for one in python3 python3.12 python3.13 python3.11 python3.14; do
    if "$one" -c "$fits; $makes_venv" 2>/dev/null; then found="$one"; break; fi
  done
fi

# ready stands from a set-up that ended: then the environment is brought up to the lock in place
whole() { [ "$(cat "$ready" 2>/dev/null)" = "$PWD" ] && "$py" -c "$fits" 2>/dev/null && "$py" -m pip --version >/dev/null 2>&1; }
if whole; then
  rm -f "$ready"
elif [ -n "$found" ]; then
  step "environment .venv with $("$found" --version)" "$found" -m venv --clear .venv || {
    echo "$found cannot make an environment: install its venv (Debian: apt install python3-venv)"; exit 1; }
else
  echo "no Python 3.11 to 3.14 with venv here ($(python3 --version 2>&1)): asking uv for one"
  step "uv" python3 -m venv --clear .cache/bootstrap
  step "uv" .cache/bootstrap/bin/python -m pip install --quiet "$uv_pin"
  step "Python 3.11" .cache/bootstrap/bin/uv venv --quiet --clear --seed --python 3.11 .venv || {
    echo "install Python 3.11 to 3.14 and say: make setup PYTHON=python3.12"; exit 1; }
fi
step "installer $uv_pin" "$py" -m pip install --quiet "$uv_pin"
step "packages of requirements.lock, by their hashes" \
  "$py" -m uv pip sync --quiet --python "$py" --require-hashes --compile-bytecode requirements.lock
step "this library" "$py" -m uv pip install --quiet --python "$py" --no-deps --no-build-isolation -e .
mkdir -p .venv/etc/jupyter
cp -R .jupyter/. .venv/etc/jupyter/
printf '%s\n' "$PWD" >"$ready"
echo "ready in ${SECONDS} s"
