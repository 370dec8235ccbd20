# SPDX-License-Identifier: GPL-2.0-or-later
"""The bench's result as tables for a person, and its goals."""


def table(title, header, rows):
    print(f"\n{title}")
    widths = [max(len(str(row[column])) for row in [header, *rows])
              for column in range(len(header))]
    for row in [header, *rows]:
        print("  " + "  ".join(
            str(cell).ljust(width) if column == 0 else str(cell).rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths))).rstrip())


def mib(kib):
    return f"{kib / 1024:.1f} MiB"


def show_forwarding(part):
    rows = []
    for label, entry in part["variants"].items():
        low, high = entry["of_two_rules_middle_half"]
        rows.append((label, f"{entry['packets_per_second']:,}", f"{entry['of_no_rules']:.3f}",
                     f"{entry['of_two_rules']:.3f}", f"{low:.3f}..{high:.3f}",
                     f"{entry['of_two_rules_by_wall_time']:.3f}",
                     entry["ns_more_than_two_rules"], entry["packets_lost"]))
    table(f"Forwarding rate ({part['flow']})",
          ("rule set", "packets/s", "of none", "of two-rules", "middle half", "by wall",
           "ns more", "lost"), rows)
    for label, reason in part["not_measured"].items():
        print(f"  {label}: not measured: {reason}")


def show_apply(part):
    rows = []
    for paths, entry in part["paths"].items():
        peak = entry["peak_kib"]
        rows.append((f"{int(paths):,}", f"{entry['hedate_apply']['median_ms']} ms",
                     f"{entry['nft_f']['median_ms']} ms", entry["hedate_of_nft"],
                     f"{entry['start_to_ready_ms']} ms", mib(peak["hedated"]),
                     mib(peak["hedate"]), mib(peak["nft"])))
    if rows:
        table("Applying a changed policy (command to end; nft -f of the same rule set)",
              ("paths", "hedate apply", "nft -f", "ratio", "start", "peak hedated", "peak hedate",
               "peak nft"), rows)
        names = sorted(next(iter(part["paths"].values()))["resident_kib"])
        table("Resident memory after applying", ("paths", *names),
              [(f"{int(paths):,}", *(mib(entry["resident_kib"][name]) for name in names))
               for paths, entry in part["paths"].items()])
    other = part.get("firewalld")
    if other and "reload" in other:
        print(f"  firewalld with {other['paths']:,} rich rules: reload "
              f"{other['reload']['median_ms']} ms, start {other['start_to_running_ms']} ms, "
              f"resident {mib(other['resident_kib'])}")
    elif other:
        print(f"  firewalld: not measured: {other['not_measured']}")


def show_flood(part):
    rows = []
    measured = {label: entry for label, entry in part.items() if "not_measured" not in entry}
    for label, entry in measured.items():
        kernel, packets = entry["kernel_packets"], entry["recorded_packets"]
        rows.append((label, f"{entry['flood_per_second']:,}", f"{kernel:,}", f"{packets:,}",
                     f"{entry['recorded_flows']:,}", f"{entry.get('lost_packets', kernel):,}",
                     f"{entry['unaccounted_packets']:,}" if entry.get("loss_known")
                     else f"{kernel - packets:,}",
                     f"{entry['permitted_kept']:.2f}"))
    table("Recording blocked flows at full flood (100,000 distinct flows)",
          ("recorder", "flood/s", "dropped", "in records", "flows", "lost", "unaccounted",
           "permitted kept"), rows)
    for label in part.keys() - measured.keys():
        print(f"  {label}: not measured: {part[label]['not_measured']}")
    print("  lost: packets without a record; unaccounted: lost, and no record says so;\n"
          "  permitted kept: rate of a permitted flow during the flood, of its rate before")
    if "hedate" in part and "no-log" in part:
        ratio = part["hedate"]["permitted_kept"] / part["no-log"]["permitted_kept"]
        print(f"  permitted traffic beside hedate's recording, of that beside dropping alone: "
              f"{ratio:.2f}")


