import pytest

from memcoder.history.noise import FILES_LIMIT, LINES_LIMIT, is_noise, is_noise_commit
from memcoder.records import Commit, FileChange


@pytest.mark.parametrize(
    "path",
    ["poetry.lock", "web/package-lock.json", "static/app.min.js", "api/user_pb2.py", "api/user.pb.go", "go.sum",
     "vendor/github.com/a/b.go", "node_modules/a/index.js", "django/utils/third_party/six.py", "js/jquery-1.4.2.js",
     "locale/de/LC_MESSAGES/django.po", "dist/bundle.js", "src/parsetab.py"],
)  # fmt: skip
def test_vendored_and_generated_paths(path: str) -> None:
    assert is_noise(FileChange(path=path, added=1))


@pytest.mark.parametrize(
    "path",
    ["src/lock.py", "src/vendors.py", "src/distance.py", "a/minify.js", "src/generator.py", "lib/jquery_bridge.py",
     "app/migrations/0001_initial.py", "docs/conf.py", "src/sum.go", "Cargo.toml"],
)  # fmt: skip
def test_paths_of_the_project_itself(path: str) -> None:
    assert not is_noise(FileChange(path=path, added=20, deleted=3))


def test_size_makes_noise_of_a_change() -> None:
    assert is_noise(FileChange(path="a.py", added=LINES_LIMIT, deleted=1))
    assert not is_noise(FileChange(path="a.py", added=LINES_LIMIT))
    assert is_noise(FileChange(path="app/migrations/0001_initial.py", added=400))


def test_commits_of_noise_alone() -> None:
    lock, code = FileChange(path="uv.lock", added=5), FileChange(path="a.py", added=5)

    def commit(*files: FileChange, parents: int = 1) -> Commit:
        return Commit(sha="1", parents=("0",) * parents, author="", time=0, message="", files=files)

    assert is_noise_commit(commit(lock))
    assert not is_noise_commit(commit(lock, code))
    assert not is_noise_commit(commit())
    assert is_noise_commit(commit(parents=2))
    assert is_noise_commit(commit(*[code] * FILES_LIMIT))
