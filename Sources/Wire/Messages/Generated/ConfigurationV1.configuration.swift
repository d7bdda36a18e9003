// Generated from homeward/configuration/v1/configuration.proto by protoc-gen-homeward. Do not edit.
internal import CMessages
public import MessageCoding

extension ConfigurationV1 {
    /// Kind of a component.
    public enum ComponentKind: Hashable, Sendable {
        /// Never sent.
        case unspecified
        /// Process server.
        case processServer
        /// Master target.
        case masterTarget
        /// Platform (vCenter or the cloud's compute).
        case platform
        /// Configuration server.
        case configurationServer
        /// A number that this version has no name for; kept as it is.
        case unrecognized(Int32)

        public init(rawValue: Int32) {
            switch rawValue {
                case 0: self = .unspecified
                case 1: self = .processServer
                case 2: self = .masterTarget
                case 3: self = .platform
                case 4: self = .configurationServer
                default: self = .unrecognized(rawValue)
            }
        }

        public var rawValue: Int32 {
            switch self {
                case .unspecified: 0
                case .processServer: 1
                case .masterTarget: 2
                case .platform: 3
                case .configurationServer: 4
                case .unrecognized(let number): number
            }
        }

        /// The named values, in the order of the .proto.
        public static var allCases: [Self] {
            [.unspecified, .processServer, .masterTarget, .platform, .configurationServer]
        }
    }

    /// A component as registered.
    public struct Component: WireMessage {
        public static var protobufName: String { "homeward.configuration.v1.Component" }

        /// Id and address.
        public var endpoint: CommonV1.Endpoint?
        /// Kind.
        public var kind: ConfigurationV1.ComponentKind = ConfigurationV1.ComponentKind(rawValue: 0)
        /// Site.
        public var site: CommonV1.Site = CommonV1.Site(rawValue: 0)
        /// Version of its program.
        public var version: String = ""
        /// `windows` or `linux`, for a master target.
        public var osFamily: String = ""
        /// Time since its last heartbeat, on the clock of who answers.
        public var silentUs: UInt64 = 0
        /// Figures it reports, by name (`cache_free_percent`, `attached_disks`).
        public var figures: [String: UInt64] = [:]
        /// Changes at each start.
        public var instance: String = ""
        /// Worst of its findings; unspecified for a component that judges nothing.
        public var health: CommonV1.HealthState = CommonV1.HealthState(rawValue: 0)
        /// The findings that are not healthy, worst first.
        public var findings: [CommonV1.HealthFinding] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Registers a component with the passphrase; repeated at each start.
    public struct RegisterComponentRequest: WireMessage {
        public static var protobufName: String { "homeward.configuration.v1.RegisterComponentRequest" }

        /// The component.
        public var component: ConfigurationV1.Component?
        /// The site's passphrase.
        public var passphrase: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Tells that a component is alive.
    public struct HeartbeatRequest: WireMessage {
        public static var protobufName: String { "homeward.configuration.v1.HeartbeatRequest" }

        /// The component.
        public var component: ConfigurationV1.Component?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// What the registry wants the component to know.
    public struct RegistryAnswer: WireMessage {
        public static var protobufName: String { "homeward.configuration.v1.RegistryAnswer" }

        /// False when the component is not registered (any more) and must register.
        public var registered: Bool = false
        /// Expected time until the next heartbeat.
        public var intervalUs: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks for components.
    public struct ListComponentsRequest: WireMessage {
        public static var protobufName: String { "homeward.configuration.v1.ListComponentsRequest" }

        /// At most this many; 0 means 100, more than 500 is refused.
        public var pageSize: UInt32 = 0
        /// From the previous page.
        public var pageToken: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// One page of components.
    public struct ListComponentsResponse: WireMessage {
        public static var protobufName: String { "homeward.configuration.v1.ListComponentsResponse" }

        /// In order of id.
        public var components: [ConfigurationV1.Component] = []
        /// For the next page; empty at the end.
        public var nextPageToken: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A machine's row in the configuration database.
    public struct ProtectedMachine: WireMessage {
        public static var protobufName: String { "homeward.configuration.v1.ProtectedMachine" }

