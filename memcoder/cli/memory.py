"""`memcoder memory`: look into, move and repair memories."""

from pathlib import Path
from typing import Any

import click

from memcoder.cli.common import json_option, print_json, safe_text, say
from memcoder.cli.memory_prune import prune, restore, retire
from memcoder.cli.memory_store import line_of, one_of, opened, repository_option, store_option
from memcoder.cli.memory_why import why

KINDS = ("commit", "fix", "lesson", "guardrail", "skill", "policy")


@click.group("memory")
def command() -> None:
    """Look into, export and import memories.

    \b
    Example:
      memcoder memory list --kind fix
    """


command.add_command(prune)
command.add_command(retire)
command.add_command(restore)
command.add_command(why)


@command.command("list")
@repository_option
@store_option
@click.option("--kind", type=click.Choice(KINDS), help="Only memories of this kind.")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="The newest N.")
@json_option
def list_memories(repository: Path, store: Path | None, kind: Any, limit: int, as_json: bool) -> None:
    """List memories, newest first.

    \b
    Example:
      memcoder memory list --kind fix --limit 10
    """
    with opened(repository, store) as (_, found):
        memories = sorted(found.all(kind), key=lambda memory: -memory.provenance.time)[:limit]
    if as_json:
        print_json({"memories": [memory.model_dump(mode="json") for memory in memories]})
    else:
        for memory in memories:
            click.echo(line_of(memory))


@command.command("show")
@click.argument("memory")
@repository_option
@store_option
@json_option
def show(memory: str, repository: Path, store: Path | None, as_json: bool) -> None:
    """Show one memory, by its id or the beginning of it, and how often it changed.

    \b
    Example:
      memcoder memory show 4f2a91c
    """
    with opened(repository, store) as (_, found):
        chosen = one_of(found, memory)
        states = [
            {"at": at, "trust": state.trust, "utility": state.utility.model_dump()}
            for at, state in found.history(chosen.id)
        ]
    if as_json:
        print_json({"memory": chosen.model_dump(mode="json"), "history": states})
        return
    click.echo(f"{line_of(chosen)}\nby {safe_text(chosen.provenance.author)}, {len(states)} state(s)")
    click.echo(f"retired: {safe_text(chosen.retired)}\n" if chosen.retired else "")
    click.echo(safe_text(chosen.message))
    for change in chosen.change.files:
        click.echo(f"  {change.status} {safe_text(change.path)}  {safe_text(', '.join(change.symbols))}".rstrip())
    click.echo("\n" + safe_text(chosen.change.patch))


@command.command("search")
@click.argument("query")
@repository_option
@store_option
@click.option("-k", type=click.IntRange(min=1), default=10, show_default=True, help="Memories at most.")
@json_option
def search(query: str, repository: Path, store: Path | None, k: int, as_json: bool) -> None:
    """Find memories that hold the words of QUERY, whatever commit they belong to (quarantined ones too).

    \b
    Example:
      memcoder memory search "discount rounding"
    """
    from memcoder.memory.search import find_by_words

    with opened(repository, store) as (_, found):
        hits = find_by_words(found, query, k)
    if as_json:
        print_json({"memories": [{"score": score, "memory": m.model_dump(mode="json")} for m, score in hits]})
    else:
        for memory, score in hits:
            click.echo(f"{score:6.2f}  {line_of(memory)}")


@command.command("export")
@repository_option
@store_option
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="A file; standard output where none.")
def export(repository: Path, store: Path | None, out: Path | None) -> None:
    """Write every memory as a JSON line.

    \b
    Example:
      memcoder memory export --out memories.jsonl
    """
    from memcoder.memory.transfer import export_lines

    with opened(repository, store) as (_, found):
        if out is None:
            for line in export_lines(found):
                click.echo(line)
            return
        draft = out.with_name(out.name + ".partial")
        draft.write_text("".join(line + "\n" for line in export_lines(found)), encoding="utf-8")
        draft.replace(out)


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@repository_option
@store_option
@json_option
def import_memories(file: Path, repository: Path, store: Path | None, as_json: bool) -> None:
    """Read exported memories; those not signed by this store's own key are quarantined until you trust them.

    \b
    Example:
      memcoder memory import memories.jsonl
    """
    from memcoder.errors import UsageError
    from memcoder.memory.transfer import import_lines

    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise UsageError(f"{file} is not UTF-8 text", "give a file that `memcoder memory export` wrote") from error
    with opened(repository, store) as (_, found):
        done = import_lines(found, lines)
    if as_json:
        print_json({"trusted": done.trusted, "quarantined": done.quarantined, "unchanged": done.unchanged})
        return
    click.echo(f"{done.trusted} trusted, {done.quarantined} quarantined, {done.unchanged} unchanged")
    if done.quarantined:
        click.echo("look at them with `memcoder memory list`, then `memcoder memory trust ID` or `--all`")


@command.command("trust")
@click.argument("memories", nargs=-1)
@click.option("--all", "every", is_flag=True, help="All quarantined memories.")
@repository_option
@store_option
@json_option
def trust_memories(memories: tuple[str, ...], every: bool, repository: Path, store: Path | None, as_json: bool) -> None:
    """Let quarantined memories be recalled: read them first, a model will.

    \b
    Example:
      memcoder memory trust fix-20261124-101500
    """
    from memcoder.errors import UsageError
    from memcoder.memory.transfer import trust

    if bool(memories) == every:
        raise UsageError("name memories, or give --all", "`memcoder memory list` shows them")
    with opened(repository, store) as (_, found):
        chosen = found.all() if every else [one_of(found, name) for name in memories]
        done = [trust(found, memory).id for memory in list(chosen) if memory.trust == "quarantined"]
    print_json({"trusted": done}) if as_json else click.echo(f"{len(done)} trusted")


@command.command("reindex")
@repository_option
@store_option
@json_option
def reindex(repository: Path, store: Path | None, as_json: bool) -> None:
    """Make all indexes anew from the records, vectors included, and mine again what was edited outside.

    \b
    Example:
      memcoder memory reindex
    """
    from memcoder.memory import vectors
    from memcoder.memory.mine import mine

    with opened(repository, store) as (repo, found):
        with found.lock("mine"):
            vectors.drop(found)
            count = found.reindex()
        report = mine(repo, found, say=say)
    if as_json:
        print_json({"records": count, "mined_again": report.new, "pending": report.pending, "notes": report.notes})
    else:
        click.echo(f"{count} records indexed, {report.new} mined again")
        for note in report.notes:
            click.echo(f"  {note}")


@command.command("stats")
@repository_option
@store_option
@json_option
def stats(repository: Path, store: Path | None, as_json: bool) -> None:
    """Count memories by kind and trust, and records that were edited outside.

    \b
    Example:
      memcoder memory stats
    """
    from memcoder.memory.vectors import pending, strays

    with opened(repository, store) as (_, found):
        facts = found.stats() | {"without_vector": len(pending(found))}
        try:
            facts["vectors_without_record"] = strays(found)
        except Exception as error:  # whatever Chroma or the embedder raise: the records are told all the same
            say(f"the vectors cannot be read: {str(error)[:200]}")
    if as_json:
        print_json(facts)
        return
    for name, value in facts.items():
        shown = ", ".join(f"{key} {count}" for key, count in value.items()) if isinstance(value, dict) else value
        click.echo(f"{name.replace('_', ' ')}: {shown}")
