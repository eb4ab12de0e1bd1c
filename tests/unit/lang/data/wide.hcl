# Every construct of the grammar that python-hcl2's own lexer and ours both read, for holding one against the other.
kplan {
  required_version = ">= 0.1"
  backend "local" {
    path = "state"
  }
}

variable "names" {
  type = map(object({ a = string, b = optional(number, 3) }))
  default = {
    x = { a = "1", b = 2 }
  }
}

locals {
  text       = "plain"
  dollar     = "a$b%c"
  template   = "a-${var.names.x.a}-b"
  nested     = "x${upper("y${local.text}z")}w"
  number     = 12
  fraction   = 1.5
  large      = 1e10
  truth      = true
  nothing    = null
  empty      = []
  empty_map  = {}
  list       = [1, 2, 3]
  trailing   = [1, 2, 3,]
  lines = [
    "a",
    "b",
  ]
  colon      = { a : 1, "b" : 2 }
  mixed = {
    a        = 1
    "b.c"    = 2
    (local.text) = 3
  }
  sum        = 1 + 2 * 3 - 4 / 5 % 6
  logic      = !local.truth || local.number > 3 && local.number <= 12
  compared   = local.text == "a" || local.text != "b" || 1 >= 2 || 1 < 2
  grouped    = (1 + 2) * 3
  negative   = -local.number
  chosen     = local.truth ? "yes" : "no"
  chained    = local.truth ? 1 : local.number > 1 ? 2 : 3
  index      = local.list[0]
  by_key     = local.mixed["b.c"]
  deep       = local.a.b[0].c["d"].e
  legacy     = local.list.0
  splat      = local.list[*].name
  dotted     = local.list.*.name
  call       = merge(local.mixed, { z = 1 })
  no_args    = max()
  expanded   = max(local.list...)
  for_list   = [for x in local.list : x * 2 if x > 1]
  for_pairs  = [for i, x in local.list : i + x]
  for_map    = { for k, v in local.mixed : k => v }
  for_groups = { for k, v in local.mixed : v => k... }
  directive  = "%{ if local.truth }a%{ else }b%{ endif }"
  looped     = "%{ for x in local.list }${x},%{ endfor }"
}

cluster "primary" {
  bootstrap_servers = ["kafka1:9092"]
  labels = {
    tier = "prod"
  }
  security {
    protocol = "SASL_SSL"
    password = var.password
  }
}

topic "orders" {
  cluster    = cluster.primary
  partitions = 12 // how many
  config = {
    "retention.ms"   = duration("7d") # a week
    "cleanup.policy" = "delete"
  }
  lifecycle {
    prevent_destroy = true
  }
}

empty {}
one_line { a = 1 }
two "labels" "here" {}
bare label {}
