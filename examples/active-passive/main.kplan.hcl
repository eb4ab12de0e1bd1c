# One cluster is written to, the other takes over when it is lost: `make demo PATTERN=active-passive` runs this.
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

variable "workers" {
  description = "The Connect workers of each cluster; `kplan sandbox up --connect` writes this."
  type = map(object({
    urls      = list(string)
    group_id  = string
    principal = string
  }))
}

locals {
  # What consumers read on each side: at dr the copies, and what is written there once it has taken over.
  sides = {
    primary = { cluster = cluster.primary, read = ["orders"] }
    dr      = { cluster = cluster.dr, read = ["orders", "primary.orders"] }
  }
}

cluster "primary" {
  bootstrap_servers = var.clusters["primary"].bootstrap_servers
  cluster_id        = var.clusters["primary"].cluster_id
}

cluster "dr" {
  bootstrap_servers = var.clusters["dr"].bootstrap_servers
  cluster_id        = var.clusters["dr"].cluster_id
}

topic "orders" {
  for_each           = local.sides
  cluster            = each.value.cluster
  name               = "orders"
  partitions         = 6
  replication_factor = 1
  config = {
    "retention.ms" = "7d"
  }
}

grant "shop" {
  for_each   = local.sides
  cluster    = each.value.cluster
  principals = ["User:shop"]
  produce {
    topics = ["orders"]
  }
}

# The same group on both sides, so that it may go on at dr.
grant "billing" {
  for_each   = local.sides
  cluster    = each.value.cluster
  principals = ["User:billing"]
  consume {
    topics = each.value.read
    groups = ["billing"]
  }
}

# The workers belong to the target: what they write they write there.
connect_cluster "dr" {
  cluster   = cluster.dr
  group_id  = var.workers["dr"].group_id
  principal = var.workers["dr"].principal
  urls      = var.workers["dr"].urls
}

replication_link "primary_to_dr" {
  source = cluster.primary
  target = cluster.dr
  engine = "mirrormaker2"
  topics {
    names = [topic.orders["primary"].name]
  }
  groups {
    names = ["billing"]
  }
  sync {
    interval_seconds = 1
  }
  target_topics {
    replication_factor = 1
  }
  mirrormaker2 {
    connect_cluster = connect_cluster.dr
    tasks_max       = 2
  }
}
