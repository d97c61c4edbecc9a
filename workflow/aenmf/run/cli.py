"""The command line ``aenmf``: what is done by hand before, after and around a run of the workflow.

Every command imports its own modules when it runs, so that help and completion answer at once.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from aenmf import __version__
from aenmf.errors import UserError

STATUS = {"compare": 2, "keep": 2}
"""Exit status after a user's mistake where it is not 1, which says that a comparison ran and found a difference."""
INTERRUPTED = 130
FOLDER = click.Path(path_type=Path)


class Commands(click.Group):
    """Commands that answer a user's mistake with one line and Ctrl-C with none, listed in the order of their use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except UserError as error:
            click.echo(f"error: {error}", err=True)
            ctx.exit(STATUS.get(ctx.invoked_subcommand or "", 1))
        except OSError as error:
            click.echo(f"error: {error.filename or ''}: {error.strerror or error}. Name another place.", err=True)
            ctx.exit(STATUS.get(ctx.invoked_subcommand or "", 1))
        except KeyboardInterrupt:
            ctx.exit(INTERRUPTED)


class PassedOn(click.Command):
    """A command that hands its arguments on as they are, ``--`` and options included; help of its own comes first."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        helped = args and args[0] in ctx.help_option_names
        return super().parse_args(ctx, args if helped else ["--", *args])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.version_option(__version__, message="%(prog)s %(version)s")
def cli() -> None:
    """Benchmark of non-negative autoencoders against NMF: commands next to the workflow.

    The workflow itself is run by snakemake. For a catalogue of your own:

    \b
      aenmf scaffold my_catalogue.csv --rank 4
      snakemake --cores 2 --configfile config/my_catalogue.yaml
    """


@cli.command()
@click.argument("catalogue", type=click.Path())
@click.option("--rank", type=int, help="Number of signatures.")
@click.option("--ranks", metavar="LOW-HIGH", help="Range of ranks to choose from first, such as 2-8.")
@click.option("--name", help="Name of run and cohort; by default from the file's name.")
@click.option("--title", help="Name in tables and figures.")
@click.option("--organ", help="Organ as Signal names it, such as Ovary.")
@click.option("--truth", type=click.Path(), help="File of the true signatures, where the cohort is simulated.")
@click.option("--genome", help="Genome of VCF or MAF files, such as GRCh37.")
@click.option("--drop-empty", is_flag=True, help="Leave out patients without mutations.")
@click.option("--output", type=click.Path(), help="The configuration to write; by default config/<name>.yaml.")
@click.option("--force", is_flag=True, help="Replace an existing configuration.")
def scaffold(**given: Any) -> None:
    """Check a catalogue and write a configuration that runs it.

    CATALOGUE is a file with 96 channels, a VCF or MAF file, or a folder of VCF files or of one MAF file.

    \b
      aenmf scaffold my_catalogue.csv --rank 4
      aenmf scaffold my_catalogue.csv --ranks 2-8 --organ Ovary --truth signatures.tsv
      aenmf scaffold folder_of_vcfs --genome GRCh37 --rank 4
    """
    from aenmf.run.scaffold import Request, scaffold

    click.echo("\n".join(scaffold(Request(**given))))


@cli.command("new-method")
@click.argument("name")
@click.option("--folder", default="methods", type=FOLDER, help="Where the file goes.")
def new_method(name: str, folder: Path) -> None:
    """Write a working method to change, and its configuration.

    NAME is that of the file, the method and the configuration; docs/add-a-method.md explains them.

    \b
      aenmf new-method mine
    """
    from aenmf.run.newmethod import new_method

    click.echo("\n".join(new_method(name, folder)))


@cli.command()
@click.argument("configfiles", nargs=-1, type=click.Path(), metavar="[CONFIGFILE]...")
def check(configfiles: tuple[str, ...]) -> None:
    """Check a configuration and what it names; nothing is run.

    The files are laid over config/config.yaml in their order.

    \b
      aenmf check config/mine.yaml
    """
    from aenmf.run.preflight import checked

    click.echo("\n".join(checked(configfiles)))


