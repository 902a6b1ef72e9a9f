"""The store's schema, as numbered steps: a step that was released is never edited, only followed by another."""

import sqlite3

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);

    -- Every state a record ever had. Nothing is updated or deleted here.
    CREATE TABLE versions (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL,
        at INTEGER NOT NULL,
        body TEXT NOT NULL,
        signature TEXT NOT NULL
    );
    CREATE INDEX versions_id ON versions (id);
    CREATE TRIGGER versions_stay BEFORE UPDATE ON versions
        BEGIN SELECT RAISE(ABORT, 'versions are append-only'); END;
    CREATE TRIGGER versions_last BEFORE DELETE ON versions
        BEGIN SELECT RAISE(ABORT, 'versions are append-only'); END;

    -- The latest state of each record, with what selections need.
    CREATE TABLE records (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL,
        trust TEXT NOT NULL,
        commit_id TEXT,
        time INTEGER NOT NULL,
        seq INTEGER NOT NULL REFERENCES versions (seq)
    );

    -- Everything below is an index: made from the records, and made again by `memory reindex`.
    CREATE TABLE changes (number INTEGER NOT NULL, path TEXT NOT NULL, old_path TEXT, symbols TEXT NOT NULL);
    CREATE INDEX changes_number ON changes (number);
    CREATE TABLE links (number INTEGER NOT NULL, relation TEXT NOT NULL, target TEXT NOT NULL);
    CREATE INDEX links_target ON links (target);
    CREATE VIRTUAL TABLE memory_text USING fts5 (
        subject, body, paths, symbols, tokenize = 'unicode61 remove_diacritics 0');
    CREATE VIRTUAL TABLE memory_terms USING fts5vocab (memory_text, 'instance');
    CREATE TABLE memory_length (number INTEGER PRIMARY KEY, length REAL NOT NULL);

    CREATE TABLE blobs (blob TEXT NOT NULL, language TEXT NOT NULL, PRIMARY KEY (blob, language)) WITHOUT ROWID;
    CREATE TABLE units (
        number INTEGER PRIMARY KEY,
        blob TEXT NOT NULL,
        language TEXT NOT NULL,
        name TEXT NOT NULL,
        qualified TEXT NOT NULL,
        kind TEXT NOT NULL,
        first INTEGER NOT NULL,
        last INTEGER NOT NULL,
        length REAL NOT NULL
    );
    CREATE INDEX units_blob ON units (blob);
    CREATE VIRTUAL TABLE code_text USING fts5 (
        name, body, content = '', tokenize = 'unicode61 remove_diacritics 0');
    CREATE VIRTUAL TABLE code_terms USING fts5vocab (code_text, 'instance');

    -- Which records an embedder's collection holds, in which version; those that get no vector are not worthy.
    CREATE TABLE embedded (
        collection TEXT NOT NULL,
        id TEXT NOT NULL,
        seq INTEGER NOT NULL,
        worthy INTEGER NOT NULL,
        PRIMARY KEY (collection, id)
    ) WITHOUT ROWID;
    """,
    """
    -- The lexical index is arrays of integers now (postings.py); all that was full text is made anew from the records.
    DROP TABLE memory_terms;
    DROP TABLE memory_text;
    DROP TABLE memory_length;
    DROP TABLE code_terms;
    DROP TABLE code_text;
    DROP TABLE units;
    DROP TABLE blobs;
    CREATE TABLE terms (id INTEGER PRIMARY KEY, term TEXT NOT NULL UNIQUE);
    -- Terms of memories, a batch a row: what `numbers` (64 bit) says of whom, the rest is `Rows` of postings.py. Of
    -- two segments that have the same memory the later one counts.
    CREATE TABLE segments (
        id INTEGER PRIMARY KEY,
        field TEXT NOT NULL,
        numbers BLOB NOT NULL,
        sizes BLOB NOT NULL,
        terms BLOB NOT NULL,
        counts BLOB NOT NULL
    );
    -- A blob's units of code and the terms of each.
    CREATE TABLE blobs (
        blob TEXT NOT NULL,
        language TEXT NOT NULL,
        units TEXT NOT NULL,
        sizes BLOB NOT NULL,
        terms BLOB NOT NULL,
        counts BLOB NOT NULL,
        PRIMARY KEY (blob, language)
    );
    ALTER TABLE records ADD COLUMN change TEXT NOT NULL DEFAULT 'other';
    -- 1 once the symbols of its changes are qualified names that tree-sitter read, not what git's hunk headers said.
    ALTER TABLE records ADD COLUMN qualified INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX records_unqualified ON records (number) WHERE qualified = 0 AND kind = 'commit';
    CREATE INDEX changes_renamed ON changes (number) WHERE old_path IS NOT NULL;
    -- Past fixes as questions that weights are learned from: their candidates' features (32 bit) and the gold's rows.
    CREATE TABLE examples (
        number INTEGER NOT NULL,
        level TEXT NOT NULL,
        version TEXT NOT NULL,
        features BLOB NOT NULL,
        gold BLOB NOT NULL,
        PRIMARY KEY (number, level)
    ) WITHOUT ROWID;
    -- Whose lines a commit of the mainline replaced, and how many; commits that nothing reaches any more.
    CREATE TABLE replaced (commit_id TEXT NOT NULL, owner TEXT NOT NULL, lines INTEGER NOT NULL);
    CREATE INDEX replaced_commit ON replaced (commit_id);
    CREATE INDEX replaced_owner ON replaced (owner);
    CREATE TABLE vanished (commit_id TEXT PRIMARY KEY) WITHOUT ROWID;
    DELETE FROM changes;
    DELETE FROM links;
    DELETE FROM meta WHERE name = 'indexed';
    """,
    """
    -- Which run was shown which memory, and what came of it. Nothing is updated or deleted; of two lines about the same
    -- run and memory the later one counts (a run that a limit stopped may go on).
    CREATE TABLE showings (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        run TEXT NOT NULL,
        memory TEXT NOT NULL,
        at INTEGER NOT NULL,
        body TEXT NOT NULL,
        signature TEXT NOT NULL
    );
    CREATE INDEX showings_run ON showings (run, memory);
    CREATE TRIGGER showings_stay BEFORE UPDATE ON showings
        BEGIN SELECT RAISE(ABORT, 'showings are append-only'); END;
    CREATE TRIGGER showings_last BEFORE DELETE ON showings
        BEGIN SELECT RAISE(ABORT, 'showings are append-only'); END;
    """,
)


def migrate(database: sqlite3.Connection) -> None:
    """Bring a database to the newest schema; two processes that try at once take turns."""
    database.execute("BEGIN IMMEDIATE")
    try:
        done = int(database.execute("PRAGMA user_version").fetchone()[0])
        for number, script in enumerate(MIGRATIONS[done:], start=done + 1):
            for statement in _statements(script):
                database.execute(statement)
            database.execute(f"PRAGMA user_version = {number}")
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:  # SQLite itself takes a transaction back when the disk is full
            database.execute("ROLLBACK")
        raise


def _statements(script: str) -> list[str]:
    """The statements of a script; `executescript` would commit in between."""
    found, current = [], ""
    for line in script.splitlines(keepends=True):
        current += line
        if sqlite3.complete_statement(current):
            found.append(current)
            current = ""
    return found
