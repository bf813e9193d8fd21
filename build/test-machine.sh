#!/usr/bin/env bash
# Sees that the programs of the stand-in desktop are there; as root on Debian it installs what is missing.
# Says nothing when nothing is missing. Elsewhere it says what to install, and fails.
set -euo pipefail

packages=(chromium xvfb xauth xfce4-panel xfce4-notifyd openbox gnome-keyring libsecret-tools dbus dbus-x11 xdotool xclip
  x11-utils x11-xserver-utils imagemagick fonts-dejavu-core adwaita-icon-theme)
programs=(chromium Xvfb xauth xfce4-panel openbox gnome-keyring-daemon secret-tool dbus-daemon dbus-send xdotool xclip
  xwininfo xsetroot import)

missing=()
for program in "${programs[@]}"; do
  command -v "$program" >/dev/null || missing+=("$program")
done
compgen -G '/usr/lib/*/xfce4/notifyd/xfce4-notifyd' >/dev/null || missing+=(xfce4-notifyd)
((${#missing[@]} == 0)) && exit 0

if [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
  echo "Installing what the desktop for tests needs (missing: ${missing[*]})" >&2
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
  exit 0
fi
cat >&2 <<TEXT
The desktop for tests needs programs that are not on this machine: ${missing[*]}
On Debian or Ubuntu, install them as root:
  apt-get install --no-install-recommends ${packages[*]}
TEXT
exit 1
