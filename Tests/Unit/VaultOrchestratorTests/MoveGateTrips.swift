import Messages
import Model

@testable import VaultOrchestrator

/// What a move to another master target, and a replica that begins anew, are refused by.
let handedOver: [Trip] = [
    Trip("handed to nobody", [.masterTargetAvailable], .moveMasterTarget) { $0.masterTarget = .absent },
    Trip("handed to one that is silent", [.masterTargetAvailable], .moveMasterTarget) {
        $0.masterTargetIsFresh = false
    },
    Trip("handed to where it is", [.masterTargetAvailable], .moveMasterTarget) {
        $0.masterTarget = .value(otherTarget { $0.endpoint?.id = "mt-home" })
    },
    Trip("handed to a process server", [.masterTargetAvailable], .moveMasterTarget) {
        $0.masterTarget = .value(otherTarget { $0.kind = .processServer })
    },
    Trip("handed to the other site", [.masterTargetAvailable], .moveMasterTarget) {
        $0.masterTarget = .value(otherTarget { $0.site = .home })
    },
    Trip("handed to an older version", [.masterTargetAvailable], .moveMasterTarget) {
        $0.masterTarget = .value(otherTarget { $0.version = "1.9" })
        $0.agent = .value(.with { $0.attached = true; $0.hello = .with { $0.version = "1.10" } })
    },
    Trip("handed to one that is critical", [.masterTargetAvailable], .moveMasterTarget) {
        $0.masterTarget = .value(otherTarget { $0.health = .critical })
    },
    Trip("handed to one of another family", [.masterTargetOSFamily], .moveMasterTarget) {
        $0.masterTarget = .value(otherTarget { $0.osFamily = "windows" })
    },
    Trip("handed to a full one", [.masterTargetDiskSlots], .moveMasterTarget) {
        $0.masterTarget = .value(otherTarget { $0.figures = ["attached_disks": masterTargetSlots + 1] })
    },
    Trip("handed over while its agent is away", [.agentRegistered], .moveMasterTarget) { $0.agent = .absent },
    Trip("handed over on its way home", [.operationAllowed], .moveMasterTarget) {
        $0.item.phase = "PROTECTED_HOME"
        $0.masterTarget = .value(otherTarget { $0.site = .home })
    },
    Trip("a member handed over alone", [.notInGroup], .moveMasterTarget) { $0.item.group = "shop" },
    Trip("renewed at one that is silent", [.masterTargetAvailable], .renewReplica) { $0.masterTargetIsFresh = false },
]

/// A master target that can take the replica over.
func otherTarget(
    _ change: (inout ConfigurationV1.Component) -> Void = { _ in }
) -> ConfigurationV1.Component {
    .with {
        $0.endpoint = .with { $0.id = "mt-cloud-2" }
        $0.kind = .masterTarget
        $0.site = .cloud
        $0.osFamily = "linux"
        $0.version = "1.10"
        change(&$0)
    }
}
