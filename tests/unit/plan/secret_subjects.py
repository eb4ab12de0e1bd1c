"""Objects with secrets, applied one after another as the engine does, and a count of the slow digests that it took."""

from plan_subjects import instance, key

from kplan.plan.secrets import Secrets, digested, forgotten
from kplan.sdk.types import OPTIONAL, Attribute, Is, Leaf
from kplan.sdk.values import Secret

USER = Leaf(
    "user",
    (
        Attribute("name", "string", ""),
        Attribute("password", "string", "", OPTIONAL | Is.SENSITIVE | Is.WRITE_ONLY),
        Attribute("password_version", "number", "", OPTIONAL),
        Attribute("token", "string", "", OPTIONAL | Is.SENSITIVE | Is.WRITE_ONLY),
    ),
    ("name",),
    "cluster",
    "cluster",
)


def user_key(name="anna"):
    return key(name, "user")


def user(name="anna", password="first", address="", **more):  # noqa: S107 - of the test's own user
    secret = Secret(password) if isinstance(password, str) else password
    desired = {"name": name, "password": secret, **more}
    made = {one: value for one, value in desired.items() if value is not None}
    return instance(address or f"user.{name}", leaf=USER, identity=(name,), desired=made)


def compared(stored, *users, prior=True, **how):
    """Compare the secrets of users with what is stored; all of them are in state unless `prior` says otherwise."""
    secrets = Secrets(stored)
    for one in users:
        known = {} if prior is True else prior
        secrets.add(user_key(*one.identity), one, known, **how)
    return secrets.find()


class Digests:
    """What state holds of secrets, from one apply to the next."""

    def __init__(self, stored=None):
        self.stored = stored or {}

    def rotated(self, *users, **how):
        """Name those whose secret is to be sent."""
        return {one.identity[0] for one in compared(self.stored, *users, **how).rotated}

    def apply(self, *users, failing=(), partial=False, killed=False, **how):
        """Send the secrets that are to be sent; gives whose those are."""
        found = compared(self.stored, *users, **how)
        sent = {one.identity[0] for one in found.rotated}
        before, gone = self.stored, forgotten(self.stored, found)
        self.stored = before if gone is None else gone
        if not killed:
            alive = [user_key(*one.identity) for one in users if one.identity[0] not in {*failing} & sent]
            self.stored = digested(before, found, alive, "ab" * 16, partial=partial)
        return sent