        /// The item.
        public var item: String = ""
        /// The home machine.
        public var machine: String = ""
        /// Its disks.
        public var disks: [CommonV1.Disk] = []
        /// The machine (copy) whose agent is registered now; empty when none registered since the last boot.
        public var agentMachine: String = ""
        /// Boot of the registered agent.
        public var agentBootID: String = ""
        /// Time since its last message, on the configuration server's clock.
        public var agentSilentUs: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Registers an item's machine.
    public struct RegisterMachineRequest: WireMessage {
        public static var protobufName: String { "homeward.configuration.v1.RegisterMachineRequest" }

        /// The effect's key.
        public var key: CommonV1.OperationKey?
        /// The item.
        public var item: String = ""
        /// The home machine.
        public var machine: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Removes an item's machine.
    public struct UnregisterMachineRequest: WireMessage {
        public static var protobufName: String { "homeward.configuration.v1.UnregisterMachineRequest" }

        /// The effect's key.
        public var key: CommonV1.OperationKey?
        /// The item.
        public var item: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Done; asking again is harmless.
    public struct UnregisterMachineResponse: WireMessage {
        public static var protobufName: String { "homeward.configuration.v1.UnregisterMachineResponse" }

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks for an item's row.
    public struct GetProtectedMachineRequest: WireMessage {
        public static var protobufName: String { "homeward.configuration.v1.GetProtectedMachineRequest" }

        /// The item.
        public var item: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// The configuration server's own state.
    public struct ConfigurationStatus: WireMessage {
        public static var protobufName: String { "homeward.configuration.v1.ConfigurationStatus" }

        /// Changes when its database is made anew or restored.
        public var databaseIncarnation: String = ""
        /// True once it has synced assignments with the vault since its start.
        public var synced: Bool = false
        /// Address it was registered with at the vault.
        public var registeredAddress: String = ""
        /// Age of the newest verified backup; 0 when there is none.
        public var backupAgeUs: UInt64 = 0
        /// Whether vCenter answers.
        public var vcenterConnected: Bool = false
        /// Why its backups need a person: overdue, or failed; empty while its schedule is kept.
        public var backupAlert: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks for it.
    public struct GetConfigurationStatusRequest: WireMessage {
        public static var protobufName: String { "homeward.configuration.v1.GetConfigurationStatusRequest" }

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// The vault's newest assignments, for a configuration server that started.
    public struct SyncAssignmentsRequest: WireMessage {
        public static var protobufName: String { "homeward.configuration.v1.SyncAssignmentsRequest" }

        /// All assignments the vault knows.
        public var assignments: [CommonV1.Assignment] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// What differed.
    public struct SyncAssignmentsResponse: WireMessage {
        public static var protobufName: String { "homeward.configuration.v1.SyncAssignmentsResponse" }

