#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs the build of halfway whose instructions this processor has: those of `make distribution` stand in
# libexec/halfway beside this script's folder. Results are the same bytes from each, and say which it was.
# HALFWAY_BUILD names another one; HALFWAY_CPUINFO is read instead of /proc/cpuinfo.
here=$(dirname "$(readlink -f "$0")")
builds=$(cd "$here/../libexec/halfway" 2>/dev/null && pwd) || {
  echo "halfway: no builds in $here/../libexec/halfway; 'make distribution' puts them there" >&2
  exit 2
}
flags=" $(sed -n 's/^flags[[:space:]]*: //p' "${HALFWAY_CPUINFO:-/proc/cpuinfo}" 2>/dev/null | head -n 1) "

# Whether a build is there and the processor has every flag of a list, as the kernel calls them.
serves() {
  [ -x "$builds/$1/halfway" ] || return 1
  shift
  for flag; do
    case $flags in *" $flag "*) ;; *) return 1 ;; esac
  done
}

# The levels of the x86-64 psABI, section 3.1.1.
level3="avx avx2 bmi1 bmi2 f16c fma abm movbe xsave"
level4="$level3 avx512f avx512bw avx512cd avx512dq avx512vl"
if [ -n "$HALFWAY_BUILD" ]; then
  build=$HALFWAY_BUILD
  if ! serves "$build"; then
    echo "halfway: HALFWAY_BUILD is '$build', and $builds holds" $(ls "$builds") >&2
    exit 2
  fi
elif serves x86-64-v4 $level4; then
  build=x86-64-v4
elif serves x86-64-v3 $level3; then
  build=x86-64-v3
else
  build=portable
fi
exec "$builds/$build/halfway" "$@"
