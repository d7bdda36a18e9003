import API
import Contract
import Environment
import Messages
import Model
import Synchronization

/// What of the policies those who carry them out were told, or were seen to hold. Forgotten at a stop: then it is seen
/// again.
final class ToldTerms: Sendable {
    private struct Told {
        var terms: String
        var at: MonotonicInstant
    }

    private let told = Mutex<[String: Told]>([:])

    func terms(_ what: String) -> String? { told.withLock { $0[what]?.terms } }
    func since(_ what: String, _ terms: String, at now: MonotonicInstant) -> Duration? {
        told.withLock { told in told[what].flatMap { $0.terms == terms ? now - $0.at : nil } }
    }
    func note(_ what: String, _ terms: String, at now: MonotonicInstant) {
        told.withLock { $0[what] = Told(terms: terms, at: now) }
    }
}

/// What a policy says reaches the agent and the master target of an item that replicates, without its session or its
/// replica being touched otherwise.
extension Reconcilers {
    /// One who cannot be told is told in a next pass, and keeps nobody else from being told.
    func keepPolicy(_ item: ItemRecord) async {
        let direction: Direction
        switch try? item.phaseValue() {
        case .synchronizing(let way), .protected(let way): direction = way
        default: return
        }
        guard item.claimJob == nil, item.generation?.replication == direction.rawValue else { return }
        do { try await keepPace(item, direction.source) } catch {
            await unseen(item, "an agent cannot be given its pace", error)
        }
        guard vault.isHeard(.masterTarget(item.masterTarget)) else { return }
        do { try await keepRetention(item) } catch {
            await unseen(item, "a master target cannot be told what it keeps", error)
        }
    }

    /// An agent says how it cuts, and is told when that differs; it is seen in its next status or two.
    private func keepPace(_ item: ItemRecord, _ site: Site) async throws {
        let terms = vault.policies.terms(of: item)
        let application = terms.ownApplicationIntervalUs(item)
        // Without an interval no session is open, or the agent is one that cannot be told.
        guard let status = vault.figures.status(item.id), status.intervalUs > 0,
            status.intervalUs != terms.intervalUs
                || status.applicationConsistency?.intervalUs ?? 0 != application
        else { return }
        let assignment = try item.assignment()
        let now = vault.environment.clock.now()
        let what = "\(assignment.generation.number) \(terms.revision)"
        guard told.since("pace of \(item.id)", what, at: now).map({ $0 >= paceSeen }) ?? true else { return }
        told.note("pace of \(item.id)", what, at: now)
        // Each time is one of its own: what is set is ordered by its revision, and the agent may have lost it.
        let occasion = hexadecimal(vault.environment.random.bytes(8))
        let key = try vault.reconcilerKey("pace", "\(item[site].machine)/\(occasion)", assignment)
        _ = try await vault.command(
            item[site].machine, at: site, preferring: item.processServer, key,
            .setPace(
                .with {
                    $0.generation = assignment.generation.message
                    $0.intervalUs = terms.intervalUs
                    $0.applicationIntervalUs = application
                    $0.revision = vault.ordered(terms.revision)
                }))
        vault.log.notice(
            "an agent was given another pace",
            metadata: [
                "item": "\(item.id)", "interval_us": "\(terms.intervalUs)", "application_us": "\(application)",
            ])
    }

    /// The master target that holds the item's points keeps them by its policy. It is looked at once, and told when
    /// that is not so.
    private func keepRetention(_ item: ItemRecord) async throws {
        let assignment = try item.assignment()
        let terms = vault.policies.terms(of: item)
        let subject = "retention of \(item.id)"
        let content = terms.retention.map { hexadecimal($0.wireBytes()) } ?? "as set up"
        let place = "\(item.masterTarget) \(assignment.generation.number)"
        let before = told.terms(subject)
        guard before != "\(place) \(content)" else { return }
        let client = TargetControlClient(try vault.directory.channel(of: item.masterTarget))
        let isFirst = before?.hasPrefix("\(place) ") != true
        let replica = try await asking("look at the replica of \(item.id)", Patience.read) {
            try await client.getReplica(.with { $0.item = item.id }, $0)
        }
        let isHeld = terms.retention.map { $0 == replica.retention } ?? (replica.retentionRevision == 0)
        // Once anything was told, something older may still be on its way: the newer revision keeps it out.
        if !isHeld || !isFirst { try await setRetention(item, assignment, terms, client) }
        told.note(subject, "\(place) \(content)", at: vault.environment.clock.now())
    }

    private func setRetention(
        _ item: ItemRecord, _ assignment: Assignment, _ terms: PolicyTerms, _ client: TargetControlClient
    ) async throws {
        let revision = vault.ordered(terms.revision)
        let key = try vault.reconcilerKey("retention", "\(item.masterTarget)/\(revision)", assignment)
        _ = try await asking("set the retention of item \(item.id) at \(item.masterTarget)") {
            try await client.setRetention(
                .with {
                    $0.key = key
                    $0.item = item.id
                    $0.generation = assignment.generation.message
                    $0.retention = terms.retention
                    $0.revision = revision
                }, $0)
        }
    }
}

/// A status is sent once a second and looked at once a second.
private let paceSeen: Duration = .seconds(5)

extension VaultContext {
    /// A revision as others order it: that of a later life of the store comes after all of an earlier one, though the
    /// store was restored and counts from an older number.
    fileprivate func ordered(_ revision: UInt64) -> UInt64 { epoch << 32 | revision & 0xFFFF_FFFF }
}
