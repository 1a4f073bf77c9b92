"""External files: a wrong one is left alone, a missing one is named."""

import hashlib
import http.server
import threading

import pytest

from compendium import external

CONTENT = b"frequency,z\n1,2\n"


@pytest.fixture
def store(toy, monkeypatch):
    """A registry of one file on a local server, and an empty data folder."""
    served = toy / "served"
    served.mkdir()
    (served / "a.txt").write_bytes(CONTENT)

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=served)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    rows = "file,sha256,bytes,url,url_verified,licence,repository,commit,what,ground_truth\n"
    digest = hashlib.sha256(CONTENT).hexdigest()
    for name in ("eis/a.txt", "nmr/gone.txt"):
        url = f"http://127.0.0.1:{server.server_port}/{name.split('/')[1]}"
        rows += f"{name},{digest},{len(CONTENT)},{url},yes,MIT,o/r,c,w,-\n"
    registry = toy / "data" / "external" / "registry.csv"
    registry.parent.mkdir(parents=True)
    registry.write_text(rows)
    folder = toy / "folder"
    folder.mkdir()
    monkeypatch.setenv("NASICON_DATA_DIR", str(folder))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    external.registry.cache_clear()
    yield folder, served, server
    server.shutdown()
    server.server_close()
    external.registry.cache_clear()


def test_missing_file_is_downloaded_once(store):
    folder, served, _ = store
    path = external.fetch("eis/a.txt")
    assert path == folder / "eis" / "a.txt"
    assert path.read_bytes() == CONTENT
    (served / "a.txt").unlink()
    assert external.fetch_all("eis/") == [path]


def test_wrong_file_is_named_and_left_alone(store):
    folder, _, _ = store
    path = folder / "eis" / "a.txt"
    path.parent.mkdir()
    path.write_bytes(b"my own")
    with pytest.raises(external.DataError) as error:
        external.fetch("eis/a.txt")
    assert not isinstance(error.value, external.MissingDataError)
    assert str(path) in str(error.value)
    assert hashlib.sha256(b"my own").hexdigest() in str(error.value)
    assert path.read_bytes() == b"my own"


@pytest.mark.parametrize("name", ["eis/a.txt", "nmr/gone.txt"])
def test_what_cannot_be_had_is_named_with_its_address_and_the_variable(store, name):
    folder, _, server = store
    if name == "eis/a.txt":  # offline; the other one is a 404
        server.shutdown()
        server.server_close()
    with pytest.raises(external.MissingDataError) as error:
        external.fetch(name)
    url = external.registry()[name].url
    for part in (name, str(folder), url, "NASICON_DATA_DIR"):
        assert part in str(error.value)
    assert [path for path in folder.rglob("*") if path.is_file()] == []


def test_server_with_another_file_is_an_error_and_leaves_nothing(store):
    folder, served, _ = store
    (served / "a.txt").write_bytes(b"changed")
    with pytest.raises(external.DataError, match="no longer the registered file"):
        external.fetch("eis/a.txt")
    assert [path for path in folder.rglob("*") if path.is_file()] == []


def test_read_only_folder_is_read_and_never_written(store):
    folder, _, _ = store
    (folder / "eis").mkdir()
    (folder / "eis" / "a.txt").write_bytes(CONTENT)
    for path in (folder / "eis" / "a.txt", folder / "eis", folder):
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        assert external.fetch("eis/a.txt").read_bytes() == CONTENT
        with pytest.raises(external.MissingDataError, match="is read-only"):
            external.fetch("nmr/gone.txt")
        assert sorted(path.name for path in folder.iterdir()) == ["eis"]
    finally:
        for path in (folder, folder / "eis"):
            path.chmod(0o755)


def test_names_outside_the_registry(store):
    with pytest.raises(external.DataError, match=r"did you mean eis/a\.txt"):
        external.fetch("eis/b.txt")
    with pytest.raises(external.DataError, match="there are eis, nmr"):
        external.fetch_all("xrd/")


def test_command_line(store, capsys):
    assert external.main(["fetch", "eis/"]) == 0
    assert capsys.readouterr().out.startswith("1 files are right in ")
    assert external.main(["fetch"]) == 1
    assert "nmr/gone.txt" in capsys.readouterr().err


def test_cache_is_poochs_where_nothing_is_said(monkeypatch):
    import pooch

    monkeypatch.delenv("NASICON_DATA_DIR", raising=False)
    assert external.data_dir() == pooch.os_cache("nasicon")


def test_committed_registry_is_sound():
    external.registry.cache_clear()
    entries = external.registry().values()
    assert len(entries) > 50
    for entry in entries:
        assert len(entry.sha256) == 64
        assert entry.url.startswith("https://")
        assert entry.licence
        assert not entry.name.startswith(("/", "."))


def test_real_external_file(external):
    assert external("eis/s04147/s04147-140deg.txt").stat().st_size == 1737
