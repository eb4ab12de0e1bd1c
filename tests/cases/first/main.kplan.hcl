memory_cluster "primary" {
  world = "primary.json"
}

memory_topic "orders" {
  cluster    = memory_cluster.primary
  partitions = 3
  config = {
    "retention.ms" = "604800000"
  }
}

memory_topic "regional" {
  for_each = toset(["ams", "fra"])
  cluster  = memory_cluster.primary
  name     = "regional-${each.key}"
}

output "orders_topic" {
  value = memory_topic.orders.name
}
