import Messages
import Model

/// Seed statement S10. A warning: what is about to be done does not depend on it, and the next disaster does.
func configurationBackupFresh(_ seen: Observation) -> Gate {
    switch seen.configuration {
    case .value(let status) where status.backupAlert.isEmpty && status.backupAgeUs > 0:
        let age = "the newest backup is \(status.backupAgeUs / 1_000_000) s old"
        return Gate(.configurationBackupFresh, .pass, evidence: [seen.saw(age, "configuration server")])
    case .value(let status) where status.backupAlert.isEmpty:
        return Gate(
            .configurationBackupFresh, .fail,
            evidence: [seen.saw("there is no backup yet; the first one is made by itself", "configuration server")])
    case .value(let status):
        return Gate(
            .configurationBackupFresh, .fail, evidence: [seen.saw(status.backupAlert, "configuration server")],
            remedy: Remedy(
                "Make one, and see why it was not made", command: "homeward vault backup --store configuration-server"))
    case .absent, .unreachable, .notAsked:
        return unasked(.configurationBackupFresh, seen)
    }
}
