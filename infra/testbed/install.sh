#!/bin/sh
# Installs what `make test-cluster` needs beside Python, from Debian's packages; what is there already stays as it is.
#
#   postgresql   the servers' database, started by the tests as a process of their own (no service is left running)
#   systemd      its validators of units; nothing is started
#   strace       has the kernel answer as file systems without locks, links or speed do
#   faketime     another clock
#   iproute2, util-linux, mount    networks, disks and accounts of one's own
set -eu

wanted=
have() { command -v "$1" > /dev/null 2>&1; }
ls /usr/lib/postgresql/*/bin/initdb > /dev/null 2>&1 || have initdb || wanted="$wanted postgresql"
have systemd-analyze || wanted="$wanted systemd"
have strace || wanted="$wanted strace"
have faketime || wanted="$wanted faketime"
have ip || wanted="$wanted iproute2"
have setpriv || wanted="$wanted util-linux"
have mount || wanted="$wanted mount"
if [ -z "$wanted" ]; then exit 0; fi

if [ "$(id -u)" != 0 ] || ! have apt-get; then
    echo "not installed:$wanted; the tests that need them are skipped, saying so" >&2
    exit 0
fi
echo "installing$wanted"
export DEBIAN_FRONTEND=noninteractive
apt-get -o DPkg::Lock::Timeout=300 update -qq
# Debian would make and start a database of its own with the package.
if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
    mkdir -p /etc/postgresql-common
    echo "create_main_cluster = false" > /etc/postgresql-common/createcluster.conf
fi
# shellcheck disable=SC2086
apt-get -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold install -y -qq --no-install-recommends $wanted
