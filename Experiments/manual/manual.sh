#!/bin/sh
# The manual page of the command given, from its own help: one section for each subcommand.
set -eu
tool=$1

# Text as it stands: backslashes, and dots and quotes at the beginning of a line, mean something to roff.
verbatim() { sed -e 's/\\/\\e/g' -e "s/^\([.']\)/\\\\\&\1/" -e 's/-/\\-/g'; }

version=$("$tool" --version)
printf '.TH HALFWAY 1 "" "halfway %s" "User Commands"\n' "$version"
printf '.SH NAME\nhalfway \\- numerical precision analysis: proves low-precision arithmetic, measures what it does to training\n'
printf '.SH SYNOPSIS\n.nf\n'
"$tool" --help | sed -n 's/^USAGE: //p' | verbatim
printf '.fi\n.SH DESCRIPTION\n.nf\n'
"$tool" --help | verbatim
printf '.fi\n'
for command in $("$tool" --help | sed -n '/^SUBCOMMANDS:/,/^$/s/^  \([a-z][a-z]*\).*/\1/p'); do
  printf '.SH "halfway %s"\n.nf\n' "$command"
  "$tool" "$command" --help | verbatim
  printf '.fi\n'
done
printf '.SH "EXIT STATUS"\n.nf\n'
printf '0    what was asked holds\n1    findings\n2    could not run\n3    nothing to conclude from\n64   wrong usage\n65   a bad input file\n130  interrupted (143 by SIGTERM), with a checkpoint where there is one\n.fi\n'
