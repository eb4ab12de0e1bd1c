# Write records to a topic of one cluster, and wait until their copies are on the other; with a group, and its offsets:
#   records.sh KPLAN SANDBOX TOPIC SOURCE TARGET [GROUP]
set -eu
kplan=$1 sandbox=$2 topic=$3 source=$4 target=$5 group=${6:-}
count=100 within=30
began=$(date +%s)

on() { # on CLUSTER TOOL ARGUMENTS
    cluster=$1 tool=$2
    shift 2
    "$kplan" sandbox run "$tool" --name "$sandbox" --cluster "$cluster" -- "$@"
}

gone() {
    echo $(($(date +%s) - began)) s
}

nothing() {
    echo "$1 within $within seconds. What the worker of $target said:" >&2
    echo "  $kplan sandbox logs --name $sandbox $target" >&2
    exit 1
}

echo
echo "Writing $count records with keys to $topic on $source"
seq "$count" | sed 's/.*/customer-&:order &/' |
    on "$source" kafka-console-producer --topic "$topic" --reader-property parse.key=true --reader-property key.separator=:

# The group reads on from where an earlier demo ended.
on "$target" kafka-console-consumer --topic "$source.$topic" --group demo --from-beginning \
    --max-messages "$count" --timeout-ms "${within}000" 2>/dev/null | {
    read -r _ || nothing "No record came to $source.$topic on $target"
    echo "The first was in $source.$topic on $target after $(gone), and $(($(wc -l) + 1)) of $count after $(gone)."
}

[ -n "$group" ] || exit 0
echo "Reading half of them on $source as the group $group"
began=$(date +%s)
on "$source" kafka-console-consumer --topic "$topic" --group "$group" --from-beginning \
    --max-messages $((count / 2)) --timeout-ms "${within}000" >/dev/null 2>&1
until on "$target" kafka-consumer-groups --describe --group "$group" 2>/dev/null | grep -F "$source.$topic"; do
    [ $(($(date +%s) - began)) -lt "$within" ] || nothing "No offset of $group came to $target"
done
echo "That is where $group would go on at $target, $(gone) after it began to read."