def show_recorder(part):
    rows = []
    for label, entry in part["recorders"].items():
        rows.append((label, f"{entry['per_second']:,}", f"{entry['kernel_packets']:,}",
                     f"{entry['recorded_packets']:,}", f"{entry['recorded_flows']:,}",
                     f"{entry['unaccounted_packets']:,}" if "unaccounted_packets" in entry
                     else f"{entry['kernel_packets'] - entry['recorded_packets']:,}",
                     f"{sum(entry['processor_s'].values()):.1f} s",
                     mib(sum(entry["peak_kib"].values())), f"{entry['written_after_s']} s"))
    table(f"Recording {part['rate']:,} new flows a second for {part['seconds']} s",
          ("recorder", "flood/s", "dropped", "in records", "flows", "unaccounted", "processor",
           "peak memory", "behind"), rows)
    ours = part["recorders"].get("hedate")
    if ours:
        print(f"  hedate: {ours['lost_packets']:,} packets lost and said so; "
              f"{ours['flows_without_detail']:,} flows with addresses, ports and numbers only")
    for label, reason in part["not_measured"].items():
        print(f"  {label}: not measured: {reason}")


def goal(name, wanted, value, met):
    return {"goal": name, "wanted": wanted, "value": value, "met": bool(met)}


def show_sealing(part):
    table(f"Verifying a sealed log of {part['records']:,} records, one core",
          ("", "MB/s"), [("hedate log verify", part["mb_per_second"]),
                         ("hedate-verify (Python)", part["second_verifier_mb_per_second"])])
    journald = part["journald"]
    if "failure" in journald:
        print(f"\njournalctl --verify: not measured: {journald['failure']}")
        return
    table("Changes of a sealed log, and of a sealed file of systemd-journald",
          ("", "tried", "unseen"),
          [("hedate log verify", f"{part['changes']:,}", part["wrong"]),
           ("journalctl --verify", f"{journald['changes']:,}", sum(journald["unseen"].values())),
           ("... an earlier state put back", 1, int(journald["earlier_state_unseen"]))])


def show_queries(part):
    for log in part:
        rows = [(question, f"{entry['lines']:,}", f"{entry['ms']:.1f} ms",
                 *(f"{entry[key]:,} ms" if key in entry else "-"
                   for key in ("scan_ms", "grep_ms", "jq_ms")))
                for question, entry in log["questions"].items()]
        table(f"Asking a log of {log['records']:,} records ({log['bytes'] / 1e9:.2f} GB; the index "
              f"has {log['index_bytes'] / 1e6:,.0f} MB, made in {log['index_seconds']} s)",
              ("question", "lines", "hedate log", "without index", "grep", "jq"), rows)


def show_boundary(part):
    entry, rows = part["applies"], []
    table(f"{entry['applied']:,} applies in {entry['seconds']} s, under a flood",
          ("", "tried", "of them"),
          [("forbidden packets that passed", f"{entry['forbidden_sent']:,}",
            entry["forbidden_passed"]),
           ("permitted connections lost", f"{entry['connections']:,}",
            entry["connections_lost"])])
    for how, what in (("owned", "the table is ours alone (Linux 6.9)"),
                      ("locked", "a second table locks it (Linux 5.12)"),
                      ("watched", "it is put right only")):
        if how in part["hostile"]:
            entry = part["hostile"][how]
            rows.append((what, entry["turns"], f"{entry['forbidden_sent']:,}",
                         entry["forbidden_passed"]))
    table("A neighbour that flushes, deletes and adds what it can, all the time",
          ("", "turns", "forbidden packets", "passed"), rows)
    windows, repairs = part["hostile"]["flush_windows_ms"], part["hostile"]["flush_repairs_ms"]
    table("Watched only: nft flush ruleset, one at a time", ("", "ms"),
          [("until nothing can pass", " ".join(f"{value:.1f}" for value in windows)),
           ("until the table is there again", " ".join(f"{value:.0f}" for value in repairs))])


