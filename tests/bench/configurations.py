"""Generated configurations of the in-memory provider, in the shapes that cost differently."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

CLUSTER = 'memory_cluster "a" {\n  world = "world.marshal"\n}\n\n'


def blocks(count: int) -> str:
    """Every topic a block of nine lines, as the yardstick has it."""
    return CLUSTER + "\n".join(
        f"""memory_topic "topic_{n}" {{
  cluster    = memory_cluster.a
  name       = "domain-{n % 100}.topic-{n}"
  partitions = {n % 12 + 1}
  config = {{
    "retention.ms"   = "{n % 30 + 1}"
    "cleanup.policy" = "delete"
  }}
}}
"""
        for n in range(count)
    )


def for_each(count: int) -> str:
    """All topics one block."""
    entries = "\n".join(f'    "topic-{n}" = {n % 12 + 1}' for n in range(count))
    return (
        CLUSTER
        + f"""locals {{
  topics = {{
{entries}
  }}
}}

memory_topic "all" {{
  for_each   = local.topics
  cluster    = memory_cluster.a
  name       = each.key
  partitions = each.value
  config = {{
    "retention.ms"   = "7"
    "cleanup.policy" = "delete"
  }}
}}
"""
    )


def big_local(count: int) -> str:
    """One block whose instances each look themselves up in a large map."""
    entries = "\n".join(
        f'    "topic-{n}" = {{ partitions = {n % 12 + 1}, keep = "{n % 30 + 1}" }}' for n in range(count)
    )
    return (
        CLUSTER
        + f"""locals {{
  big = {{
{entries}
  }}
}}

memory_topic "all" {{
  for_each   = toset(keys(local.big))
  cluster    = memory_cluster.a
  name       = each.key
  partitions = local.big[each.key].partitions
  config = {{
    "retention.ms"   = local.big[each.key].keep
    "cleanup.policy" = "delete"
  }}
}}
"""
    )


def whole_block(count: int) -> str:
    """Half of the instances refer to the whole block that is the other half."""
    half = count // 2
    entries = "\n".join(f'    "topic-{n}" = {n % 12 + 1}' for n in range(half))
    return (
        CLUSTER
        + f"""locals {{
  topics = {{
{entries}
  }}
}}

memory_topic "base" {{
  for_each   = local.topics
  cluster    = memory_cluster.a
  name       = each.key
  partitions = each.value
}}

memory_topic "copy" {{
  for_each   = memory_topic.base
  cluster    = memory_cluster.a
  name       = "copy-${{memory_topic.base[each.key].name}}"
  partitions = each.value.partitions
}}
"""
    )


def chain(count: int) -> str:
    """Each topic refers to the one before it."""
    first = 'memory_topic "t0" {\n  cluster = memory_cluster.a\n}\n'
    return (
        CLUSTER
        + first
        + "".join(
            f"""memory_topic "t{n}" {{
  cluster = memory_cluster.a
  note    = memory_topic.t{n - 1}.name
}}
"""
            for n in range(1, count)
        )
    )


MODULE = """variable "cluster" {
  type = memory_cluster
}
variable "name" {
  type = string
}
""" + "".join(
    f"""memory_topic "t{n}" {{
  cluster = var.cluster
  name    = "${{var.name}}-{n}"
}}
"""
    for n in range(10)
)


def modules(count: int) -> str:
    """Calls of a module of ten topics."""
    return CLUSTER + "".join(
        f"""module "m{n}" {{
  source  = "./ten"
  cluster = memory_cluster.a
  name    = "m{n}"
}}
"""
        for n in range(count // 10)
    )


SHAPES = {
    "blocks": blocks,
    "for_each": for_each,
    "local.big[each.key]": big_local,
    "whole block": whole_block,
    "a chain": chain,
    "modules of ten": modules,
}


def write(folder: Path, text: str) -> Path:
    """Write a configuration into an empty folder."""
    folder.mkdir(parents=True)
    (folder / "main.kplan.hcl").write_text(text)
    if "./ten" in text:
        (folder / "ten").mkdir()
        (folder / "ten" / "main.kplan.hcl").write_text(MODULE)
    return folder


def terraform(count: int) -> str:
    """The same number of resources of Terraform's built-in provider."""
    return "\n".join(
        f"""resource "terraform_data" "topic_{n}" {{
  input = {{
    name       = "domain-{n % 100}.topic-{n}"
    partitions = {n % 12 + 1}
    config = {{
      "retention.ms"   = "{n % 30 + 1}"
      "cleanup.policy" = "delete"
    }}
  }}
}}
"""
        for n in range(count)
    )
