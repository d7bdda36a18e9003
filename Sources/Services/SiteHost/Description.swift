import Contract
import MachineFiles
import Messages
import Model

/// Attributes as they stand: what the guest of the last boot reported, unless an administrator changed them since.
func observedAttributes(_ record: MachineRecord, _ seen: MachineProcesses.Observation) -> PlatformV1.Attributes {
    guard let guest = seen.guest, guest.firstAcknowledged, record.attributesSetIn != record.bootID else {
        return record.attributes
    }
    var attributes = record.attributes
    attributes.toolsEnabled = guest.toolsEnabled
    attributes.network = guest.network?.message ?? attributes.network
    return attributes
}

/// Power as observed. `off` only when both programs were seen to be gone and will not be started again by themselves.
func observedPower(
    _ record: MachineRecord, _ seen: MachineProcesses.Observation, mayRun: Bool
) -> PlatformV1.Power {
    if seen.guestRuns { return .on }
    if record.wanted == .on, seen.agentRuns || mayRun { return .on }
    if seen.agentRuns || (record.wanted == .draining && mayRun) { return .draining }
    return .off
}

extension PlatformV1.Machine {
    init(
        _ record: MachineRecord, _ seen: MachineProcesses.Observation, mayRun: Bool, disks: [PlatformV1.PlatformDisk]
    ) {
        self.init()
        id = record.id.text
        name = record.name
        power = observedPower(record, seen, mayRun: mayRun)
        self.disks = disks
        snapshots = record.snapshots
        attributes = observedAttributes(record, seen)
        bootID = power == .off ? "" : record.bootID
        booted = power == .on && seen.booted
        grant = record.grant?.message
        guest = record.guest
        powerChangedUnixUs = record.powerChanged.value
        test = record.branch != nil
        host = record.host
        uncleanStop = power == .off && !record.bootID.isEmpty && seen.agent?.state != .ended
    }
}
