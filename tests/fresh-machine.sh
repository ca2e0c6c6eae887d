#!/bin/sh
# Tries ./x on a machine that has nothing: a bare Debian 12 in a folder, with this Rust and a clone of this repository.
#
#     sudo tests/fresh-machine.sh FOLDER COMMAND...     e.g. tests/fresh-machine.sh /tmp/bare ./x test
#
# The folder is made by debootstrap (apt-get install debootstrap) where it does not exist; where it does, it is used as it
# is, so that several commands can follow each other as on a real machine. Delete it for a fresh one. What is committed is
# what is tried. The chroot shares the network, the clock and the processor with this machine, and no file but the Rust
# toolchain (read-only), the name servers and the trusted root certificates. The mounts live in a mount namespace of their
# own and vanish with the command, so that deleting the folder deletes nothing else.
set -eu

folder=${1:?usage: tests/fresh-machine.sh FOLDER COMMAND...}
shift
repository=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
toolchain=$(rustc --print sysroot)
certificates=/etc/ssl/certs/ca-certificates.crt

if [ ! -e "$folder/etc/debian_version" ]; then
    debootstrap --variant=minbase bookworm "$folder"
fi
mkdir -p "$folder/opt/rust" "$folder/etc/ssl/certs"
[ -e "$folder$certificates" ] || cp "$certificates" "$folder$certificates"
# Where this machine trusts a root of its own, the bare one still does after it has got certificates as a package.
for own in /usr/local/share/ca-certificates/*.crt; do
    [ ! -e "$own" ] || { mkdir -p "$folder${own%/*}" && cp "$own" "$folder$own"; }
done
cp /etc/resolv.conf "$folder/etc/resolv.conf"

home=$folder/root/mutoscope
if [ -e "$home" ]; then
    git -C "$home" fetch --quiet "$repository" HEAD && git -C "$home" reset --quiet --hard FETCH_HEAD
else
    git clone --quiet --no-local "$repository" "$home"
fi

# shellcheck disable=SC2016 # expanded by the inner shell
exec unshare --mount sh -c '
    folder=$1 toolchain=$2
    shift 2
    mount -t proc proc "$folder/proc"
    mount --bind /dev "$folder/dev"
    mount --bind -o ro "$toolchain" "$folder/opt/rust"
    exec env -i HOME=/root PATH=/opt/rust/bin:/usr/sbin:/usr/bin:/sbin:/bin TERM="${TERM:-dumb}" CI="${CI:-}" \
        chroot "$folder" sh -c '\''cd /root/mutoscope && exec "$@"'\'' sh "$@"
' sh "$folder" "$toolchain" "$@"
