Owned by ${team}.
%{ for name in topics ~}
- ${name}
%{ endfor ~}
