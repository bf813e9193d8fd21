#!/bin/sh
# Waits until the owner closes the pipe or dies, then ends every process that carries the mark in its environment or
# has its profile in the folder, and removes the folder. It must never touch any other process.
# usage: sweep.sh MARK FOLDER < pipe
trap '' INT TERM HUP
mark=$1
folder=$2
cat >/dev/null

marked() {
  {
    grep -lzxF -- "DAYPASS_DESK=$mark" /proc/[0-9]*/environ
    # A browser writes its title over its environment; the profile in the desk's own folder tells it too.
    grep -lzF -- "--user-data-dir=$folder/" /proc/[0-9]*/cmdline
  } 2>/dev/null | cut -d/ -f3 | sort -u
}

end_all() { # end_all SIGNAL TRIES
  left=$2
  while [ "$left" -gt 0 ]; do
    pids=$(marked)
    [ -z "$pids" ] && return 0
    # shellcheck disable=SC2086 -- the list is one number a line
    kill -s "$1" $pids 2>/dev/null
    sleep 0.05
    left=$((left - 1))
  done
  return 1
}

end_all TERM 20 || end_all KILL 100
# An X server that had to be killed leaves its lock and its socket.
if [ -f "$folder/display" ]; then
  display=$(tr -dc 0-9 <"$folder/display")
  lock=/tmp/.X$display-lock
  if [ -n "$display" ] && [ -f "$lock" ] && ! kill -0 "$(tr -dc 0-9 <"$lock")" 2>/dev/null; then
    rm -f "$lock" "/tmp/.X11-unix/X$display"
  fi
fi
# What is just ending may still write.
tries=100
while ! rm -rf "$folder" 2>/dev/null && [ "$tries" -gt 0 ]; do
  sleep 0.05
  tries=$((tries - 1))
done