def boundary_goals(part):
    entry, hostile = part["applies"], part["hostile"]
    listed = [goal(f"{entry['applied']:,} applies: forbidden packets that passed", "0",
                   entry["forbidden_passed"], entry["forbidden_passed"] == 0),
              goal(f"{entry['applied']:,} applies: permitted connections lost", "0",
                   entry["connections_lost"],
                   entry["connections_lost"] == 0 and entry["status"] == 0)]
    for how in ("owned", "locked"):
        if how in hostile:
            passed = hostile[how]["forbidden_passed"]
            listed.append(goal(f"hostile neighbour, {how}: forbidden packets that passed", "0",
                               passed, passed == 0))
    if hostile["flush_windows_ms"]:
        worst = max(hostile["flush_windows_ms"])
        listed.append(goal("watched only: from a flush until nothing can pass", "<= 50 ms", worst,
                           worst <= 50))
    return listed


def show_proof(part):
    table(f"Proving policies of ours (processor time; load {part['load']:.1f})",
          ("paths", "s", "MB", ""),
          [(f"{int(paths):,}", f"{entry['seconds']:.2f}", entry["megabytes"], entry["verdict"])
           for paths, entry in part["paths"].items()])
    table("Deciding other firewalls, IPv4, all pairs of 22 interfaces",
          ("shape, rules", "s", "MB", "nodes", "way of a packet", ""),
          [(name, f"{entry['seconds']:.2f}", entry["megabytes"], f"{entry['nodes']:,}",
            f"{entry['trace_ms']:.0f} ms", entry["error"] or "decided")
           for name, entry in [*part["foreign"].items(), ("four lists", part["lists"])]])
    table("z3 beside hedate: the same questions, from the same rules (processor time)",
          ("rules", "questions", "hedate s", "z3 s", "z3 / hedate", ""),
          [(name, entry["questions"], f"{entry['hedate_seconds']:.2f}",
            f"{entry['z3_seconds']:.2f}" if entry["ratio"] else "-",
            f"{entry['ratio']:.0f}" if entry["ratio"] else f"not within {part['z3_limit']} s",
            "the same answers" if entry["same"] else "OTHER ANSWERS")
           for name, entry in part["z3"].items()])
    table("What differs where one rule of 5,000 was taken out (processor time)",
          ("shape", "s", ""),
          [(shape, f"{entry['diff_seconds']:.2f}", entry["diff"])
           for shape, entry in part["diff"].items()])


def proof_goals(part):
    listed = []
    if "100000" in part["paths"] or 100000 in part["paths"]:
        value = part["paths"].get(100000, part["paths"].get("100000"))["seconds"]
        listed.append(goal("proof of 100,000 paths", "<= 5 s", value, value <= 5))
    for name, entry in part["foreign"].items():
        if name.endswith(" 5000"):
            value, megabytes = entry["seconds"], entry["megabytes"]
            listed.append(goal(f"5,000 foreign rules, {name.split()[0]}", "<= 0.5 s, <= 150 MB",
                               f"{value:.2f} s, {megabytes} MB",
                               value <= 0.5 and megabytes <= 150 and not entry["error"]))
    value = max(entry["trace_ms"] for entry in part["foreign"].values())
    listed.append(goal("the way of one packet, 5,000 and 10,000 rules", "<= 50 ms", value,
                       value <= 50))
    for shape, entry in part["diff"].items():
        value, found = entry["diff_seconds"], entry["diff"]
        listed.append(goal(f"diff of two sets of 5,000 rules, {shape}", "<= 1 s, differs",
                           f"{value:.2f} s, {found}", value <= 1 and found == "differs"))
    entry = part["lists"]
    listed.append(goal("four lists of 500 pairs end within the budget", "it ends",
                       entry["error"] or "decided", entry["nodes"] > 0))
    return listed


def query_goals(part):
    log = part[-1]
    slowest = max(log["questions"], key=lambda question: log["questions"][question]["ms"])
    value = log["questions"][slowest]["ms"]
    wrong = sum(len(entry["wrong"]) for each in part for entry in each["questions"].values())
    return [goal(f"the slowest question to {log['records']:,} records ({slowest})", "<= 100 ms",
                 value, value <= 100),
            goal("questions answered differently by another way", "0", wrong, wrong == 0)]


