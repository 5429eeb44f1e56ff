"""The command `almoner`: the desktop when alone, and beside it what a person or a script may ask for.

Each part is loaded only when it is asked for, so that `almoner --help` and the start of the desktop stay quick.
"""

from __future__ import annotations

import importlib
import sys

import click

from almoner.records.trouble import Trouble

COMMANDS = {
    "demo": ("almoner.demo.command:demo", "Set up a fictional council and show the main job from end to end."),
    "desktop": ("almoner.desktop.command:desktop", "Open the casework desktop (what `almoner` alone does)."),
    "import": ("almoner.cli_import:import_records", "Bring residents or cases in from a CSV file."),
    "server": ("almoner.server.commands:server", "Run and look after the council's central server."),
    "simulate": ("almoner.simulation.command:simulate", "Prove by pretend laptops and servers that copies agree."),
    "store": (
        "almoner.cli_store:store",
        "Check, copy or repair the store of this laptop, or change its passphrase.",
    ),
    "sync": ("almoner.cli_store:sync", "Send and fetch once, now, and say what happened."),
}

NOT_INSTALLED = (
    "This command needs a library that is not installed here. "
    "Install almoner with the parts it wants: almoner[desktop], almoner[server] or almoner[demo]."
)


class RoomsOnDemand(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in order."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command itself; imports its room."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list for --help, without importing a room."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in self.list_commands(ctx)])


@click.group(cls=RoomsOnDemand, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="almoner")
@click.pass_context
def almoner(ctx: click.Context) -> None:
    """Casework that works with and without a network.

    Without a command the desktop opens.
    """
    if ctx.invoked_subcommand is None:
        desktop = ctx.command.get_command(ctx, "desktop") if isinstance(ctx.command, click.Group) else None
        assert desktop is not None
        ctx.invoke(desktop)


def main() -> None:
    """Run the command; the world's faults, and a library that is not installed, become a sentence and exit code 1."""
    try:
        almoner.main(standalone_mode=True)
    except Trouble as trouble:
        click.echo(f"almoner: {trouble}".encode(errors="replace").decode(), err=True)
        sys.exit(1)
    except ModuleNotFoundError as missing:
        if (missing.name or "almoner").partition(".")[0] == "almoner":
            raise
        click.echo(f"almoner: {missing.name}: {NOT_INSTALLED}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
