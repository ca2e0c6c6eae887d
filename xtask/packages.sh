# shellcheck shell=sh
# The system's packages: what is missing, and how to get it. Sourced by ./x, which sets $root and $command.
#
# Each need of packages.txt is looked for by what it gives (a program, a library, a header), never by asking the package
# manager, so that an FFmpeg or a Mesa one has built oneself counts. Where there is apt-get we install; elsewhere we say
# what to install, because we cannot try it there.

say() { printf '%s\n' "./x: $*" >&2; }

# provide_packages install|report: leaves with status 1 where something is missing and stays so.
provide_packages() {
    mode=$1
    manager=$(system)
    if [ "$manager" = windows ]; then
        [ -n "${FFMPEG_DIR-}${VCPKG_ROOT-}" ] && { [ -n "${LIBCLANG_PATH-}" ] || command -v clang >/dev/null; } && return
        windows_advice >&2
        exit 1
    fi
    if [ "$manager" = brew ] && ! met compiler; then
        say "a C compiler and libclang are missing; both come with: xcode-select --install"
        exit 1
    fi
    rows=$(missing "$manager")
    [ -n "$rows" ] || return 0
    say "missing on this system:"
    list_rows "$rows"
    # shellcheck disable=SC2046 # one word a package
    set -- $(printf '%s\n' "$rows" | cut -d'|' -f2)
    as_root=
    may_install=$mode
    if [ "$(id -u)" -ne 0 ]; then
        as_root='sudo '
        command -v sudo >/dev/null || { as_root=''; may_install='no, as one is not root'; }
    fi
    if [ "$manager $may_install" = 'apt-get install' ]; then
        install_with_apt "$@"
        rows=$(missing "$manager")
        [ -n "$rows" ] || return 0
        say "still missing, after installing what this distribution has for it:"
        list_rows "$rows"
        say "hint: a newer release of the distribution has it; or build it yourself and set PKG_CONFIG_PATH to find it"
        exit 1
    fi
    case $manager in
    apt-get) how="${as_root}apt-get update && ${as_root}apt-get install -y --no-install-recommends $*" ;;
    dnf) how="${as_root}dnf install $*" ;;
    pacman) how="${as_root}pacman -S --needed $*" ;;
    zypper) how="${as_root}zypper install$(printf " '%s'" "$@")" ;;
    brew) how="brew install $*" ;;
    *) how="the package manager of this system, under the names it has for them" ;;
    esac
    [ "$may_install" = "$mode" ] || how="(as root) $how"
    say "install with: $how"
    say "or, if it is there after all, go on without looking: ./x ${command:?} --as-is"
    exit 1
}

# list_packages: every need and whether it is met, for `./x doctor`. Fails where one is not without which there is no film.
list_packages() {
    manager=$(system)
    [ "$manager" != windows ] || { windows_advice; return; }
    needs "$manager" | {
        status=0
        while IFS='|' read -r need names why; do
            only=$(users "$need")
            if met "$need"; then
                printf '  ok       %-13s %s\n' "$need" "$why"
            elif [ -n "$only" ]; then
                printf '  missing  %-13s %s (%s; only for: %s)\n' "$need" "$why" "$names" "$only"
            else
                printf '  MISSING  %-13s %s (%s)\n' "$need" "$why" "$names"
                status=1
            fi
        done
        return $status
    }
}

# require_rust MANIFEST: leaves with status 2 where there is no Rust as new as the manifest's rust-version.
require_rust() {
    wanted=$(sed -n 's/^rust-version *= *"\(.*\)"/\1/p' "$1")
    # rustup puts it there and asks for a new terminal, which many have not opened yet.
    command -v cargo >/dev/null || PATH=$PATH:${CARGO_HOME:-${HOME-}/.cargo}/bin
    if ! command -v cargo >/dev/null; then
        say "Rust is not installed; version $wanted or newer is needed"
        say "hint: curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y   (or see https://rustup.rs)"
        exit 2
    fi
    version=$(rustc --version 2>/dev/null | cut -d' ' -f2) || version=
    major=${version%%.*}
    minor=${version#*.}
    minor=${minor%%.*}
    if [ "${major:-0}" -le "${wanted%%.*}" ] && [ "${minor:-0}" -lt "${wanted#*.}" ]; then
        say "Rust ${version:-(which does not start)} is too old; version $wanted or newer is needed"
        say "hint: rustup update stable   (where Rust came with the distribution, take it from https://rustup.rs instead)"
        exit 2
    fi
}

# needs MANAGER: the needs that $command has there, as lines `need|packages|why`. `doctor` looks at all there are.
needs() {
    column=$1
    [ "$column" != unknown ] || column=why
    while read -r need row names; do
        [ "$row" = "$column" ] || continue
        only=$(users "$need")
        case " ${only:-$command} doctor " in *" $command "*) ;; *) continue ;; esac
        why=$(sed -n "s/^$need  *why  *//p" "$root/xtask/packages.txt")
        [ "$column" != why ] || names=$need
        printf '%s|%s|%s\n' "$need" "$names" "$why"
    done <"${root:?}/xtask/packages.txt"
}

# users NEED: the commands that alone have it; nothing where all have.
users() { sed -n "s/^$1  *for  *//p" "$root/xtask/packages.txt"; }

# missing MANAGER: those of the needs that this system does not meet.
missing() {
    needs "$1" | while IFS='|' read -r need names why; do
        met "$need" || printf '%s|%s|%s\n' "$need" "$names" "$why"
    done
}