def goals(result):
    listed = []
    for label, entry in result.get("forwarding", {}).get("variants", {}).items():
        if label.startswith("hedate-"):
            value = entry["of_two_rules"]
            listed.append(goal(f"forwarding, {label}, of the two-rule set", ">= 0.95", value,
                               value >= 0.95))
    sizes = result.get("apply", {}).get("paths", {})
    for paths, limit in (("1000", 20), ("100000", 3000)):
        if paths in sizes:
            value = sizes[paths]["hedate_apply"]["median_ms"]
            listed.append(goal(f"apply {int(paths):,} paths", f"<= {limit} ms", value,
                               value <= limit))
    for name, kib in sizes.get("1000", {}).get("resident_kib", {}).items():
        listed.append(goal(f"{name} resident at 1,000 paths", "<= 10 MB",
                           round(kib * 1024 / 1e6, 2), kib * 1024 <= 10e6))
    ours = result.get("flood", {}).get("hedate")
    if ours:
        missing = ours["flows"] - ours["recorded_flows_worst"]
        listed.append(goal("flood: flows without a record", "0", missing, missing == 0))
        listed.append(goal("flood: packets unaccounted", "0", ours["unaccounted_packets_worst"],
                           ours["unaccounted_packets_worst"] == 0))
        kept = ours["permitted_during_per_second"]
        listed.append(goal("flood: permitted traffic goes on", "> 0 packets/s", kept, kept > 0))
    steady = result.get("recorder", {})
    if "hedate" in steady.get("recorders", {}):
        entry, what = steady["recorders"]["hedate"], f"{steady['rate']:,} flows/s"
        missing = entry["flows"] - entry["recorded_flows"]
        listed.append(goal(f"{what}: flows without a record", "0", missing, missing <= 0))
        listed.append(goal(f"{what}: packets unaccounted", "0", entry["unaccounted_packets"],
                           entry["unaccounted_packets"] == 0))
        listed.append(goal(f"{what}: flows whose detail is lost", "0",
                           entry["flows_without_detail"], entry["flows_without_detail"] == 0))
    for entry in steady.get("delays", []):
        listed.append(goal(f"{entry['rate']:,} flows/s: from a packet to the disk", "<= 100 ms",
                           entry["ms"], entry["ms"] <= 100))
    sealing = result.get("sealing")
    if sealing:
        value = sealing["mb_per_second"]
        listed.append(goal("verifying a sealed log", ">= 500 MB/s", value, value >= 500))
        listed.append(goal(f"of {sealing['changes']:,} changes of a log unseen, and of "
                           f"{sealing['untouched']:,} untouched ones blamed", "0",
                           sealing["wrong"], sealing["wrong"] == 0))
    if "queries" in result:
        listed += query_goals(result["queries"])
    if "boundary" in result:
        listed += boundary_goals(result["boundary"])
    if "proof" in result:
        listed += proof_goals(result["proof"])
    return listed


def show(result):
    where = result["machine"]
    print(f"\n{where['processor']}, {where['processors']} processors, "
          f"{where['memory_mib']:,} MiB, Linux {where['kernel']}; {result['when']}"
          f"{'; quick run' if result['quick'] else ''}; took {result['seconds']} s")
    for part, function in (("forwarding", show_forwarding), ("apply", show_apply),
                           ("flood", show_flood), ("recorder", show_recorder),
                           ("sealing", show_sealing), ("queries", show_queries),
                           ("boundary", show_boundary), ("proof", show_proof)):
        if part in result:
            function(result[part])
    if result["goals"]:
        table("Goals", ("goal", "wanted", "measured", "met"),
              [(entry["goal"], entry["wanted"], entry["value"], "yes" if entry["met"] else "NO")
               for entry in result["goals"]])
    for part, reason in result["failures"].items():
        print(f"\n{part}: FAILED: {reason}")
