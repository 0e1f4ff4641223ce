"""The shelf of releases: aliases move only to releases that are as they were built."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tellerbot.errors import ArtefactError, ConfigError
from tellerbot.release.manifest import Manifest, hash_files, write_manifest
from tellerbot.release.registry import Registry


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    registry = Registry(tmp_path / "releases", tmp_path / "registry")
    for version in ("1.2.0", "1.10.0", "1.9.0"):
        folder = registry.releases / version
        folder.mkdir(parents=True)
        (folder / "README.md").write_text(version)
        write_manifest(folder, Manifest(version, "2026-03-01", "0.1.0", "Test Bank", {}, {}, {}, hash_files(folder)))
    return registry


def history(registry: Registry) -> list[tuple[str, str, str]]:
    lines = (registry.folder / "history.jsonl").read_text().splitlines()
    return [(row["event"], row["alias"], row["version"]) for row in map(json.loads, lines)]


def test_versions_are_listed_oldest_first_and_only_whole_ones(registry: Registry):
    (registry.releases / ".2.0.0.partial-7").mkdir()
    (registry.releases / "3.0.0").mkdir()
    (registry.releases / "notes").mkdir()
    assert registry.versions() == ["1.2.0", "1.9.0", "1.10.0"]


def test_an_empty_shelf_says_how_to_fill_it(tmp_path: Path):
    registry = Registry(tmp_path / "none", tmp_path / "none")
    assert (registry.versions(), registry.aliases()) == ([], {})
    with pytest.raises(
        ArtefactError, match=r"found 'production'. Known: none yet; make one with: tellerbot quickstart"
    ):
        registry.resolve("production")


def test_promotion_moves_an_alias_and_rollback_moves_it_back(registry: Registry):
    registry.promote("production", "1.2.0")
    registry.promote("production", "1.9.0")
    registry.promote("production", "1.9.0")  # nothing to do
    registry.promote("staging", "production")
    assert registry.aliases() == {"production": ["1.2.0", "1.9.0"], "staging": ["1.9.0"]}
    assert registry.resolve("production") == registry.releases / "1.9.0"
    assert registry.resolve("1.10.0") == registry.releases / "1.10.0"
    assert registry.rollback("production").version == "1.2.0"
    assert registry.resolve("production") == registry.releases / "1.2.0"
    assert registry.resolve("staging") == registry.releases / "1.9.0"
    assert history(registry) == [
        ("promote", "production", "1.2.0"),
        ("promote", "production", "1.9.0"),
        ("promote", "staging", "1.9.0"),
        ("rollback", "production", "1.2.0"),
    ]


@pytest.mark.parametrize("alias, found", [("production", r"\['1.2.0'\]"), ("nothing", "none")])
def test_without_an_earlier_release_there_is_no_rollback(registry: Registry, alias: str, found: str):
    registry.promote("production", "1.2.0")
    with pytest.raises(ConfigError, match=f"Expected an earlier release for '{alias}' to go back to, found {found}"):
        registry.rollback(alias)


@pytest.mark.parametrize("name", ["producton", "9.9.9", "1.2", "../1.2.0", "1.2.0/", ""])
def test_an_unknown_release_or_alias_is_told_with_the_known_ones(registry: Registry, name: str):
    registry.promote("production", "1.2.0")
    for use in (registry.resolve, lambda name: registry.promote("staging", name)):
        with pytest.raises(ArtefactError) as caught:
            use(name)
        assert f"found {name!r}. Known: 1.2.0, 1.9.0, 1.10.0, production." in str(caught.value)
    assert registry.aliases() == {"production": ["1.2.0"]}


@pytest.mark.parametrize("alias", ["", "-", "1.2.0", "a b", "../a", "pro_d", "prod\n"])
def test_an_alias_is_letters_digits_and_dashes(registry: Registry, alias: str):
    with pytest.raises(ConfigError, match="Expected an alias of letters, digits and dashes, such as production"):
        registry.promote(alias, "1.2.0")
    assert not (registry.folder / "aliases.json").exists()


def test_an_altered_release_is_neither_promoted_nor_rolled_back_to(registry: Registry):
    registry.promote("production", "1.2.0")
    registry.promote("production", "1.9.0")
    for version in ("1.2.0", "1.10.0"):
        (registry.releases / version / "README.md").write_text("altered")
    with pytest.raises(ArtefactError, match=r"README.md was altered"):
        registry.promote("production", "1.10.0")
    with pytest.raises(ArtefactError, match=r"README.md was altered"):
        registry.rollback("production")
    assert registry.aliases() == {"production": ["1.2.0", "1.9.0"]}
    assert len(history(registry)) == 2


def test_a_release_that_is_a_link_is_refused(registry: Registry, tmp_path: Path):
    (registry.releases / "1.2.0").rename(tmp_path / "1.2.0")
    (registry.releases / "1.2.0").symlink_to(tmp_path / "1.2.0", target_is_directory=True)
    with pytest.raises(ArtefactError, match=r"1\.2\.0.*link"):
        registry.promote("production", "1.2.0")


@pytest.mark.parametrize(
    "content",
    ["", "{", '{"production": ["1.2.0"', "[]", "null", '"1.2.0"', '{"production": "1.2.0"}', '{"production": null}',
     '{"production": [1]}', "\ufffd\x00"],
)  # fmt: skip
def test_corrupted_aliases_are_told_with_the_remedy_and_stay_as_they_are(registry: Registry, content: str):
    registry.promote("production", "1.2.0")
    file = registry.folder / "aliases.json"
    file.write_text(content)
    for use in (
        lambda: registry.resolve("production"),
        lambda: registry.promote("production", "1.9.0"),
        lambda: registry.rollback("production"),
    ):
        with pytest.raises(ArtefactError, match=r"aliases\.json: expected .*Restore it from history\.jsonl"):
            use()
    assert file.read_text() == content
    assert registry.resolve("1.9.0") == registry.releases / "1.9.0"


def test_an_alias_of_a_release_that_is_gone_is_told(registry: Registry):
    registry.promote("production", "1.2.0")
    (registry.releases / "1.2.0").rename(registry.releases / "gone")
    with pytest.raises(ArtefactError, match=r"found 'production'. Known: 1.9.0, 1.10.0, production"):
        registry.resolve("production")


def test_promotions_at_the_same_moment_are_all_kept(registry: Registry):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda at: registry.promote(f"alias-{at}", "1.2.0"), range(24)))
    assert registry.aliases() == {f"alias-{at}": ["1.2.0"] for at in range(24)}
    assert len(history(registry)) == 24
