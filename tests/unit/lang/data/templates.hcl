locals {
  v  = "V"
  l  = ["a", "b"]
  h0 = <<EOT
hello
  there
EOT
  h1 = <<-EOT
    hello
      there
    EOT
  h2 = <<-EOT
    a

      b
   
    c
  EOT
  h3 = <<EOT
x ${local.v} y $${z} %%{w}
EOT
  h4 = <<-EOT
    ${local.v} first
      second ${local.v}
    EOT
  h5 = <<-EOT
    %{ for x in local.l ~}
    item ${x}
    %{ endfor ~}
    end
    EOT
  h6 = <<-EOT
    %{ for x in local.l }
    item ${x}
    %{ endfor }
    end
    EOT
  h7 = <<EOT
%{ if true ~}
  yes
%{ else ~}
  no
%{ endif ~}
tail
EOT
  h8 = <<-EOT
      two
    ${local.v}
      three
  EOT
  h9 = <<EOT
EOT
  h10 = <<EOT

EOT
  h11 = <<EOT
a \n "quoted" \t $ % $$ %% {}
EOT
  h12 = <<-EOT
	tab
	  tab2
	EOT
  h13 = <<EOT
${local.v ~}
   next
   ${~ local.v}
x
EOT
  h14 = <<EOT
   EOT
  h15 = upper(<<EOT
abc
EOT
)
  h16 = [<<A
x
A
, "y"]
  h17 = <<EOT
${"a ${"b"} c"}
EOT
  h18 = <<-EOT
   a
  ${"x"}b
     c
  EOT
  h19 = {
    k = <<EOT
v
EOT
    j = 1
  }
  h20 = <<EOT
a
 EOTx
EOT
  h21 = "${<<EOT
inner
EOT
}"
  h22 = <<_EOT
under
_EOT
  h23 = <<-EOT
    %{ if true }x
      y
    %{ endif }
    EOT
  h24 = <<E-O
dash
E-O
  q1 = "a ${~ local.v ~} b"
  q2 = "a  %{~ if true ~}  x  %{~ endif ~}  b"
  q3 = "a\n  ${~ "x" ~}\n b"
  q4 = "$$${local.v}"
  q6 = "$$$${a}"
  q7 = "$"
  q8 = "$$"
  q9 = "a$"
  q10 = "%{ if true }%{ if false }a%{ else }b%{ endif }%{ endif }"
  q11 = "${ {a = 1}["a"] }"
  q12 = "${ [for x in local.l : "${x}!"][0] }"
  q13 = "${
    local.v
  }"
  q14 = (1
    + 2)
  q15 = [
    1, # c
    2 // d
    , 3 /* e */
  ]
  q16 = {
    for k, v in { a = 1 } :
    k => v
    if v > 0
  }
  q17 = local.l[
    0
  ]
  q18 = upper(
    "a"
  )
  q19 = true ? (
    "x"
  ) : "y"
  q20 = local.l.*
  q21 = {a = 1, b = 2,}
}
