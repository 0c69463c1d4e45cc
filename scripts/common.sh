# SPDX-License-Identifier: MIT
# Shared by ./dev and its parts: messages, timed steps, folders. Sourced, not run.

CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/openpvg
LOGS=$ROOT/out/logs
JOBS=${OPENPVG_JOBS:-$(nproc)}

say() { printf '%s\n' "$*"; }
warn() { printf 'dev: %s\n' "$*" >&2; }
die() {
  printf 'dev: %s\n' "$*" >&2
  exit 1
}

# Run a command with its output in a log; show progress with elapsed time; on failure show the end of the log.
# usage: step TITLE COMMAND...
step() {
  local title=$1 log start pid rc=0 shown=0 now
  shift
  mkdir -p "$LOGS"
  log=$LOGS/$(printf '%s' "$title" | tr -cs 'A-Za-z0-9' '-').log
  start=$SECONDS
  "$@" >"$log" 2>&1 </dev/null &
  pid=$!
  while kill -0 "$pid" 2>/dev/null; do
    sleep 0.2
    now=$((SECONDS - start))
    if [ -t 1 ]; then
      [ "$now" -eq "$shown" ] || printf '\r  %-58s %4d s' "$title" "$now"
      shown=$now
    elif [ $((now - shown)) -ge 60 ]; then
      say "  ... $title: $now s"
      shown=$now
    fi
  done
  wait "$pid" || rc=$?
  [ -t 1 ] && printf '\r'
  if [ "$rc" -eq 0 ]; then
    printf '  %-58s %4d s\n' "$title" $((SECONDS - start))
  else
    printf '  %-58s %4d s  FAILED\n' "$title" $((SECONDS - start))
    tail -n 40 "$log" | sed 's/^/    /' >&2
    warn "'$title' failed (exit status $rc); whole log: $log"
  fi
  return "$rc"
}

# Take a lock of the cache for the rest of a function: two checkouts share it.
# usage: with_lock NAME COMMAND...
with_lock() {
  local name=$1
  shift
  mkdir -p "$CACHE"
  (
    exec 9>"$CACHE/$name.lock"
    flock -n 9 || {
      say "  waiting for another run that is using $CACHE ..."
      flock 9
    }
    "$@"
  )
}

hash_text() { sha256sum | cut -c1-16; }
