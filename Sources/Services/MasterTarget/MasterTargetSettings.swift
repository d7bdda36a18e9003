internal import Contract
public import Hosting
public import Model
import Registration

/// `master-target --config FILE`.
public struct MasterTargetSettings: ConfigurationFile {
    public var service: ServiceSettings
    /// Where it registers, `host:port` each: the configuration server and, in the cloud, the vault.
    public var registries: [String]
    /// File with the passphrase of the site.
    public var passphraseFile: String
    /// Where the site host puts the disks of this master target: a bundle `<disk-id>/disk.raw` for each.
    public var ownerDirectory: String
    /// Such directories on the site's other datastores that this master target sees.
    public var otherOwnerDirectories: [String]?
    /// `linux` or `windows`: machines of which family it may protect.
    public var osFamily: String
    /// Recovery points kept for an item, the newest counted.
    public var retentionPoints: Int
    /// Points older than this are dropped, hours; pinned ones and the newest never.
    public var retentionHours: Int
    /// MiB that branches for drills leave free where replicas and their points lie; unset: 256.
    public var branchReserveMiB: Int?
    /// Microseconds from the end of a background reading of all disks of a replica to the next one; unset: a day.
    public var scrubIntervalUs: UInt64?

    public init(
        service: ServiceSettings, registries: [String], passphraseFile: String, ownerDirectory: String,
        otherOwnerDirectories: [String]? = nil, osFamily: String = "linux", retentionPoints: Int = 72,
        retentionHours: Int = 72, branchReserveMiB: Int? = nil, scrubIntervalUs: UInt64? = nil
    ) {
        self.service = service
        self.registries = registries
        self.passphraseFile = passphraseFile
        self.ownerDirectory = ownerDirectory
        self.otherOwnerDirectories = otherOwnerDirectories
        self.osFamily = osFamily
        self.retentionPoints = retentionPoints
        self.retentionHours = retentionHours
        self.branchReserveMiB = branchReserveMiB
        self.scrubIntervalUs = scrubIntervalUs
    }

    var registration: RegistrationSettings {
        RegistrationSettings(registries: registries, passphraseFile: passphraseFile)
    }

    public func validate() throws(Failure) {
        try registration.validate()
        guard ["linux", "windows"].contains(osFamily) else {
            throw Failure(.invalidArgument, "setting \"osFamily\" is neither linux nor windows")
        }
        guard (1...1_000).contains(retentionPoints), (1...87_600).contains(retentionHours) else {
            throw Failure(
                .invalidArgument, "settings \"retentionPoints\" (1 to 1000) and \"retentionHours\" (1 to 87600)")
        }
        guard (0...(1 << 30)).contains(branchReserveMiB ?? 0) else {
            throw Failure(.invalidArgument, "setting \"branchReserveMiB\" is not from 0 to \(1 << 30)")
        }
        _ = try ScrubInterval.value(scrubIntervalUs, of: "scrubIntervalUs")
    }
}
