"""Settings: the order of the layers, and what a repository may say."""

from pathlib import Path

import pytest

from memcoder.config import REPOSITORY_KEYS, Settings, home, load_settings, user_file
from memcoder.errors import UsageError


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    return folder


def user_settings(text: str) -> None:
    user_file().parent.mkdir(parents=True, exist_ok=True)
    user_file().write_text(text)


def test_each_layer_overrides_the_one_before(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings(repository) == Settings()
    (repository / "memcoder.toml").write_text("max_steps = 10\n")
    assert load_settings(repository).max_steps == 10
    user_settings("max_steps = 20\n")
    assert load_settings(repository).max_steps == 20
    monkeypatch.setenv("MEMCODER_MAX_STEPS", "30")
    assert load_settings(repository).max_steps == 30
    assert load_settings(repository, max_steps=40).max_steps == 40
    assert load_settings(repository, max_steps=None).max_steps == 30


@pytest.mark.parametrize("key", sorted(set(Settings.model_fields) - REPOSITORY_KEYS))
def test_a_repository_may_not_choose_anything_else(repository: Path, key: str) -> None:
    (repository / "memcoder.toml").write_text(f'{key} = "x"\n')
    with pytest.raises(UsageError, match=f"sets {key}, which a repository may not"):
        load_settings(repository)


def test_a_repository_may_lower_limits_but_never_raise_them(repository: Path) -> None:
    (repository / "pyproject.toml").write_text("[tool.memcoder]\nmax_cost = 1000.0\nmax_time = 5\nmax_steps = 9999\n")
    settings = load_settings(repository)
    assert (settings.max_cost, settings.max_time, settings.max_steps) == (1.0, 5.0, Settings().max_steps)


def test_memcoder_toml_comes_before_pyproject(repository: Path) -> None:
    (repository / "pyproject.toml").write_text('[tool.memcoder]\ntest_command = "tox"\n')
    assert load_settings(repository).test_command == "tox"
    (repository / "memcoder.toml").write_text('test_command = "pytest"\n')
    assert load_settings(repository).test_command == "pytest"


@pytest.mark.parametrize("text", ["tool = 3\n", "not toml at all [", "[tool]\nmemcoder = 1\n"])
def test_somebody_elses_broken_pyproject_stops_nothing(repository: Path, text: str) -> None:
    (repository / "pyproject.toml").write_text(text)
    assert load_settings(repository) == Settings()


def test_a_link_to_elsewhere_is_not_read(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.toml").write_text('test_command = "true"\n')
    (repository / "memcoder.toml").symlink_to(tmp_path / "elsewhere.toml")
    with pytest.raises(UsageError, match="not a plain file"):
        load_settings(repository)


@pytest.mark.parametrize("value", ["-1", "0", "nan", "many"])
def test_a_wrong_value_names_its_place(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMCODER_MAX_TIME", value)
    with pytest.raises(UsageError, match="the environment: setting `max_time`"):
        load_settings()


def test_a_broken_user_file_is_named() -> None:
    user_settings("model = ")
    with pytest.raises(UsageError, match=r"config\.toml cannot be read as TOML"):
        load_settings()


def test_a_key_in_the_environment_chooses_no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-nothing")
    assert load_settings().model is None


def test_a_file_in_the_place_of_the_home_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "elsewhere"
    monkeypatch.setenv("MEMCODER_HOME", str(place))
    assert home() == place
    place.write_text("x")
    with pytest.raises(UsageError, match="is a file"):
        home()
