"""The server: who is let in, what is handed out, what is refused. No browser, and a worker that does nothing."""

import resource
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("gradio", reason="the demo needs the extra web")

from fastapi.testclient import TestClient
from httpx import Response

from srgan_prompt.cli.app import main
from srgan_prompt.errors import UsageError
from srgan_prompt.web import page, server
from srgan_prompt.web.server import DemoSettings, build_app, read_auth
from srgan_prompt.web.supervisor import MAX_QUEUED, UPLOAD_POLICY, Answer, Job, JobError, Supervisor

ORIGIN = "http://127.0.0.1:7860"


class Clerk(Supervisor):
    """Notes the jobs that reach it, and does none."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []

    def run(self, job: Job, owner: str, tell_progress: object) -> Answer:
        self.jobs.append(job)
        raise JobError("Not done.")


@pytest.fixture(scope="module")
def clerk() -> Clerk:
    return Clerk()


@pytest.fixture(scope="module")
def visitor(clerk, tmp_path_factory) -> Iterator[TestClient]:
    app = build_app(DemoSettings(), clerk, tmp_path_factory.mktemp("demo"))
    with TestClient(app, base_url=ORIGIN, follow_redirects=False) as client:
        yield client


def test_the_page_answers_and_asks_nothing_of_others(visitor):
    page = visitor.get("/")
    assert page.status_code == 200
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    assert "fonts.googleapis" not in page.text
    assert "cdnjs" not in page.text
    assert visitor.get("/config").json()["analytics_enabled"] is False


def test_a_name_of_another_site_is_refused(visitor):
    assert visitor.get("/", headers={"Host": "evil.example"}).status_code == 400


def test_uploads_over_ten_mebibytes_are_refused(visitor):
    too_large = visitor.post("/gradio_api/upload", files={"files": ("a.png", bytes(UPLOAD_POLICY.max_file_bytes + 1))})
    assert too_large.status_code == 413
    assert visitor.post("/gradio_api/upload", files={"files": ("a.png", b"small")}).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "../../etc/passwd",
        "%2e%2e/%2e%2e/etc/passwd",
        "pyproject.toml",
        "http://169.254.169.254/",
        "http://127.0.0.1:22/",
        "http://10.0.0.1/",
    ],
)
def test_files_and_addresses_that_are_not_the_demo_s_are_not_handed_out(visitor, path):
    response = visitor.get(f"/gradio_api/file={path}")
    assert response.status_code in {403, 404}
    assert "location" not in response.headers


def test_no_monitoring_no_interface_description_no_foreign_origin(visitor):
    assert visitor.get("/monitoring").status_code in {403, 404}
    assert visitor.get("/docs").status_code == 404
    assert not visitor.get("/gradio_api/info").json()["named_endpoints"]
    response = visitor.post("/gradio_api/queue/join", headers={"Origin": "http://evil.example"}, json={})
    assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize("path", ["/etc/passwd", "http://127.0.0.1:22/a.png", "http://10.0.0.1/a.png"])
def test_an_input_that_was_not_uploaded_never_reaches_the_worker(visitor, clerk, path):
    """A file of the machine, or an address; an upload does."""
    assert '"success":false' in look_at(visitor, path)
    assert not clerk.jobs
    [uploaded] = visitor.post("/gradio_api/upload", files={"files": ("a.png", b"small")}).json()
    assert '"success":true' in look_at(visitor, uploaded)
    assert [job.path for job in clerk.jobs] == [uploaded]
    clerk.jobs.clear()


def test_of_fifty_at_once_one_runs_twenty_wait_and_the_others_are_refused(tmp_path):
    clerk = SlowClerk()
    with TestClient(build_app(DemoSettings(), clerk, tmp_path), base_url=ORIGIN) as visitor:
        [uploaded] = visitor.post("/gradio_api/upload", files={"files": ("a.png", b"small")}).json()
        before_bytes = resident_bytes()
        assert join(visitor, uploaded, "first").status_code == 200
        assert clerk.is_at_work.wait(30)
        statuses = [join(visitor, uploaded, f"visitor {number}").status_code for number in range(49)]
        assert statuses == [200] * MAX_QUEUED + [503] * (49 - MAX_QUEUED)
        clerk.may_end.set()
        for session in ("first", *(f"visitor {number}" for number in range(MAX_QUEUED))):
            answer = visitor.get("/gradio_api/queue/data", params={"session_hash": session}).text
            assert "process_completed" in answer
        assert len(clerk.jobs) == 1 + MAX_QUEUED
        assert clerk.most_at_once == 1
        assert resident_bytes() - before_bytes < 100 * 2**20


class SlowClerk(Clerk):
    """Does nothing, and only when it may."""

    def __init__(self) -> None:
        super().__init__()
        self.is_at_work, self.may_end = threading.Event(), threading.Event()
        self.now = self.most_at_once = 0

    def run(self, job: Job, owner: str, tell_progress: object) -> Answer:
        self.now += 1
        self.most_at_once = max(self.most_at_once, self.now)
        self.is_at_work.set()
        self.may_end.wait(60)
        self.now -= 1
        return super().run(job, owner, tell_progress)


def resident_bytes() -> int:
    """Memory of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def look_at(visitor: TestClient, path: str) -> str:
    """What the server says about a job on the file at ``path``."""
    assert join(visitor, path, "s").status_code == 200
    return visitor.get("/gradio_api/queue/data", params={"session_hash": "s"}).text.replace(" ", "")


