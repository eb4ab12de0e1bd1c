"""The block type of a dedicated MirrorMaker's file, as data."""

from __future__ import annotations

from typing import Final

from kplan.sdk.types import COMPUTED, OPTIONAL, REQUIRED, Attribute, Is, Leaf

FILE: Final = "mirrormaker_file"

FILE_LEAF: Final = Leaf(
    FILE,
    doc="The properties file of a dedicated MirrorMaker cluster, as connect-mirror-maker reads it; a replication link with "
    'deployment = "dedicated" writes one. The whole file is the block\'s: what others add to it is taken out again. MirrorMaker '
    "reads it when it starts.",
    identity=("path",),
    on="cluster",
    on_attribute="cluster",
    rank=90,
    batch=100,
    appears_within=0.0,
    attributes=(
        Attribute(
            "cluster",
            "cluster",
            "The cluster that is copied to.",
            REQUIRED | Is.IMMUTABLE,
            "cluster.dr",
        ),
        Attribute(
            "path",
            "string",
            "Where it is, seen from the folder of the configuration.",
            REQUIRED | Is.IMMUTABLE,
            '"mm2.properties"',
            "Another path means another file: this one would be removed.",
        ),
        Attribute("config", "map(string)", "Its properties.", REQUIRED, '{ "clusters" = "primary, dr" }'),
        Attribute(
            "sensitive_config",
            "map(string)",
            "Properties that are secret. They are in the file, which then only its owner may read, and nowhere else.",
            OPTIONAL | Is.SENSITIVE | Is.WRITE_ONLY,
            '{ "primary.sasl.jaas.config" = var.replicator_login }',
        ),
        Attribute("sensitive_keys", "list(string)", "The names of the properties that are secret.", COMPUTED),
    ),
)
