# shellcheck shell=bash
# Puts the built tools in PATH and says so if they are not there. Sourced after common.sh, with SCRIPTS set.

BUILD=${BUILD:-build}
[[ $BUILD == /* ]] || BUILD=$(dirname "$SCRIPTS")/$BUILD
for folder in "$BUILD"/tools/*/; do PATH=${folder%/}:$PATH; done
PATH=$SCRIPTS:$PATH
export PATH BUILD

need_tools() {
  local tool
  for tool in "$@"; do
    command -v "$tool" >/dev/null || die 69 "$tool is not built" "make"
  done
}

# Headings and commands of a demo, in bold on a terminal.
if [ -t 1 ]; then BOLD=$'\e[1m' PLAIN=$'\e[0m'; else BOLD='' PLAIN=''; fi
heading() { printf '\n%s== %s%s\n' "$BOLD" "$*" "$PLAIN"; }
