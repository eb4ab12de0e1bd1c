# Write records to a topic of one cluster, and wait until their copies are on the other:
#   records.sh KPLAN SANDBOX TOPIC SOURCE TARGET
set -eu
kplan=$1 sandbox=$2 topic=$3 source=$4 target=$5
count=100
began=$(date +%s)

echo
echo "Writing $count records to $topic on $source"
seq "$count" | "$kplan" sandbox run kafka-console-producer --name "$sandbox" --cluster "$source" -- --topic "$topic"

# The group reads on from where an earlier demo ended.
"$kplan" sandbox run kafka-console-consumer --name "$sandbox" --cluster "$target" -- --topic "$source.$topic" \
    --group demo --from-beginning --max-messages "$count" --timeout-ms 30000 2>/dev/null | {
    if ! read -r _; then
        echo "No record came to $source.$topic on $target within 30 seconds. What its worker said:" >&2
        echo "  $kplan sandbox logs --name $sandbox $target" >&2
        exit 1
    fi
    echo "The first was in $source.$topic on $target after $(($(date +%s) - began)) s,"
    echo "and $(($(wc -l) + 1)) of $count after $(($(date +%s) - began)) s."
}
