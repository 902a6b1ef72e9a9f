"""A benchmark's document as one page for people, and as Markdown."""
