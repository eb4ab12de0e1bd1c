"""What each verb does to a live object: from its values before to its values after, or a fault."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kplan.sdk.session import Fault
from kplan_memory.types import JOB, MEMBER

if TYPE_CHECKING:
    from kplan.sdk.session import Values


def carry_out(
    leaf: str, live: Values | None, verb: str, args: Values, fresh_id: str
) -> Values | Fault | None:
    """Give an object's values after a step; None means gone. `fresh_id` is for what is created."""
    if live is None and verb != "create":
        return None if verb == "delete" else Fault("not_found", f"{args.get('name', 'it')} does not exist")
    if live is not None and verb == "create":
        return Fault("already_exists", f"{live['name']} exists already")
    if live is None and leaf == MEMBER:
        return {"name": args["name"]}
    if live is None:
        return _job(args) if leaf == JOB else _topic(args, fresh_id)
    match verb:
        case "delete":
            return _deleted(live, args)
        case "grow":
            return _grown(live, args["partitions"])
        case "alter":
            return _altered(live, args)
        case "move":
            return _moved(live, args)
        case _:
            return Fault("unknown_verb", f"there is no {verb}")


def _topic(args: Values, fresh_id: str) -> Values:
    return {
        "name": args["name"],
        "partitions": args.get("partitions") or 1,
        "replication_factor": args.get("replication_factor") or 1,
        "config": args.get("config") or {},
        "note": args.get("note"),
        "id": fresh_id,
        "records": args.get("records") or 0,
    }


def _job(args: Values) -> Values:
    return {"name": args["name"], "position": args["target"], "goal": args["target"]}


def _deleted(live: Values, args: Values) -> Fault | None:
    if args.get("id", live.get("id")) != live.get("id"):
        return Fault(
            "not_found", f"{live['name']} is another topic now: its id is {live['id']}, not {args['id']}"
        )
    return None


def _grown(live: Values, partitions: int) -> Values | Fault:
    if partitions < live["partitions"]:
        return Fault("invalid_partitions", f"{live['name']} has {live['partitions']} partitions already")
    return {**live, "partitions": partitions}


def _altered(live: Values, args: Values) -> Values:
    config = {key: value for key, value in live["config"].items() if key not in args.get("unset", ())}
    changed = {**live, "config": {**config, **args.get("set", {})}}
    if "note" in args:
        changed["note"] = args["note"]
    return changed


def _moved(live: Values, args: Values) -> Values:
    position, goal = live["position"], args["to"]
    step = min(args["stride"], abs(goal - position))
    return {**live, "goal": goal, "position": position + (step if goal > position else -step)}
