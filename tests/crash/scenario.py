"""What is there before the run that gets killed, what that run is to do, and what must be there in the end.

On two clusters, in several batches: creates in three levels that need each other across clusters, updates, grows,
deletes in order, a replacement, a move, an adoption, an object that is let go, an output.
"""

from typing import NamedTuple

KEPT_ALWAYS = """
topic "kept" {
  cluster    = cluster.primary
  name       = "${var.prefix}kept"
  partitions = 2
  config = {
    "retention.ms" = "12h"
  }
}

topic "replaced" {
  cluster    = cluster.dr
  name       = "${var.prefix}replaced"
  partitions = 2
}
"""

BEFORE = (
    KEPT_ALWAYS
    + """
topic "tuned" {
  for_each   = { primary = cluster.primary, dr = cluster.dr }
  cluster    = each.value
  name       = "${var.prefix}tuned"
  partitions = 1
  config = {
    "retention.ms" = "1d"
    "segment.ms"   = "2h"
  }
}

topic "grown" {
  for_each   = { primary = cluster.primary, dr = cluster.dr }
  cluster    = each.value
  name       = "${var.prefix}grown"
  partitions = 1
}

topic "old_root" {
  for_each   = toset(["a", "b"])
  cluster    = cluster.dr
  name       = "${var.prefix}old-root-${each.key}"
  partitions = 1
}

topic "old_leaf" {
  for_each   = { primary = cluster.primary, dr = cluster.dr }
  cluster    = each.value
  name       = "${var.prefix}old-leaf"
  partitions = 1
  depends_on = [topic.old_root]
}

topic "before_move" {
  cluster    = cluster.primary
  name       = "${var.prefix}moved"
  partitions = 1
}

topic "let_go" {
  cluster    = cluster.primary
  name       = "${var.prefix}let-go"
  partitions = 1
}
"""
)

AFTER = (
    KEPT_ALWAYS
    + """
topic "tuned" {
  for_each   = { primary = cluster.primary, dr = cluster.dr }
  cluster    = each.value
  name       = "${var.prefix}tuned"
  partitions = 1
  config = {
    "retention.ms"      = "2d"
    "max.message.bytes" = "2MiB"
  }
}

topic "grown" {
  for_each   = { primary = cluster.primary, dr = cluster.dr }
  cluster    = each.value
  name       = "${var.prefix}grown"
  partitions = 3
  config = {
    "retention.ms" = "9d"
  }
}

topic "after_move" {
  cluster    = cluster.primary
  name       = "${var.prefix}moved"
  partitions = 1
}

removed {
  from = topic.let_go
  lifecycle {
    destroy = false
  }
}

import {
  to = topic.adopted
  id = "PREFIXadopted"
}

topic "adopted" {
  cluster    = cluster.dr
  name       = "${var.prefix}adopted"
  partitions = 1
  config = {
    "retention.ms" = "8d"
  }
}

topic "first" {
  for_each   = toset(["a", "b", "c"])
  cluster    = cluster.primary
  name       = "${var.prefix}first-${each.key}"
  partitions = 2
  config = {
    "cleanup.policy" = "compact"
  }
}

topic "second" {
  for_each   = { primary = cluster.primary, dr = cluster.dr }
  cluster    = each.value
  name       = "${var.prefix}second"
  partitions = 1
  depends_on = [topic.first]
}

topic "third" {
  cluster    = cluster.primary
  name       = "${var.prefix}third"
  partitions = 1
  depends_on = [topic.second, topic.tuned]
}

output "made" {
  value = [for one in topic.first : one.name]
}
"""
)

# The consents that the changes from BEFORE to AFTER need.
CONSENTS = ("--allow-data-loss", "8", "--allow-deletes", "8")
KILLED = ("apply", "-auto-approve", *CONSENTS, "-replace=topic.replaced")
AGAIN = ("apply", "-auto-approve", *CONSENTS)


class Want(NamedTuple):
    """A topic as it must be: the address it has in state ("" if kplan must not hold it)."""

    address: str
    partitions: int
    config: dict[str, str]


_TUNED = {"retention.ms": "172800000", "max.message.bytes": "2097152"}
_GROWN = {"retention.ms": "777600000"}
_FOREIGN = Want("", 2, {"retention.ms": "4000"})

PRIMARY = {
    "kept": Want("topic.kept", 2, {"retention.ms": "43200000"}),
    "tuned": Want('topic.tuned["primary"]', 1, _TUNED),
    "grown": Want('topic.grown["primary"]', 3, _GROWN),
    "moved": Want("topic.after_move", 1, {}),
    "let-go": Want("", 1, {}),
    **{f"first-{key}": Want(f'topic.first["{key}"]', 2, {"cleanup.policy": "compact"}) for key in "abc"},
    "second": Want('topic.second["primary"]', 1, {}),
    "third": Want("topic.third", 1, {}),
    "foreign": _FOREIGN,
}
DR = {
    "replaced": Want("topic.replaced", 2, {}),
    "tuned": Want('topic.tuned["dr"]', 1, _TUNED),
    "grown": Want('topic.grown["dr"]', 3, _GROWN),
    "adopted": Want("topic.adopted", 1, {"retention.ms": "691200000"}),
    "second": Want('topic.second["dr"]', 1, {}),
    "foreign": _FOREIGN,
}
WANTED = {"primary": PRIMARY, "dr": DR}
REPLACED = ("dr", "replaced")
