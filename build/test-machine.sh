#!/bin/sh
# Makes this machine able to run the desktop's tests: installs the Debian packages of the private desktop when one is
# missing. Says nothing when all are there. It never installs anything else.
set -eu

packages='chromium xvfb xauth xfce4-panel xfce4-notifyd openbox gnome-keyring libsecret-tools dbus-x11 dbus-daemon
xdotool xclip x11-utils x11-xserver-utils imagemagick fonts-dejavu-core adwaita-icon-theme strace'

missing() {
  # shellcheck disable=SC2086 -- a list of names without blanks
  installed=$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' $packages 2>/dev/null | sed -n 's/^ii *//p')
  for package in $packages; do
    printf '%s\n' "$installed" | grep -qx "$package" || printf ' %s' "$package"
  done
}

if [ "$(uname -s)" != Linux ]; then
  echo 'The private desktop needs Linux. Elsewhere the same specs run on Electron: npm run test:electron' >&2
  exit 1
fi
if ! command -v dpkg-query >/dev/null; then
  echo "The private desktop needs these programs, named as Debian's packages; install them as this system does:" >&2
  echo "$packages" >&2
  exit 1
fi
wanted=$(missing)
[ -z "$wanted" ] && exit 0
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
  echo 'Some packages for the private desktop are missing. Please run as an administrator:' >&2
  echo "  apt-get update && apt-get install -y --no-install-recommends$wanted" >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086 -- a list of names without blanks
apt-get install -y -qq --no-install-recommends $wanted
