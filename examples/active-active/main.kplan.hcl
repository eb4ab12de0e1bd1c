# Both clusters are written to, and hold what was written to the other: `make demo PATTERN=active-active` runs this.
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
  # What is written on the other side is called by its name here.
  sides = {
    primary = { cluster = cluster.primary, copy = "dr.carts" }
    dr      = { cluster = cluster.dr, copy = "primary.carts" }
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

topic "carts" {
  for_each           = local.sides
  cluster            = each.value.cluster
  name               = "carts"
  partitions         = 3
  replication_factor = 1
  config = {
    "retention.ms" = "3d"
  }
}

grant "shop" {
  for_each   = local.sides
  cluster    = each.value.cluster
  principals = ["User:shop"]
  produce {
    topics = ["carts"]
  }
}

# Each side's consumers read both, as if it were one topic.
grant "advice" {
  for_each   = local.sides
  cluster    = each.value.cluster
  principals = ["User:advice"]
  consume {
    topics = ["carts", each.value.copy]
    groups = ["advice"]
  }
}

# Each link runs on the workers of its target.
connect_cluster "primary" {
  cluster   = cluster.primary
  group_id  = var.workers["primary"].group_id
  principal = var.workers["primary"].principal
  urls      = var.workers["primary"].urls
}

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
    names = [topic.carts["primary"].name]
  }
  sync {
    interval_seconds = 1
  }
  target_topics {
    replication_factor = 1
  }
  mirrormaker2 {
    connect_cluster = connect_cluster.dr
  }
}

replication_link "dr_to_primary" {
  source = cluster.dr
  target = cluster.primary
  engine = "mirrormaker2"
  topics {
    names = [topic.carts["dr"].name]
  }
  sync {
    interval_seconds = 1
  }
  target_topics {
    replication_factor = 1
  }
  mirrormaker2 {
    connect_cluster = connect_cluster.primary
  }
}
