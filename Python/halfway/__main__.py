# SPDX-License-Identifier: Apache-2.0
"""`python -m halfway watch ... -- train.py ...`"""

from __future__ import annotations

import argparse
import sys

from halfway._errors import HalfwayError

_WATCH = """Runs a training script as it stands, watches its first steps and reports what low precision did to them.

The script's numbers are those it has without being watched. Beside it runs the same training in FP64, its exact twin.
Example: python -m halfway watch --steps 20 -- train.py --epochs 1"""


def _number(least: int):
    def parse(text: str) -> int:
        value = int(text)
        if value < least:
            raise argparse.ArgumentTypeError(f"{value} is less than {least}")
        return value

    parse.__name__ = "whole number"
    return parse


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m halfway", description="Halfway and PyTorch.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="watch")
    watch = commands.add_parser(
        "watch", help="watch a training script", description=_WATCH,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        usage="%(prog)s [--steps N] [--every N] [--local-only] [--go-on] [--output DIR] -- SCRIPT ...",
    )  # fmt: skip
    watch.add_argument("--steps", type=_number(0), default=20, metavar="N",
                       help="how many steps are watched, 0 for all; then the script is ended (default 20)")  # fmt: skip
    watch.add_argument("--every", type=_number(1), default=1, metavar="N",
                       help="measure step 1 and every Nth; the twin goes on in all (default 1)")  # fmt: skip
    watch.add_argument("--local-only", action="store_true",
                       help="no twin: only what each operation adds; less time and memory")  # fmt: skip
    watch.add_argument("--go-on", action="store_true",
                       help="let the script go on, unwatched, after the last watched step")  # fmt: skip
    watch.add_argument("--output", default="reports/watch", metavar="DIR",
                       help="the report's folder (default reports/watch)")  # fmt: skip
    watch.add_argument("--report", action="append", default=[], metavar="OPTION",
                       help="an option of `halfway watched`, such as --report=--export=training.json")  # fmt: skip
    watch.add_argument("script", nargs="*", metavar="SCRIPT", help="the script, or -m and a module, and its arguments")
    return parser


def main(arguments: list[str]) -> int:
    """The exit status of a command line."""
    own, script = arguments, []
    if "--" in arguments:
        at = arguments.index("--")
        own, script = arguments[:at], arguments[at + 1 :]
    parser = _parser()
    try:
        options = parser.parse_args(own)
    except SystemExit as ended:
        return 64 if ended.code == 2 else int(ended.code or 0)
    script = options.script + script
    if not script:
        print("halfway: no script: python -m halfway watch -- train.py ...", file=sys.stderr)
        return 64
    try:
        try:
            import torch  # noqa: F401
        except ImportError as error:
            raise HalfwayError(f"torch cannot be imported ({error}): pip install torch") from None
        from halfway.torch.script import watch_script

        return watch_script(
            script, steps=options.steps, every=options.every, local_only=options.local_only,
            go_on=options.go_on, output=options.output, options=options.report,
        )  # fmt: skip
    except HalfwayError as error:
        print(f"halfway: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
