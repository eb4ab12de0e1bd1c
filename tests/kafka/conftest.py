"""What the tests on real Kafka share: names that don't meet, other clients, and clusters for those who break things."""

import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import connect_files
import pytest
import users
from another_client import Client
from connect_worker import ConnectWorker
from denying import Denying, spec
from kplan_run import Workspace
from link_files import Side, declare_workers

from kplan.sandbox import ClusterSpec, Sandbox, SandboxSpec, start, stop

_HERE = Path(__file__).parent


# What takes longest, each in one process: at the end all would wait for it.
_FIRST = ("test_saved_plans_meddled", "test_link", "test_connect", "test_users", "test_rights")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is here, and put it in the order in which some processes are done with it soonest."""
    ours = [item for item in items if _HERE in item.path.parents]
    for item in ours:
        item.add_marker(pytest.mark.kafka)
    sizes = Counter(item.path for item in ours)
    ours.sort(key=lambda item: (_turn(item.path.stem), -sizes[item.path]))
    items[:] = [item for item in items if item.path not in sizes] + ours


def _turn(name: str) -> int:
    return next((at for at, first in enumerate(_FIRST) if name.startswith(first)), len(_FIRST))


@pytest.fixture
def topic_prefix() -> str:
    """What the names of a test's topics begin with, so that tests share clusters and never meet."""
    return f"t{uuid.uuid4().hex[:10]}-"


@pytest.fixture
def spare_cluster(tmp_path: Path) -> Iterator[Callable[..., Sandbox]]:
    """Make sandboxes of one cluster, called `spare`, that a test may kill, pause and restart.

    Takes what ClusterSpec takes: brokers, heap, config.
    """
    made: list[Sandbox] = []

    def make(**wanted: object) -> Sandbox:
        number = len(made) + 1
        spec = SandboxSpec(
            f"spare{number}",
            clusters=(ClusterSpec("spare", **wanted),),  # type: ignore[arg-type]
            folder=tmp_path / f"spare{number}",
            tied=True,
        )
        made.append(start(spec))
        return made[-1]

    yield make
    for sandbox in made:
        stop(sandbox)


@pytest.fixture(scope="session")
def kplan_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What all kplan processes of this run share."""
    return tmp_path_factory.mktemp("kplan-cache")


@pytest.fixture
def primary(kafka: Sandbox) -> Client:
    """Another client of the shared cluster `primary`."""
    return Client(kafka.cluster("primary").bootstrap)


@pytest.fixture
def dr(kafka: Sandbox) -> Client:
    """Another client of the shared cluster `dr`."""
    return Client(kafka.cluster("dr").bootstrap)


@pytest.fixture
def workspace(
    kafka: Sandbox, topic_prefix: str, tmp_path: Path, kplan_cache: Path, primary: Client, dr: Client
) -> Iterator[Workspace]:
    """A configuration over both shared clusters; topics with the test's prefix are gone afterwards."""
    servers = {cluster.name: cluster.bootstrap for cluster in kafka.clusters}
    yield Workspace(tmp_path / "workspace", servers, topic_prefix, kplan_cache)
    for client in (primary, dr):
        client.delete(*client.names(topic_prefix))


@pytest.fixture(scope="session")
def denying(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Denying]:
    """A cluster of two brokers where User:kplan may do what a test says, and nothing else."""
    folder = tmp_path_factory.mktemp("denying") / "sandbox"
    sandbox = start(SandboxSpec("denying", clusters=(spec("denying", brokers=2),), folder=folder, tied=True))
    cluster = Denying(sandbox.clusters[0])
    yield cluster
    cluster.close()
    stop(sandbox)


@pytest.fixture(scope="session")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[users.Users]:
    """A cluster where users log in by SCRAM, by another client."""
    folder = tmp_path_factory.mktemp("users") / "sandbox"
    sandbox = start(SandboxSpec("users", clusters=(users.spec("guarded"),), folder=folder, tied=True))
    yield users.Users(sandbox.clusters[0])
    stop(sandbox)


@pytest.fixture
def with_users(
    there: users.Users, topic_prefix: str, tmp_path: Path, kplan_cache: Path
) -> Iterator[Workspace]:
    """A configuration over that cluster. Whatever a test does, no password is in a file or was said afterwards."""
    made = Workspace(tmp_path / "work", {"guarded": there.login}, topic_prefix, kplan_cache)
    made.write(users.VARIABLES, "variables.kplan.hcl")
    made.clusters(guarded=users.SECURITY % "kplan")
    made.environment["KPLAN_VAR_own"] = users.OWN
    users.declare(made, users.FIRST)
    yield made
    files = [path for folder in (tmp_path, kplan_cache) for path in folder.rglob("*") if path.is_file()]
    for path in files:  # what commands say is in files there too
        held = path.read_bytes()
        assert not [one for one in users.SECRETS if one.encode() in held], path


@pytest.fixture(scope="session")
def worker(kafka: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConnectWorker]:
    """A Connect worker on the shared cluster `primary`, for the whole run: not to be stopped or paused."""
    group = f"connect-{uuid.uuid4().hex[:8]}"
    made = ConnectWorker(kafka.cluster("primary"), group, tmp_path_factory.mktemp("connect"))
    yield made
    made.kill()


@pytest.fixture
def etl(workspace: Workspace, worker: ConnectWorker) -> Iterator[Workspace]:
    """A configuration with the worker in it, as `connect_cluster.etl`; connectors with the test's prefix are gone afterwards."""
    workspace.clusters(primary="")
    connect_files.declare_worker(workspace, worker)
    yield workspace
    for name in worker.names(workspace.prefix):
        worker.delete(name)


@pytest.fixture(scope="session")
def copier(kafka: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConnectWorker]:
    """A Connect worker on the shared cluster `dr`, for the whole run: not to be stopped or paused."""
    group = f"copier-{uuid.uuid4().hex[:8]}"
    made = ConnectWorker(kafka.cluster("dr"), group, tmp_path_factory.mktemp("copier"))
    yield made
    made.kill()


@pytest.fixture
def sides(
    workspace: Workspace, worker: ConnectWorker, copier: ConnectWorker, primary: Client, dr: Client
) -> Iterator[tuple[Side, Side]]:
    """Both shared clusters with workers, declared; what was copied is gone afterwards."""
    made = (Side("primary", worker.cluster.bootstrap, worker), Side("dr", copier.cluster.bootstrap, copier))
    declare_workers(workspace, *made)
    yield made
    for side, client in zip(made, (primary, dr), strict=True):
        for name in side.worker.names(workspace.prefix):
            side.worker.delete(name)
        client.delete(*[name for name in client.names() if workspace.prefix in name])
