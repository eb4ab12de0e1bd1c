a "b" c {
a="${var.x}"
bb = "${ var.x }-${var.y+1}"
  ccc   =   [1,2,  3]   # c1
  d = {a=1,b =2}   // c2
  e = foo( a,b )/* x */
  f = a?b:c
  g = -  a
  h = ! b
  i = a [ 0 ] . b
  j = [ for x in y : x if x ]
  k = {for k,v in y:k=>v...}
  l = [

   1,

   2
  ]
  m = foo(a,
  b,
     c)
  n = {
  aa = 1
  b = 2 # x
  "ccc" = 3 # yy
  (d) = 4
  e:5
  }


  o = <<EOT
   hi
   ${x}
 EOT
  p = <<-EOT
   hi
   EOT
  q = "a %{if x}b%{ endif }"
  r = a.*.b
  s = a[*].b
  t = a . b
  u = "x"
  type = "string"


  # comment
     # other
  nested {
   x=1
  }
  nested2 { y = 2 }
  nested3 {}
  v = (1+2)*3
  w = a==b&&c||!d
  x = foo()
  y = foo(a...)
  z = [
    {
      a=1
    },
    {
      b =2 }, {
      c = 3
    }
  ]
  aa = merge({
   a = 1
  }, {
   b = 2
   })
}
----
a {
  a = <<EOT
${ x+1 } %{ if x }y%{ endif }
EOT
  b = foo (a)
  c = [for x in [1]:x]
  d = [for x in (a):x]
  e = -1
  f = a -1
  g = a- -1
  h = [-1,-2]
  i = {a:-1}
  j = a ? -1 : !b
  long = 1 # x
  k = { # c1
    a = 1 # c2
    bbb = 2
    c = 3   # c3

    d = 4 # c4
    // full
    e = 5 # c5
  }
  l = 1
  m = [1,2,] # c
  n = (
  1
  +2
  )
  oo = /* x */ 1
  p = 1 /* y */
  qqq = "x" # z
}
  x { a = 1 }
block "a"   "b"{
}
x = {

}
y = { }
z = [ ]
w = foo( )
a = { a = 1, 
b = 2 }
b = [{
 a = 1
}]
c = foo([{
 a = 1
}], 2)
d = a[
0
]
e = "${a}${b}"
g = "a${ "b" }"
h = "${ a }" == "b"
i = "${~ a ~}"
j = ["${ a }"]
k = { "${ a }" = 1 }
l = x.0.y
m = a.b[0].c.*.d
n = a >= b
p = [a] [0]
q = !(a)
r = -(a)
s = a % b
t = true?1:2
u = null
----
a = 1



b=2
----
# x  
  a=1   
/* m
   n */
/* x */ b = 2
c = 1 # t   
----

----
# only a comment
----
topic "orders" {
  cluster = cluster.primary
partitions=12 # many
  config={ # set
"retention.ms"="7d"
   "cleanup.policy" = "delete" // kept
}
lifecycle {
prevent_destroy=true
}
}
----
locals {
  names = toset([for t in topic.x:t.name if startswith(t.name,"a")])
  m = { for k,v in var.m:k=>merge(v,{x=1}) }
  deep = a.b[0]["c"].d[*].e
  neg = -var.x+ -1
  cond = var.a?{x=1}:null
  s = "%{for a in b}${a},%{endfor}"
}
----
import {
 to=topic.a["x"]
  id = "a"
}
moved{
from = topic.a
to = module.m["k"].topic.b
}
----
a {


  b {

  }


  c = 1

}
----
a = [
# in
1, # one
# between
2,
]
b = {
# in
}
----
a = 1 /* one */ + /* two */ 2
b = [ /* none */ ]
c = { /* none */ }
----
x = {
k2 = [1, {
 zz = 1
}], kkkk3 = 1
}
----
x = { k0 = 1,
kk1 = { kk0 = [1, {
 zz = 1
}],
kkkkk1 = f({ a = 1
}), k = 2
}
}