def join(visitor: TestClient, path: str, session: str) -> Response:
    """A job on the file at ``path`` into the queue."""
    config = visitor.get("/config").json()
    looking = next(each for each in config["dependencies"] if each["targets"][0][1] == "change")
    file = {"path": path, "url": path, "meta": {"_type": "gradio.FileData"}}
    body = {"data": [file], "fn_index": looking["id"], "session_hash": session}
    return visitor.post("/gradio_api/queue/join", json=body)


def test_loopback_is_the_default_and_other_machines_need_a_password():
    assert DemoSettings().host == "127.0.0.1"
    assert DemoSettings(auth=("ann", "a long password")).host == "127.0.0.1"
    assert DemoSettings(auth=("ann", "a long password"), is_public=True).host == "0.0.0.0"  # noqa: S104
    with pytest.raises(UsageError, match="needs a password"):
        DemoSettings(is_public=True)


def test_with_a_password_nothing_is_shown_before_it_is_given(tmp_path):
    settings = DemoSettings(auth=("ann", "a long password"), is_public=True)
    with TestClient(build_app(settings, Clerk(), tmp_path), base_url=ORIGIN) as client:
        assert client.get("/config").status_code == 401
        assert client.post("/gradio_api/upload", files={"files": ("a.png", b"small")}).status_code == 401
        assert client.post("/login", data={"username": "ann", "password": "wrong"}).status_code == 400
        assert client.post("/login", data={"username": "ann", "password": "a long password"}).status_code == 200
        assert client.get("/config").status_code == 200


@pytest.mark.parametrize("content", ["", "ann", "ann:short", ":a long password"])
def test_a_password_file_that_is_none_is_refused(tmp_path, content):
    (tmp_path / "auth").write_text(content)
    with pytest.raises(UsageError, match="NAME:PASSWORD"):
        read_auth(tmp_path / "auth")


def test_a_password_file_is_read(tmp_path):
    (tmp_path / "auth").write_text("ann:a long: password\n")
    assert read_auth(tmp_path / "auth") == ("ann", "a long: password")
    with pytest.raises(UsageError, match="cannot be read"):
        read_auth(tmp_path / "missing")


def test_the_command_refuses_public_without_a_password(capsys):
    assert main(["demo", "--public"]) == 2
    assert "--auth FILE" in capsys.readouterr().err


def test_without_gradio_the_command_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setattr(server, "find_spec", lambda _: None)
    assert main(["demo"]) == 2
    assert "pip install 'srgan-prompt[web]'" in capsys.readouterr().err


def test_a_port_in_use_is_told_before_anything_is_loaded(capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["demo", "--port", str(port)]) == 5
    assert f"Port {port} cannot be used" in capsys.readouterr().err


def test_the_port_and_the_folder_are_free_afterwards():
    with server._listening(DemoSettings(port=0)) as listener, server._private_folder() as folder:
        port = listener.getsockname()[1]
        (folder / "upload.png").write_bytes(b"")
        assert Path(folder).stat().st_mode & 0o077 == 0
    assert not folder.exists()
    with server._listening(DemoSettings(port=port)):
        pass


def test_uploads_are_deleted_after_a_while(tmp_path, monkeypatch):
    monkeypatch.setattr(page, "SWEEP_S", 1)
    monkeypatch.setattr(page, "KEEP_S", 1)
    with TestClient(build_app(DemoSettings(), Clerk(), tmp_path), base_url=ORIGIN) as client:
        [uploaded] = client.post("/gradio_api/upload", files={"files": ("a.png", b"small")}).json()
        assert Path(uploaded).is_relative_to(tmp_path)
        deadline_s = time.monotonic() + 30
        while Path(uploaded).exists() and time.monotonic() < deadline_s:
            time.sleep(0.2)
        assert not Path(uploaded).exists()