@cli.command(cls=PassedOn)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[SNAKEMAKE ARGUMENT]...")
def run(arguments: tuple[str, ...]) -> None:
    """Run snakemake once its configuration files could be read.

    A mistake in a file is one line with its place and remedy, where snakemake alone may end in a traceback. All arguments
    are those of snakemake.

    \b
      aenmf run --cores 2 --configfile config/mine.yaml
    """
    from aenmf.run.launch import launch

    launch(arguments)


@cli.command()
@click.argument("directory", default=".", type=FOLDER)
@click.option("--wait", default=60.0, help="Seconds to wait for processes that still work there.")
@click.option("--force", is_flag=True, help="Remove the lock of another machine or user, too.")
def unlock(directory: Path, wait: float, force: bool) -> None:
    """Remove the lock and half-written files of a killed run.

    DIRECTORY is the working directory of the run, by default this one. Nothing is removed while a run, or a job of a
    killed one, is still at work there, or may be at work on another machine or as another user.

    \b
      aenmf unlock
    """
    from aenmf.run.unlock import unlock

    locks, files = unlock(directory, wait, force, click.echo)
    if locks or files:
        removed = f"{locks} locks and {files} half-written files removed"
        click.echo(f"A run was cut off here: {removed}. It goes on where it stopped.")


@cli.command()
@click.argument("run", type=FOLDER)
@click.argument("reference", default="results/reference", type=FOLDER)
@click.option("--part", is_flag=True, help="Compare the main tables alone, on the rows that the run has.")
@click.option(
    "--record",
    metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=Path),
    help="Add how it ended on this processor to processors.csv in FOLDER (for maintainers).",
)
@click.pass_context
def compare(ctx: click.Context, run: Path, reference: Path, part: bool, record: Path | None) -> None:
    """Compare the tables of a run with the reference, cell by cell.

    RUN is compared with all tables of REFERENCE, by default results/reference. A run with fewer cohorts, splits or methods is
    compared with --part. Tolerances are in config/tolerances.yaml. The exit status is 0 if all agree, 1 if a table differs
    or is missing, and 2 if nothing can be compared.

    \b
      aenmf compare results/paper
      aenmf compare --part results/regression
      aenmf compare results/paper --record results/processors
    """
    from aenmf.reference.compare import compare_runs, report

    outcome = compare_runs(run, reference, part)
    click.echo(report(outcome))
    if record:
        from aenmf.reference.elsewhere import record as add

        click.echo(f"recorded in {add(outcome, run, reference, record)}")
    if outcome.agrees:
        click.echo("no drift" if part else f"reproduced: {run} agrees with {reference}")
        return
    drift = f"DRIFT: {outcome.outside} cells differ from {reference}"
    click.echo(drift if part else f"NOT REPRODUCED: {run} differs from {reference}")
    ctx.exit(1)


@cli.command()
@click.argument("runs", nargs=-1, type=FOLDER, metavar="[RUN]...")
@click.option(
    "--findings", metavar="AUDIT", type=FOLDER, help="Keep the findings of this audit as docs/published-matrices.md."
)
def keep(runs: tuple[Path, ...], findings: Path | None) -> None:
    """Keep outputs of finished runs as reference (for maintainers).

    config/reference.yaml names the files, which go to results/reference. The tables in README.md and docs/ are renewed from
    the reference, also without a run.

    \b
      aenmf keep results/paper
      aenmf keep --findings results/default/audit
    """
    from aenmf.files.shipped import checkout
    from aenmf.reference.findings import keep_report
    from aenmf.reference.keep import keep_findings, keep_run, renew_pages

    for run in runs:
        click.echo(f"{run}: kept {keep_run(run)} files")
    if findings:
        click.echo(f"kept {keep_findings(findings)} as docs/published-matrices.md")
    reference = checkout() / "results/reference"
    renew_pages(reference)
    click.echo("tables in README.md and docs/ renewed")
    click.echo(keep_report(reference, checkout() / "docs/findings.md"))


