from memcoder.memory.conventions.written import SECTIONS_LIMIT, TEXT_LIMIT, guidelines, split, written

LONG = "Every change of behaviour comes with a test that failed before."


def test_the_files_that_are_guidelines() -> None:
    paths = [
        "AGENTS.md", "CONTRIBUTING", "docs/contributing.rst", ".github/copilot-instructions.md", ".cursorrules",
        ".cursor/rules/style.mdc", "HACKING.rst", "docs/internals/contributing/style.txt", "src/ui/CLAUDE.md",
        "README.md", "src/agents.py", "tests/CONTRIBUTING.md", "docs/development/index.rst", "data/gemini.xml",
    ]  # fmt: skip
    assert set(guidelines(paths)) == set(paths[:9])


def test_sections_of_markdown_and_of_restructuredtext() -> None:
    markdown = "Before.\n\n# Tests\nWrite them.\n```\n# no heading\n```\n## Style ##\nBlack.\n"
    assert list(split(markdown)) == [
        ("", "Before."),
        ("Tests", "Write them.\n```\n# no heading\n```"),
        ("Style", "Black."),
    ]
    rst = "=====\nTitle\n=====\n\nIntro.\n\nTests\n-----\n\nWrite them.\n"
    assert list(split(rst)) == [("", ""), ("Title", "Intro."), ("Tests", "Write them.")]


def test_an_agents_file_speaks_of_its_folder_and_contributing_of_the_project() -> None:
    files = {"src/ui/AGENTS.md": f"# UI\n{LONG}".encode(), "docs/CONTRIBUTING.md": f"# All\n{LONG}".encode()}
    found = {section.path: section for section in written(files, files.get)}
    assert found["src/ui/AGENTS.md"].area == "src/ui"
    assert found["docs/CONTRIBUTING.md"].area == ""
    assert found["docs/CONTRIBUTING.md"].text == LONG


def test_sizes_are_bounded_and_what_says_nothing_is_left_out() -> None:
    huge = "".join(f"# S{number}\n{LONG * 100}\n" for number in range(100)) + "# Empty\nx\n"
    found = written(["AGENTS.md"], lambda path: huge.encode())
    assert len(found) == min(SECTIONS_LIMIT, len(found))
    assert len(found) > 10
    assert all(len(section.text) <= TEXT_LIMIT for section in found)
    assert written(["AGENTS.md"], lambda path: b"# Empty\nx\n") == []
    assert written(["AGENTS.md"], lambda path: b"\xff\xfe") == []
