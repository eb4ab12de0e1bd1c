line
${name.x} $${y} "q" \n
