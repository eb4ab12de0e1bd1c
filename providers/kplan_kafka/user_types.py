"""The block type of users who log in by SCRAM. Data only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kplan.sdk.types import OPTIONAL, OPTIONAL_COMPUTED, REQUIRED, Attribute, Is, Leaf
from kplan_kafka.types import CLUSTER

if TYPE_CHECKING:
    from kplan.sdk.types import BlockType

USER: Final = "scram_user"
SHA_256: Final = "SCRAM-SHA-256"
SHA_512: Final = "SCRAM-SHA-512"
MECHANISMS: Final = {SHA_256: 1, SHA_512: 2}  # by the codes of Kafka's protocol
ITERATIONS: Final = range(4096, 16385)
"""What a broker takes: ScramMechanism's least, and the most of CredentialProvider's checks."""

USER_LEAF: Final = Leaf(
    name=USER,
    doc="A user who logs in to a cluster by SCRAM, by one mechanism. The password is sent and never read back: kplan keeps "
    "nothing of it but slow digests, or with password_version nothing at all.",
    identity=("name", "mechanism"),
    on=CLUSTER,
    on_attribute="cluster",
    rank=10,
    batch=100,
    attributes=(
        Attribute(
            "cluster",
            CLUSTER,
            "The cluster that the user logs in to.",
            REQUIRED | Is.IMMUTABLE,
            "cluster.primary",
            "Another cluster means another user: made there, and deleted here.",
        ),
        Attribute(
            "name",
            "string",
            "The user's name; the block's label by default. To access control the user is User: and the name.",
            OPTIONAL | Is.IMMUTABLE,
            '"billing"',
            "Another name means another user: this one is deleted, the other made.",
        ),
        Attribute(
            "mechanism",
            "string",
            "How the user logs in: SCRAM-SHA-256 or SCRAM-SHA-512; the latter where not stated.",
            OPTIONAL | Is.IMMUTABLE,
            '"SCRAM-SHA-256"',
            "Another mechanism means another credential: this one is deleted, the other made.",
        ),
        Attribute(
            "password",
            "string",
            "The password. It takes a sensitive value.",
            REQUIRED | Is.SENSITIVE | Is.WRITE_ONLY,
            "var.billing_password",
            "Sent anew. Who is logged in stays so; the old password is good for nothing at once.",
        ),
        Attribute(
            "password_version",
            "number",
            "Says when to send the password: whenever this changes, and not otherwise. Without it kplan finds out by "
            "itself whether the password has changed.",
            OPTIONAL,
            "2",
            "The password is sent anew.",
        ),
        Attribute(
            "iterations",
            "number",
            f"How often the password is hashed: {ITERATIONS.start} to {ITERATIONS.stop - 1}; {ITERATIONS.start} for a new "
            "user where not stated.",
            OPTIONAL_COMPUTED,
            "8192",
            "The password is sent anew, hashed so often.",
        ),
    ),
)

USER_TYPES: Final[tuple[BlockType, ...]] = (USER_LEAF,)
