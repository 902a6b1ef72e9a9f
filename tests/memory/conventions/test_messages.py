import pytest

from memcoder.memory.conventions.messages import shape


@pytest.mark.parametrize(
    ("subject", "prefixes"),
    [
        ("Fixed #123 -- Rounded totals.", ("Fixed #N -- ",)),
        ("Fixed #12, #13 -- Rounded totals.", ("Fixed #N -- ",)),
        ("[3.2.x] Fixed a typo.", ("[N.N.x] ",)),
        ("feat(core): add totals", ("feat(core): ", "type(scope): ", "type: or type(scope): ")),
        ("fix: round", ("fix: ", "type: ", "type: or type(scope): ")),
        ("DOC: say how", ("DOC: ", "TAG: ")),
        ("io.fits: read more", ("io.fits: ", "component: ")),
        ("Add totals", ()),
    ],
)
def test_prefixes_from_particular_to_general(subject: str, prefixes: tuple[str, ...]) -> None:
    assert shape(subject).prefixes == prefixes


@pytest.mark.parametrize(
    ("subject", "mood"),
    [
        ("Fixed #1 -- Added totals.", "past"),
        ("Add totals", "imperative"),
        ("fix: applies rounding", "third person"),
        ("Applied rounding", "past"),
        ("Totals are rounded", ""),
    ],
)
def test_the_mood_of_the_verb_after_the_prefix(subject: str, mood: str) -> None:
    assert shape(subject).mood == mood


def test_the_rest_of_a_message_s_shape() -> None:
    found = shape("Round totals. (#12)\n\nThey were cut.\n\nSigned-off-by: A <a@b.c>\n")
    assert found.stop
    assert found.capital
    assert found.body
    assert found.reference[0] == "(#N) at the end of the subject"
    assert found.trailers == {"Signed-off-by"}
    assert not shape("round totals\n\nSigned-off-by: A <a@b.c>").body
    assert shape("").prefixes == ()
