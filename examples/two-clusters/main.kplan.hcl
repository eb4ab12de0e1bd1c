# Two regions, the same kind of topics on both. `make demo PATTERN=two-clusters` runs this on two real clusters on this machine.
kplan {
  required_version = ">= 0.1"
}

variable "clusters" {
  description = "Where the two clusters are; the sandbox writes this."
  type = map(object({
    bootstrap_servers = list(string)
    cluster_id        = string
  }))
}

locals {
  domains = {
    orders   = { partitions = 6, keep = "7d" }
    payments = { partitions = 3, keep = "30d" }
  }
}

cluster "primary" {
  bootstrap_servers = var.clusters["primary"].bootstrap_servers
  cluster_id        = var.clusters["primary"].cluster_id
  region            = "eu-west-1"

  topic_defaults {
    replication_factor = 1
    config = {
      "min.insync.replicas" = 1
    }
  }
}

cluster "dr" {
  bootstrap_servers = var.clusters["dr"].bootstrap_servers
  cluster_id        = var.clusters["dr"].cluster_id
  region            = "eu-central-1"

  topic_defaults {
    replication_factor = 1
  }
}

# One topic for each domain.
topic "domain" {
  for_each   = local.domains
  cluster    = cluster.primary
  name       = "${each.key}.events"
  partitions = each.value.partitions
  config = {
    "retention.ms"   = each.value.keep
    "cleanup.policy" = "delete"
  }
}

# The same topic on both clusters.
topic "heartbeat" {
  for_each   = { primary = cluster.primary, dr = cluster.dr }
  cluster    = each.value
  name       = "heartbeat"
  partitions = 1
  config = {
    "retention.ms" = "1h"
  }
}

topic "customers" {
  cluster    = cluster.primary
  partitions = 3
  labels = {
    criticality = "high"
  }
  config = {
    "cleanup.policy"        = "compact"
    "max.compaction.lag.ms" = "1d"
    "segment.bytes"         = "64MiB"
  }
  lifecycle {
    prevent_destroy = false
  }
}

output "topics" {
  description = "What was made on the primary."
  value       = [for one in topic.domain : one.name]
}
