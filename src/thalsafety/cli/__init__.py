"""The command line: reads arguments, calls the rooms below, writes bytes, chooses an exit code.

No thinking happens here. A command's module is imported when the command is used, so that starting
stays quick.
"""

from __future__ import annotations

import errno
import importlib
import os
import sys
from contextlib import suppress
from typing import NoReturn, cast

import click

from thalsafety import __version__
from thalsafety.errors import EngineError, InputError, ThalsafetyError

_COMMANDS = {
    "check": ("checking", "Check fictional patient states and print what to review."),
    "calendar": ("scheduling", "Print every monitoring window ahead, or write it for a calendar program."),
    "explain": ("checking", "Explain one rule's outcome for one patient, on the rule's own lines."),
    "checklist": ("printing", "Print checklists as PDF, HTML, Markdown or text, to work through with a pen."),
    "forms": ("blank", "Print generic forms without a patient: what to ask, how often, when to act."),
    "rules": ("reading", "List the rules, or show one with its numbers and examples."),
    "parameters": ("reading", "Print every number in force under a profile, with its source."),
    "profiles": ("reading", "List the profiles and the sources they put in force."),
    "docs": ("documenting", "Write the rules, sources and profiles as linked pages to read."),
    "vocabulary": ("reading", "List the codes that patient states and rules may use."),
    "test": ("gates", "Run the examples inside rules and the expectations of example states."),
    "coverage": ("covering", "Measure what guidance is encoded and what the examples exercise."),
    "scenarios": ("seeking", "Find patient states that exercise what no worked example does."),
    "mutate": ("mutating", "Make small mistakes in the rules and see whether any test notices."),
    "lint": ("gates", "Look for what would mislead a clinician or hide a gap in the rules."),
    "verify": ("proving", "Prove what must hold of the rules for every patient, or show one who refutes it."),
    "diff": ("diffing", "Compare two rule sets, revisions or profiles: which rules differ, and for whom."),
    "schema": ("files", "Print the JSON Schema of a kind of file."),
    "new": ("files", "Write a commented, valid file to start from."),
    "examples": ("files", "List or copy the fictional patient states that come with the program."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  the signature is click's
        """Return the names of all commands, in the order in which a reader meets them."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  the signature is click's
        """Return a command by importing its module."""
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"thalsafety.cli.{_COMMANDS[cmd_name][0]}")
        return cast("click.Command", getattr(module, f"{cmd_name}_command"))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  the signature is click's
        """Write the list of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in _COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Name the nearest command when there is none of that name."""
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in _COMMANDS:
            from difflib import get_close_matches

            near = get_close_matches(name, _COMMANDS, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            ctx.fail(f"No such command: {name}.{hint}")
        return super().resolve_command(ctx, args)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="thalsafety")
def cli() -> None:
    """Safety-monitoring checklists for FICTIONAL patients on thalidomide.

    Rules written from published guidance are held against a fictional patient state; what applies is
    printed for a clinician to review, with its reasons and sources. Nothing here decides anything, and
    nothing here is for the care of real people.

    Start with: thalsafety examples copy . and thalsafety check examples/
    """


def run_and_leave() -> NoReturn:
    """Run the command line and end the process; nothing after this is reached."""
    _leave(run())


def run() -> int:
    """Return the exit code; every foreseeable failure is a message, never a traceback."""
    try:
        code = cli(standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 1
    except click.ClickException as error:
        error.show()
        return 2
    except click.Abort:
        click.echo("stopped", err=True)
        return 130
    except EngineError as error:
        click.echo(f"engine error: {error}", err=True)
        return 3
    except InputError as error:
        click.echo(str(error), err=True)
        return 2
    except ThalsafetyError as error:
        click.echo(f"error: {error}", err=True)
        return 2
    except OSError as error:
        return _output_failed(error)


def _leave(code: int) -> NoReturn:
    """End the process with what was written flushed, without taking apart a heap that is gone anyway."""
    if "multiprocessing" in sys.modules:
        for child in sys.modules["multiprocessing"].active_children():
            child.kill()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError as error:
        code = _output_failed(error)
    os._exit(code)


def _output_failed(error: OSError) -> int:
    """Say that the output cannot be written, and return the exit code; quietly when a pipe's reader has gone."""
    closed = error.errno == errno.EPIPE
    with suppress(OSError):
        if not closed:
            click.echo(f"error: the output cannot be written: {(error.strerror or 'unknown').lower()}", err=True)
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nothing is flushed into it again
    return 0 if closed else 2