list_rows() {
    printf '%s\n' "$1" | while IFS='|' read -r need names why; do
        printf '  %-13s %s\n  %-13s   %s\n' "$need" "$why" '' "$names" >&2
    done
}

# system: the package manager of packages.txt that this machine has, `windows`, or `unknown`.
system() {
    case $(uname -s) in
    MINGW* | MSYS* | CYGWIN*) echo windows ;;
    Darwin) echo brew ;;
    *)
        for manager in apt-get dnf pacman zypper; do
            command -v "$manager" >/dev/null && { echo "$manager"; return; }
        done
        echo unknown
        ;;
    esac
}

# met NEED: whether this system has it.
met() {
    case $1 in
    certificates)
        found "${CARGO_HTTP_CAINFO-}" "${SSL_CERT_FILE-}" /etc/ssl/certs/ca-certificates.crt /etc/ssl/ca-bundle.pem \
            /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem
        ;;
    compiler)
        # Without the C library's headers and start files a compiler is there and of no use: let it compile something.
        printf '#include <stdlib.h>\nint main(void) { return 0; }\n' | cc -x c - -o /dev/null 2>/dev/null
        ;;
    pkg-config) [ -n "${FFMPEG_DIR-}" ] || pkg_config --version >/dev/null ;;
    ffmpeg)
        if [ -n "${FFMPEG_DIR-}" ]; then
            found "$FFMPEG_DIR/include/libavcodec/avcodec.h"
        else
            pkg_config --exists 'libavcodec >= 59.37' libavformat libavutil libswscale libswresample
        fi
        ;;
    libclang)
        # On some systems the library comes without clang's own C headers, and FFmpeg's need stddef.h.
        { [ -n "${LIBCLANG_PATH-}" ] || library 'libclang[-0-9.]*\.so'; } &&
            found /usr/lib*/clang/*/include/stddef.h /usr/lib/llvm*/lib*/clang/*/include/stddef.h \
                "${LIBCLANG_PATH-}"/clang/*/include/stddef.h "$(clang -print-resource-dir 2>/dev/null)/include/stddef.h"
        ;;
    vulkan) library 'libvulkan\.so\.1' ;;
    driver)
        [ -n "${VK_DRIVER_FILES-}${VK_ICD_FILENAMES-}${VK_ADD_DRIVER_FILES-}" ] ||
            found /usr/share/vulkan/icd.d/*.json /usr/local/share/vulkan/icd.d/*.json /etc/vulkan/icd.d/*.json \
                "${HOME-}"/.local/share/vulkan/icd.d/*.json
        ;;
    webkit) pkg_config --exists webkit2gtk-4.1 ;;
    node) node --version >/dev/null 2>&1 && npm --version >/dev/null 2>&1 ;;
    browser) [ -x /usr/bin/chromium ] && command -v ffprobe >/dev/null ;;
    display)
        for program in Xvfb xauth dbus-run-session WebKitWebDriver; do
            command -v "$program" >/dev/null || return 1
        done
        ;;
    esac
}

# found FILE...: whether one of them exists. A pattern that matched nothing stands for itself, and does not.
found() {
    for file in "$@"; do
        [ ! -e "$file" ] || return 0
    done
    return 1
}

# library PATTERN: whether the dynamic linker knows a library whose file name begins so.
library() {
    PATH=$PATH:/sbin:/usr/sbin ldconfig -p 2>/dev/null | grep -q "^[[:space:]]*$1" ||
        printf '%s\n' "${LD_LIBRARY_PATH-}" | tr ':' '\n' | while read -r folder; do ls -1 "$folder"; done 2>/dev/null |
        grep -q "^$1"
}

pkg_config() { "${PKG_CONFIG:-pkg-config}" "$@" 2>/dev/null || pkgconf "$@" 2>/dev/null; }

# install_with_apt PACKAGE...: without a question, and with no word of apt's unless it fails.
install_with_apt() {
    mkdir -p "$root/target"
    log=$root/target/packages.log
    say "installing them with apt-get (about a minute; the log is target/packages.log)"
    # A fresh image has no package lists at all, and old lists name files that are gone from the servers.
    if apt-cache show "$@" >/dev/null 2>&1 && apt_get install -y --no-install-recommends "$@" >"$log" 2>&1; then return; fi
    if apt_get update >"$log" 2>&1 && apt_get install -y --no-install-recommends "$@" >>"$log" 2>&1; then return; fi
    tail -n 20 "$log" >&2
    say "apt-get could not install the packages"
    say "hint: its last lines above say why; without a network, nothing can be installed"
    exit 1
}

apt_get() {
    # shellcheck disable=SC2086 # empty, or `sudo `
    ${as_root}env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120 "$@" </dev/null
}

windows_advice() {
    cat <<'END'
./x: on Windows (in Git Bash, which comes with Git), Mutoscope needs, besides Rust for MSVC:
  LLVM     winget install LLVM.LLVM
           export LIBCLANG_PATH='C:\Program Files\LLVM\bin'
  FFmpeg   the "full_build-shared" archive of https://www.gyan.dev/ffmpeg/builds/, unpacked to C:\ffmpeg
           export FFMPEG_DIR='C:\ffmpeg' PATH="$PATH:/c/ffmpeg/bin"
           (or: vcpkg install ffmpeg:x64-windows, with VCPKG_ROOT set)
Graphics come with Windows (Direct3D 12).
END
}
