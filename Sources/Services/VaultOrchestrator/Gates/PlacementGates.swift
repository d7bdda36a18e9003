import Contract
import Messages
import Model

/// Gates about the datastores and hosts of a site, as its platform tells them. One that does not tell them apart has
/// one of each.

/// A place, and why it does not serve; nil: it does.
struct JudgedPlace: Hashable, Sendable {
    var id: String
    var objection: String?
    /// What there is of it, for people.
    var figure: String

    var sentence: String { "\(id): \(objection ?? "\(figure), fits")" }
}

/// What somebody wants to put somewhere.
struct WantedPlace: Sendable {
    /// Of new disks; those that are there take no more.
    var bytes: UInt64 = 0
    var memoryMib: UInt64 = 0
    /// Of the disks that the host is to see.
    var datastores: [String] = []
}

extension PlatformV1.PlatformStatus {
    /// Every datastore, as a place for disks that the master target opens.
    func judge(datastoresFor wanted: WantedPlace) -> [JudgedPlace] {
        let target = hosts.first(where: \.runsMasterTarget)
        return datastores.map { datastore in
            var objection: String?
            if let target, !target.datastores.contains(datastore.id) {
                objection = "host \(target.id), which runs the master target, does not see it"
            } else if datastore.readOnly {
                objection = "it takes no writes"
            } else if datastore.freeBytes < wanted.bytes {
                objection = "\(datastore.freeBytes) bytes are free, the disks have \(wanted.bytes)"
            }
            return JudgedPlace(id: datastore.id, objection: objection, figure: "\(datastore.freeBytes) bytes are free")
        }
    }

    /// Every host, as a place for a machine.
    /// - now: it is to be started now, beside those that have power.
    func judge(hostsFor wanted: WantedPlace, now: Bool) -> [JudgedPlace] {
        hosts.map { host in
            let memory = now ? host.memoryFreeMib : host.memoryMib
            let figure = "\(memory) MiB of memory\(now ? " are free" : "")"
            let unseen = wanted.datastores.filter { !$0.isEmpty && !host.datastores.contains($0) }
            var objection: String?
            if host.maintenance {
                objection = "it is in maintenance and starts no machine"
            } else if !unseen.isEmpty {
                objection = "it does not see \(unseen.joined(separator: ", "))"
            } else if memory < wanted.memoryMib {
                objection = "\(figure), the machine has \(wanted.memoryMib) MiB"
            }
            return JudgedPlace(id: host.id, objection: objection, figure: figure)
        }
    }

    /// The host that a machine is on.
    func host(of machine: PlatformV1.Machine?) -> String {
        if let host = machine?.host, !host.isEmpty { return host }
        return hosts.first?.id ?? ""
    }
}

extension PlatformV1.Machine {
    /// Those that its disks lie on, each once.
    var datastores: [String] { Set(disks.map(\.datastore)).subtracting([""]).sorted() }
}

extension Observation {
    /// The items that one job brings to the same place.
    private var together: [ItemRecord] { members.isEmpty ? [item] : members }

    /// Of all of them: what is zero takes no room, but nobody knows yet what is.
    private var newBytes: UInt64 {
        together.flatMap(\.machineDisks).reduce(Quantities()) { $0 + Quantities(bytes: $1.bytes) }.bytes
    }

    /// Of the machines that start together: those of a group, where there is one host for them all.
    var memoryTogether: UInt64 {
        let own = UInt64(item.memoryMib)
        let hosts = homePlatform.value?.hosts.count ?? 0
        return members.isEmpty || hosts > 1 ? own : max(own, wanted.needed.memoryMib)
    }

    var wantedPlace: WantedPlace {
        guard alternate != nil else {
            return WantedPlace(memoryMib: memoryTogether, datastores: homeMachine.value?.datastores ?? [])
        }
        return WantedPlace(
            bytes: newBytes, memoryMib: together.reduce(0) { $0 + UInt64($1.memoryMib) }, datastores: [datastore])
    }
}

/// The datastores that the item's disks lie on, or are to: visible to the master target, writable, and with room for
/// what is new. Every datastore of the site is listed.
func datastoreWritable(_ seen: Observation) -> Gate {
    onPlatform(.datastoreWritable, seen) { platform in
        guard !platform.datastores.isEmpty else { return undivided(seen, platform) }
        let judged = platform.judge(datastoresFor: seen.wantedPlace)
        var needed = seen.alternate == nil ? seen.homeMachine.value?.datastores ?? [] : [seen.datastore]
        if needed.isEmpty { needed = judged.first.map { [$0.id] } ?? [] }
        let missing = needed.filter { id in !judged.contains { $0.id == id } }
        let bad = judged.filter { needed.contains($0.id) && $0.objection != nil }
        let evidence = missing.map { seen.saw("there is no datastore \($0)", "vCenter") }
            + judged.map { seen.saw($0.sentence, "vCenter") }
        guard !missing.isEmpty || !bad.isEmpty else { return Gate(.datastoreWritable, .pass, evidence: evidence) }
        return Gate(
            .datastoreWritable, .fail, evidence: evidence,
            remedy: choosing(
                "datastore", judged, seen,
                else: "Make datastore \(needed.joined(separator: ", ")) visible to the master target's host and "
                    + "writable, with room for the disks"))
    }
}