@cli.command()
@click.argument("run", required=False, type=FOLDER)
@click.option("--out", type=FOLDER, help="Folder for the PDF; by default article/ in the run's folder, or in results.")
def article(run: Path | None, out: Path | None) -> None:
    """Set the replication as an article (PDF) from the kept tables.

    With a run its own tables and figures are used as far as it has them, and those of results/reference for the rest.
    Needs the package typst: pip install -r envs/article.txt -c envs/lock.txt

    \b
      aenmf article
      aenmf article results/paper
    """
    from aenmf.files.shipped import checkout
    from aenmf.reference.article import write_article

    folder = out or (run or Path("results")) / "article"
    click.echo(f"written: {write_article(checkout() / 'results/reference', folder, run)}")


@cli.command()
@click.option("--signatures", multiple=True, type=click.Path(), help="File of found signatures; once for each seed.")
@click.option("--exposures", multiple=True, type=click.Path(), help="File of exposures, in the order of --signatures.")
@click.option("--cohort", help="Cohort with known truth, such as scenario8.")
@click.option("--truth-signatures", type=click.Path(), help="File of the true signatures of a cohort of your own.")
@click.option("--truth-exposures", type=click.Path(), help="File of their true exposures.")
@click.option("--rank", type=click.Choice(["given", "chosen"]), default="chosen", help="How the number was found.")
@click.option("--name", help="Name of the method; by default that of the first file.")
@click.option("--json", type=click.Path(), help="File to write the scores to.")
@click.option("--check", multiple=True, type=click.Path(), help="Check a file of scores; nothing is scored.")
def score(check: tuple[str, ...], **given: Any) -> None:
    """Score signatures and exposures against a known truth.

    Tables are read in the formats of SigProfilerExtractor, SynSigGen, MUSE-XAE and this project; docs/scoring.md says what the
    scores are.

    \b
      aenmf score --signatures S.tsv --exposures E.tsv --cohort scenario8
      aenmf score --signatures S.tsv --truth-signatures T.tsv --json mine.json
      aenmf score --check mine.json
    """
    from aenmf.run.score import Request, checked_files, score

    click.echo("\n".join(checked_files(check) if check else score(Request(**given))).rstrip())


@cli.command()
def precompile() -> None:
    """Compile every solver, so that the first run does not have to.

    \b
      aenmf precompile
    """
    from aenmf.methods.precompile import precompile

    precompile()


@cli.command()
@click.option("--splits", default=30, help="Splits, fitted side by side on the device.")
@click.option("--patients", default=248, help="Training patients of a split.")
@click.option("--rank", default=5, help="Signatures.")
@click.option("--iterations", default=5000, help="Most iterations of a fit.")
@click.option("--device", type=click.Choice(["cuda", "cpu"]), default="cuda", help="cpu is torch on one core.")
def devicebench(splits: int, patients: int, rank: int, iterations: int, device: str) -> None:
    """Time fits on a GPU against the compiled solvers on one core.

    \b
      aenmf devicebench --splits 100
    """
    from aenmf.run.devicebench import bench

    click.echo("\n".join(bench(splits, patients, rank, iterations, device)))


@cli.command()
def configdocs() -> None:
    """Renew docs/configuration.md (for maintainers).

    The page is made from the schemas, config/config.yaml and the options of the methods.

    \b
      aenmf configdocs
    """
    from aenmf.run.configdocs import write_page

    write_page()
    click.echo("docs/configuration.md renewed")


@cli.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the script that completes these commands in a shell.

    \b
      eval "$(aenmf completion bash)"
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind  # click has all three
    click.echo(kind(cli, {}, "aenmf", "_AENMF_COMPLETE").source())


def main() -> None:
    """Run the command line under its name, also where it was started by ``python -m aenmf.run.cli``."""
    cli(prog_name="aenmf")


if __name__ == "__main__":
    main()
