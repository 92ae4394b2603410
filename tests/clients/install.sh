#!/bin/sh
# Install the mail program that the tests in this folder drive: Debian's thunderbird.
# Without apt or without root's rights it says what to install, and fails.
command -v thunderbird >/dev/null && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get -qq install -y --no-install-recommends thunderbird >/dev/null 2>&1 ||
        { apt-get -qq update && apt-get -qq install -y --no-install-recommends thunderbird; } >/dev/null 2>&1
fi
command -v thunderbird >/dev/null && exit 0
echo "The tests need Thunderbird: install it (Debian: apt install thunderbird) and run them again." >&2
exit 1