private func undivided(_ seen: Observation, _ platform: PlatformV1.PlatformStatus) -> Gate {
    var found: (what: String, remedy: String)?
    let needed = seen.alternate == nil ? 0 : seen.wantedPlace.bytes
    if !seen.datastore.isEmpty {
        found = ("home's platform does not tell datastores apart", "Leave --datastore out")
    } else if platform.inventory?.datastoreReadOnly == true {
        found = ("home's datastore takes no writes", "Make the datastore writable for the master target's host")
    } else if platform.datastoreFreeBytes < needed {
        found = (
            "the disks have \(needed) bytes, \(platform.datastoreFreeBytes) are free at home",
            "Make room on home's datastore"
        )
    }
    guard let found else { return Gate(.datastoreWritable, .pass) }
    return Gate(
        .datastoreWritable, .fail, evidence: [seen.saw(found.what, "vCenter")], remedy: Remedy(found.remedy))
}

/// The host that is to run the machine can start it; every host of the site is listed.
func hostCapacity(_ seen: Observation) -> Gate {
    guard seen.operation != .drill else { return drillCapacity(seen) }
    return onPlatform(.hostCapacity, seen) { platform in
        let isNew = seen.alternate != nil
        guard !platform.hosts.isEmpty else {
            let lack =
                !seen.host.isEmpty
                ? ("home's platform does not tell hosts apart", "Leave --host out")
                : isNew ? nil : lackOfMemory(seen, platform, at: "home")
            guard let (what, remedy) = lack else { return Gate(.hostCapacity, .pass) }
            return Gate(.hostCapacity, .fail, evidence: [seen.saw(what, "vCenter")], remedy: Remedy(remedy))
        }
        let judged = platform.judge(hostsFor: seen.wantedPlace, now: !isNew)
        let host = isNew ? seen.host : platform.host(of: seen.homeMachine.value)
        var evidence = judged.map { seen.saw($0.sentence, "vCenter") }
        guard let found = judged.first(where: { $0.id == host }) else {
            evidence.insert(seen.saw("there is no host \(host)", "vCenter"), at: 0)
            return Gate(
                .hostCapacity, .fail, evidence: evidence,
                remedy: choosing("host", judged, seen, else: "Let a host of home have room for the machine"))
        }
        guard found.objection != nil else { return Gate(.hostCapacity, .pass, evidence: evidence) }
        return Gate(
            .hostCapacity, .fail, evidence: evidence,
            remedy: choosing(
                "host", judged, seen,
                else: "Let host \(host) start it, or move machine \(seen.item.home.machine) to another one in vCenter"))
    }
}

private func drillCapacity(_ seen: Observation) -> Gate {
    guard case .value(let platform) = seen.targetPlatform else {
        return Gate(.hostCapacity, .unknown, causedBy: .gate(.drillIsolated))
    }
    guard let lack = lackOfMemory(seen, platform, at: seen.targetSiteName) else { return Gate(.hostCapacity, .pass) }
    return Gate(
        .hostCapacity, .fail, evidence: [seen.saw(lack.what, "\(platform.site) platform")],
        remedy: Remedy(lack.remedy))
}

private func lackOfMemory(
    _ seen: Observation, _ platform: PlatformV1.PlatformStatus, at site: String
) -> (what: String, remedy: String)? {
    let (free, own, needed) = (platform.memoryFreeMib, UInt64(seen.item.memoryMib), seen.memoryTogether)
    guard free < needed else { return nil }
    let machines = needed > own ? "the group's machines have \(needed) MiB together" : "the machine has \(own) MiB"
    return (
        "\(free) MiB of memory are free at the host of \(site), \(machines)",
        "Turn machines off at \(site), or give the host more memory"
    )
}

/// Of a reprotect, the first place that serves; where there is none, or nothing can be chosen, what else is to be done.
private func choosing(
    _ kind: String, _ judged: [JudgedPlace], _ seen: Observation, else text: String
) -> Remedy {
    guard case .reprotect = seen.operation, let fitting = judged.first(where: { $0.objection == nil }) else {
        return Remedy(text)
    }
    return Remedy(
        "\(text); or take another one", command: "homeward reprotect \(seen.name) --alternate --\(kind) \(fitting.id)")
}

/// A gate about what home's platform says.
private func onPlatform(
    _ code: GateCode, _ seen: Observation, _ judge: (PlatformV1.PlatformStatus) -> Gate
) -> Gate {
    guard let platform = seen.homePlatform.value else {
        return Gate(code, .unknown, causedBy: .gate(.configurationServerConnected))
    }
    return platform.connected ? judge(platform) : Gate(code, .unknown, causedBy: .gate(.vcenterConnected))
}