        /// Assignments of the configuration server that are higher than the vault's: a vault that was restored.
        public var higher: [CommonV1.Assignment] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

}

extension ConfigurationV1.Component: StructBacked {
    typealias CStruct = Homeward__Configuration__V1__Component

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__configuration__v1__component__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.endpoint {
            c.pointee.endpoint = arena.message(value)
        }
        c.pointee.kind = .init(rawValue: .init(truncatingIfNeeded: self.kind.rawValue))
        c.pointee.site = .init(rawValue: .init(truncatingIfNeeded: self.site.rawValue))
        c.pointee.version = arena.string(self.version)
        c.pointee.os_family = arena.string(self.osFamily)
        c.pointee.silent_us = self.silentUs
        c.pointee.n_figures = self.figures.count
        c.pointee.figures = arena.pointers(self.figures.count)
        for (index, (key, value)) in self.figures.sorted(by: byUTF8).enumerated() {
            let entry = arena.one(Homeward__Configuration__V1__Component__FiguresEntry.self)
            homeward__configuration__v1__component__figures_entry__init(entry)
            entry.pointee.key = arena.string(key)
            entry.pointee.value = value
            c.pointee.figures[index] = entry
        }
        c.pointee.instance = arena.string(self.instance)
        c.pointee.health = .init(rawValue: .init(truncatingIfNeeded: self.health.rawValue))
        c.pointee.n_findings = self.findings.count
        c.pointee.findings = arena.messages(self.findings)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.endpoint {
            self.endpoint = try CommonV1.Endpoint(value)
        }
        self.kind = ConfigurationV1.ComponentKind(rawValue: Int32(truncatingIfNeeded: c.pointee.kind.rawValue))
        self.site = CommonV1.Site(rawValue: Int32(truncatingIfNeeded: c.pointee.site.rawValue))
        self.version = try decodedString(c.pointee.version, "homeward.configuration.v1.Component.version")
        self.osFamily = try decodedString(c.pointee.os_family, "homeward.configuration.v1.Component.os_family")
        self.silentUs = c.pointee.silent_us
        for index in 0..<c.pointee.n_figures {
            guard let entry = c.pointee.figures[index] else { continue }
            self.figures[try decodedString(entry.pointee.key, "homeward.configuration.v1.Component.figures")] = entry.pointee.value
        }
        self.instance = try decodedString(c.pointee.instance, "homeward.configuration.v1.Component.instance")
        self.health = CommonV1.HealthState(rawValue: Int32(truncatingIfNeeded: c.pointee.health.rawValue))
        self.findings = try decodedMessages(c.pointee.findings, c.pointee.n_findings)
    }
}

extension ConfigurationV1.RegisterComponentRequest: StructBacked {
    typealias CStruct = Homeward__Configuration__V1__RegisterComponentRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__configuration__v1__register_component_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.component {
            c.pointee.component = arena.message(value)
        }
        c.pointee.passphrase = arena.string(self.passphrase)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.component {
            self.component = try ConfigurationV1.Component(value)
        }
        self.passphrase = try decodedString(c.pointee.passphrase, "homeward.configuration.v1.RegisterComponentRequest.passphrase")
    }
}

extension ConfigurationV1.HeartbeatRequest: StructBacked {
    typealias CStruct = Homeward__Configuration__V1__HeartbeatRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__configuration__v1__heartbeat_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.component {
            c.pointee.component = arena.message(value)
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.component {
            self.component = try ConfigurationV1.Component(value)
        }
    }
}

extension ConfigurationV1.RegistryAnswer: StructBacked {
    typealias CStruct = Homeward__Configuration__V1__RegistryAnswer

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__configuration__v1__registry_answer__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.registered = self.registered ? 1 : 0
        c.pointee.interval_us = self.intervalUs
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.registered = c.pointee.registered != 0
        self.intervalUs = c.pointee.interval_us
    }
}

extension ConfigurationV1.ListComponentsRequest: StructBacked {
    typealias CStruct = Homeward__Configuration__V1__ListComponentsRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__configuration__v1__list_components_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.page_size = self.pageSize
        c.pointee.page_token = arena.string(self.pageToken)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.pageSize = c.pointee.page_size
        self.pageToken = try decodedString(c.pointee.page_token, "homeward.configuration.v1.ListComponentsRequest.page_token")
    }
}

extension ConfigurationV1.ListComponentsResponse: StructBacked {
    typealias CStruct = Homeward__Configuration__V1__ListComponentsResponse

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__configuration__v1__list_components_response__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.n_components = self.components.count
        c.pointee.components = arena.messages(self.components)
        c.pointee.next_page_token = arena.string(self.nextPageToken)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.components = try decodedMessages(c.pointee.components, c.pointee.n_components)
        self.nextPageToken = try decodedString(c.pointee.next_page_token, "homeward.configuration.v1.ListComponentsResponse.next_page_token")
    }
}

extension ConfigurationV1.ProtectedMachine: StructBacked {
    typealias CStruct = Homeward__Configuration__V1__ProtectedMachine

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__configuration__v1__protected_machine__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.item = arena.string(self.item)
        c.pointee.machine = arena.string(self.machine)
        c.pointee.n_disks = self.disks.count
        c.pointee.disks = arena.messages(self.disks)
        c.pointee.agent_machine = arena.string(self.agentMachine)
        c.pointee.agent_boot_id = arena.string(self.agentBootID)
        c.pointee.agent_silent_us = self.agentSilentUs
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.item = try decodedString(c.pointee.item, "homeward.configuration.v1.ProtectedMachine.item")
        self.machine = try decodedString(c.pointee.machine, "homeward.configuration.v1.ProtectedMachine.machine")
        self.disks = try decodedMessages(c.pointee.disks, c.pointee.n_disks)
        self.agentMachine = try decodedString(c.pointee.agent_machine, "homeward.configuration.v1.ProtectedMachine.agent_machine")
        self.agentBootID = try decodedString(c.pointee.agent_boot_id, "homeward.configuration.v1.ProtectedMachine.agent_boot_id")
        self.agentSilentUs = c.pointee.agent_silent_us
    }
}

extension ConfigurationV1.RegisterMachineRequest: StructBacked {
    typealias CStruct = Homeward__Configuration__V1__RegisterMachineRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__configuration__v1__register_machine_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.key {
            c.pointee.key = arena.message(value)
        }
        c.pointee.item = arena.string(self.item)
        c.pointee.machine = arena.string(self.machine)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.key {
            self.key = try CommonV1.OperationKey(value)
        }
        self.item = try decodedString(c.pointee.item, "homeward.configuration.v1.RegisterMachineRequest.item")
        self.machine = try decodedString(c.pointee.machine, "homeward.configuration.v1.RegisterMachineRequest.machine")
    }
}

extension ConfigurationV1.UnregisterMachineRequest: StructBacked {
    typealias CStruct = Homeward__Configuration__V1__UnregisterMachineRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__configuration__v1__unregister_machine_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.key {
            c.pointee.key = arena.message(value)
        }
        c.pointee.item = arena.string(self.item)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.key {
            self.key = try CommonV1.OperationKey(value)
        }
        self.item = try decodedString(c.pointee.item, "homeward.configuration.v1.UnregisterMachineRequest.item")
    }
}

extension ConfigurationV1.UnregisterMachineResponse: StructBacked {
    typealias CStruct = Homeward__Configuration__V1__UnregisterMachineResponse

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__configuration__v1__unregister_machine_response__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
    }
}

extension ConfigurationV1.GetProtectedMachineRequest: StructBacked {
    typealias CStruct = Homeward__Configuration__V1__GetProtectedMachineRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__configuration__v1__get_protected_machine_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.item = arena.string(self.item)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.item = try decodedString(c.pointee.item, "homeward.configuration.v1.GetProtectedMachineRequest.item")
    }
}

extension ConfigurationV1.ConfigurationStatus: StructBacked {
    typealias CStruct = Homeward__Configuration__V1__ConfigurationStatus

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__configuration__v1__configuration_status__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.database_incarnation = arena.string(self.databaseIncarnation)
        c.pointee.synced = self.synced ? 1 : 0
        c.pointee.registered_address = arena.string(self.registeredAddress)
        c.pointee.backup_age_us = self.backupAgeUs
        c.pointee.vcenter_connected = self.vcenterConnected ? 1 : 0
        c.pointee.backup_alert = arena.string(self.backupAlert)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.databaseIncarnation = try decodedString(c.pointee.database_incarnation, "homeward.configuration.v1.ConfigurationStatus.database_incarnation")
        self.synced = c.pointee.synced != 0
        self.registeredAddress = try decodedString(c.pointee.registered_address, "homeward.configuration.v1.ConfigurationStatus.registered_address")
        self.backupAgeUs = c.pointee.backup_age_us
        self.vcenterConnected = c.pointee.vcenter_connected != 0
        self.backupAlert = try decodedString(c.pointee.backup_alert, "homeward.configuration.v1.ConfigurationStatus.backup_alert")
    }
}

extension ConfigurationV1.GetConfigurationStatusRequest: StructBacked {
    typealias CStruct = Homeward__Configuration__V1__GetConfigurationStatusRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__configuration__v1__get_configuration_status_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
    }
}

extension ConfigurationV1.SyncAssignmentsRequest: StructBacked {
    typealias CStruct = Homeward__Configuration__V1__SyncAssignmentsRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__configuration__v1__sync_assignments_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.n_assignments = self.assignments.count
        c.pointee.assignments = arena.messages(self.assignments)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.assignments = try decodedMessages(c.pointee.assignments, c.pointee.n_assignments)
    }
}

extension ConfigurationV1.SyncAssignmentsResponse: StructBacked {
    typealias CStruct = Homeward__Configuration__V1__SyncAssignmentsResponse

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__configuration__v1__sync_assignments_response__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.n_higher = self.higher.count
        c.pointee.higher = arena.messages(self.higher)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.higher = try decodedMessages(c.pointee.higher, c.pointee.n_higher)
    }
}
