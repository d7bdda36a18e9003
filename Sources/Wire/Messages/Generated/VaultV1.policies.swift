// Generated from homeward/vault/v1/policies.proto by protoc-gen-homeward. Do not edit.
internal import CMessages
public import MessageCoding

extension VaultV1 {
    /// How items replicate in one direction. An item follows one policy of each direction; the one of the direction that it
    /// replicates in counts. A change of a policy takes effect on all that follow it, without anything being restarted.
    public struct ReplicationPolicy: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.ReplicationPolicy" }

        /// `policies/{id}`; the id is chosen by who creates it.
        public var name: String = ""
        /// For people; the id when empty.
        public var displayName: String = ""
        /// Out: a forward policy. Home: a failback policy. Never changes.
        public var direction: CommonV1.Direction = CommonV1.Direction(rawValue: 0)
        /// An alert is raised for an item whose newest recovery point is older; 0 for none.
        public var rpoThresholdUs: UInt64 = 0
        /// Aim between recovery points; 0: what was given when the item was protected.
        public var intervalUs: UInt64 = 0
        /// Aim between application-consistent points; 0 for none but those asked for.
        public var applicationIntervalUs: UInt64?
        /// True: kept, so that the next replication out is a delta. False: deleted with the cloud machine; the next
        /// replication out is a full copy.
        public var keepSeed: Bool?
        /// Which recovery points are kept; none: what the master target was set up with.
        public var retention: TargetV1.Retention?
        /// Rises by one with every change; the first is 1.
        public var version: UInt64 = 0
        /// Digest of all that it says but its name.
        public var digest: String = ""
        /// Changes with every change.
        public var etag: String = ""
        /// When it was created.
        public var createdUnixUs: Int64 = 0
        /// When it was last changed.
        public var updatedUnixUs: Int64 = 0
        /// Who follows it, at most 100: `items/{id}`, and `groups/{id}` for all members of a replication group.
        public var followers: [String] = []
        /// How many items follow it.
        public var followerItems: UInt32 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// What a policy's retention would remove of one item's recovery points as they are now.
    public struct RetentionEffect: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.RetentionEffect" }

        /// `items/{id}`.
        public var item: String = ""
        /// Its name for people.
        public var displayName: String = ""
        /// What would go, and what would stay; nothing is known when `unknown` says why.
        public var preview: TargetV1.PreviewRetentionResponse?
        /// Why nobody could say; empty when somebody did.
        public var unknown: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A policy as it is after a change, or as it would be.
    public struct PolicyChange: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.PolicyChange" }

        /// The policy.
        public var policy: VaultV1.ReplicationPolicy?
        /// With `validate_only`: what its retention would remove, of at most 100 items that would be concerned.
        public var effects: [VaultV1.RetentionEffect] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Makes a policy.
    public struct CreatePolicyRequest: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.CreatePolicyRequest" }

        /// The policy: what the vault does not count by itself is taken.
        public var policy: VaultV1.ReplicationPolicy?
        /// Same id and same body: the same policy. Required.
        public var requestID: String = ""
        /// Check only; nothing is stored.
        public var validateOnly: Bool = false

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Replaces what a policy says.
    public struct UpdatePolicyRequest: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.UpdatePolicyRequest" }

        /// The policy, with all of its content.
        public var policy: VaultV1.ReplicationPolicy?
        /// Refuse when it has changed since; empty for any.
        public var etag: String = ""
        /// Check only and say what would be removed; nothing is stored.
        public var validateOnly: Bool = false

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks for one policy.
    public struct GetPolicyRequest: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.GetPolicyRequest" }

        /// `policies/{id}`, or the bare id.
        public var name: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks for policies.
    public struct ListPoliciesRequest: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.ListPoliciesRequest" }

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

    /// One page of policies.
    public struct ListPoliciesResponse: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.ListPoliciesResponse" }

        /// In order of name.
        public var policies: [VaultV1.ReplicationPolicy] = []
        /// For the next page; empty at the end.
        public var nextPageToken: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Removes a policy that nobody follows.
    public struct DeletePolicyRequest: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.DeletePolicyRequest" }

        /// `policies/{id}`, or the bare id.
        public var name: String = ""
        /// Refuse when it has changed since; empty for any.
        public var etag: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// It is gone.
    public struct DeletePolicyResponse: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.DeletePolicyResponse" }

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Lets an item, or all members of a replication group, follow a policy in the policy's direction.
    public struct AssignPolicyRequest: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.AssignPolicyRequest" }

        /// `policies/{id}`, or the bare id.
        public var policy: String = ""
        /// The item, or the group (`groups/{id}`, or its bare name).
        public var follower: String = ""
        /// Check only and say what would be removed; nothing is stored.
        public var validateOnly: Bool = false

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A state that a person should look at. It is raised and cleared by what is observed, and kept for a while once cleared.
    public struct Alert: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.Alert" }

        /// `alerts/{id}`: the same whenever this state of this subject is raised again.
        public var name: String = ""
        /// Stable code, `RPO_OVER_THRESHOLD`.
        public var code: String = ""
        /// What it is about: `items/{id}`, `groups/{id}`, `stores/{id}`.
        public var subject: String = ""
        /// Its name for people.
        public var displayName: String = ""
        /// Warning or critical.
        public var severity: CommonV1.HealthState = CommonV1.HealthState(rawValue: 0)
        /// What was observed last.
        public var detail: String = ""
        /// What to do, as an exact command where there is one.
        public var remedy: String = ""
        /// When it was raised last.
        public var raisedUnixUs: Int64 = 0
        /// When it was cleared; 0 while it stands.
        public var clearedUnixUs: Int64 = 0
        /// How often it was raised, this time included.
        public var times: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks for alerts.
    public struct ListAlertsRequest: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.ListAlertsRequest" }

        /// At most this many; 0 means 100, more than 500 is refused.
        public var pageSize: UInt32 = 0
        /// From the previous page.
        public var pageToken: String = ""
        /// True for those that were cleared, too.
        public var withCleared: Bool = false
        /// Only about this subject; empty for all.
        public var subject: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// One page of alerts.
    public struct ListAlertsResponse: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.ListAlertsResponse" }

        /// Those that stand first, then those raised last first.
        public var alerts: [VaultV1.Alert] = []
        /// For the next page; empty at the end.
        public var nextPageToken: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

}

extension VaultV1.ReplicationPolicy: StructBacked {
    typealias CStruct = Homeward__Vault__V1__ReplicationPolicy

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__replication_policy__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.name = arena.string(self.name)
        c.pointee.display_name = arena.string(self.displayName)
        c.pointee.direction = .init(rawValue: .init(truncatingIfNeeded: self.direction.rawValue))
        c.pointee.rpo_threshold_us = self.rpoThresholdUs
        c.pointee.interval_us = self.intervalUs
        if let value = self.applicationIntervalUs {
            c.pointee.application_interval_us = value
            c.pointee.application_case = .init(rawValue: 6)
        }
        if let value = self.keepSeed {
            c.pointee.keep_seed = value ? 1 : 0
            c.pointee.seed_case = .init(rawValue: 70)
        }
        if let value = self.retention {
            c.pointee.retention = arena.message(value)
        }
        c.pointee.version = self.version
        c.pointee.digest = arena.string(self.digest)
        c.pointee.etag = arena.string(self.etag)
        c.pointee.created_unix_us = self.createdUnixUs
        c.pointee.updated_unix_us = self.updatedUnixUs
        c.pointee.n_followers = self.followers.count
        c.pointee.followers = arena.strings(self.followers)
        c.pointee.follower_items = self.followerItems
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.name = try decodedString(c.pointee.name, "homeward.vault.v1.ReplicationPolicy.name")
        self.displayName = try decodedString(c.pointee.display_name, "homeward.vault.v1.ReplicationPolicy.display_name")
        self.direction = CommonV1.Direction(rawValue: Int32(truncatingIfNeeded: c.pointee.direction.rawValue))
        self.rpoThresholdUs = c.pointee.rpo_threshold_us
        self.intervalUs = c.pointee.interval_us
        if c.pointee.application_case.rawValue == 6 {
            self.applicationIntervalUs = c.pointee.application_interval_us
        }
        if c.pointee.seed_case.rawValue == 70 {
            self.keepSeed = c.pointee.keep_seed != 0
        }
        if let value = c.pointee.retention {
            self.retention = try TargetV1.Retention(value)
        }
        self.version = c.pointee.version
        self.digest = try decodedString(c.pointee.digest, "homeward.vault.v1.ReplicationPolicy.digest")
        self.etag = try decodedString(c.pointee.etag, "homeward.vault.v1.ReplicationPolicy.etag")
        self.createdUnixUs = c.pointee.created_unix_us
        self.updatedUnixUs = c.pointee.updated_unix_us
        self.followers = try decodedStrings(c.pointee.followers, c.pointee.n_followers, "homeward.vault.v1.ReplicationPolicy.followers")
        self.followerItems = c.pointee.follower_items
    }
}

extension VaultV1.RetentionEffect: StructBacked {
    typealias CStruct = Homeward__Vault__V1__RetentionEffect

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__retention_effect__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.item = arena.string(self.item)
        c.pointee.display_name = arena.string(self.displayName)
        if let value = self.preview {
            c.pointee.preview = arena.message(value)
        }
        c.pointee.unknown = arena.string(self.unknown)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.item = try decodedString(c.pointee.item, "homeward.vault.v1.RetentionEffect.item")
        self.displayName = try decodedString(c.pointee.display_name, "homeward.vault.v1.RetentionEffect.display_name")
        if let value = c.pointee.preview {
            self.preview = try TargetV1.PreviewRetentionResponse(value)
        }
        self.unknown = try decodedString(c.pointee.unknown, "homeward.vault.v1.RetentionEffect.unknown")
    }
}

extension VaultV1.PolicyChange: StructBacked {
    typealias CStruct = Homeward__Vault__V1__PolicyChange

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__policy_change__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.policy {
            c.pointee.policy = arena.message(value)
        }
        c.pointee.n_effects = self.effects.count
        c.pointee.effects = arena.messages(self.effects)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.policy {
            self.policy = try VaultV1.ReplicationPolicy(value)
        }
        self.effects = try decodedMessages(c.pointee.effects, c.pointee.n_effects)
    }
}

extension VaultV1.CreatePolicyRequest: StructBacked {
    typealias CStruct = Homeward__Vault__V1__CreatePolicyRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__create_policy_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.policy {
            c.pointee.policy = arena.message(value)
        }
        c.pointee.request_id = arena.string(self.requestID)
        c.pointee.validate_only = self.validateOnly ? 1 : 0
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.policy {
            self.policy = try VaultV1.ReplicationPolicy(value)
        }
        self.requestID = try decodedString(c.pointee.request_id, "homeward.vault.v1.CreatePolicyRequest.request_id")
        self.validateOnly = c.pointee.validate_only != 0
    }
}

extension VaultV1.UpdatePolicyRequest: StructBacked {
    typealias CStruct = Homeward__Vault__V1__UpdatePolicyRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__update_policy_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.policy {
            c.pointee.policy = arena.message(value)
        }
        c.pointee.etag = arena.string(self.etag)
        c.pointee.validate_only = self.validateOnly ? 1 : 0
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.policy {
            self.policy = try VaultV1.ReplicationPolicy(value)
        }
        self.etag = try decodedString(c.pointee.etag, "homeward.vault.v1.UpdatePolicyRequest.etag")
        self.validateOnly = c.pointee.validate_only != 0
    }
}

extension VaultV1.GetPolicyRequest: StructBacked {
    typealias CStruct = Homeward__Vault__V1__GetPolicyRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__get_policy_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.name = arena.string(self.name)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.name = try decodedString(c.pointee.name, "homeward.vault.v1.GetPolicyRequest.name")
    }
}

extension VaultV1.ListPoliciesRequest: StructBacked {
    typealias CStruct = Homeward__Vault__V1__ListPoliciesRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__list_policies_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.page_size = self.pageSize
        c.pointee.page_token = arena.string(self.pageToken)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.pageSize = c.pointee.page_size
        self.pageToken = try decodedString(c.pointee.page_token, "homeward.vault.v1.ListPoliciesRequest.page_token")
    }
}

extension VaultV1.ListPoliciesResponse: StructBacked {
    typealias CStruct = Homeward__Vault__V1__ListPoliciesResponse

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__list_policies_response__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.n_policies = self.policies.count
        c.pointee.policies = arena.messages(self.policies)
        c.pointee.next_page_token = arena.string(self.nextPageToken)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.policies = try decodedMessages(c.pointee.policies, c.pointee.n_policies)
        self.nextPageToken = try decodedString(c.pointee.next_page_token, "homeward.vault.v1.ListPoliciesResponse.next_page_token")
    }
}

extension VaultV1.DeletePolicyRequest: StructBacked {
    typealias CStruct = Homeward__Vault__V1__DeletePolicyRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__delete_policy_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.name = arena.string(self.name)
        c.pointee.etag = arena.string(self.etag)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.name = try decodedString(c.pointee.name, "homeward.vault.v1.DeletePolicyRequest.name")
        self.etag = try decodedString(c.pointee.etag, "homeward.vault.v1.DeletePolicyRequest.etag")
    }
}

extension VaultV1.DeletePolicyResponse: StructBacked {
    typealias CStruct = Homeward__Vault__V1__DeletePolicyResponse

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__delete_policy_response__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
    }
}

extension VaultV1.AssignPolicyRequest: StructBacked {
    typealias CStruct = Homeward__Vault__V1__AssignPolicyRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__assign_policy_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.policy = arena.string(self.policy)
        c.pointee.follower = arena.string(self.follower)
        c.pointee.validate_only = self.validateOnly ? 1 : 0
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.policy = try decodedString(c.pointee.policy, "homeward.vault.v1.AssignPolicyRequest.policy")
        self.follower = try decodedString(c.pointee.follower, "homeward.vault.v1.AssignPolicyRequest.follower")
        self.validateOnly = c.pointee.validate_only != 0
    }
}

extension VaultV1.Alert: StructBacked {
    typealias CStruct = Homeward__Vault__V1__Alert

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__alert__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.name = arena.string(self.name)
        c.pointee.code = arena.string(self.code)
        c.pointee.subject = arena.string(self.subject)
        c.pointee.display_name = arena.string(self.displayName)
        c.pointee.severity = .init(rawValue: .init(truncatingIfNeeded: self.severity.rawValue))
        c.pointee.detail = arena.string(self.detail)
        c.pointee.remedy = arena.string(self.remedy)
        c.pointee.raised_unix_us = self.raisedUnixUs
        c.pointee.cleared_unix_us = self.clearedUnixUs
        c.pointee.times = self.times
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.name = try decodedString(c.pointee.name, "homeward.vault.v1.Alert.name")
        self.code = try decodedString(c.pointee.code, "homeward.vault.v1.Alert.code")
        self.subject = try decodedString(c.pointee.subject, "homeward.vault.v1.Alert.subject")
        self.displayName = try decodedString(c.pointee.display_name, "homeward.vault.v1.Alert.display_name")
        self.severity = CommonV1.HealthState(rawValue: Int32(truncatingIfNeeded: c.pointee.severity.rawValue))
        self.detail = try decodedString(c.pointee.detail, "homeward.vault.v1.Alert.detail")
        self.remedy = try decodedString(c.pointee.remedy, "homeward.vault.v1.Alert.remedy")
        self.raisedUnixUs = c.pointee.raised_unix_us
        self.clearedUnixUs = c.pointee.cleared_unix_us
        self.times = c.pointee.times
    }
}

extension VaultV1.ListAlertsRequest: StructBacked {
    typealias CStruct = Homeward__Vault__V1__ListAlertsRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__list_alerts_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.page_size = self.pageSize
        c.pointee.page_token = arena.string(self.pageToken)
        c.pointee.with_cleared = self.withCleared ? 1 : 0
        c.pointee.subject = arena.string(self.subject)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.pageSize = c.pointee.page_size
        self.pageToken = try decodedString(c.pointee.page_token, "homeward.vault.v1.ListAlertsRequest.page_token")
        self.withCleared = c.pointee.with_cleared != 0
        self.subject = try decodedString(c.pointee.subject, "homeward.vault.v1.ListAlertsRequest.subject")
    }
}

extension VaultV1.ListAlertsResponse: StructBacked {
    typealias CStruct = Homeward__Vault__V1__ListAlertsResponse

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__list_alerts_response__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.n_alerts = self.alerts.count
        c.pointee.alerts = arena.messages(self.alerts)
        c.pointee.next_page_token = arena.string(self.nextPageToken)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.alerts = try decodedMessages(c.pointee.alerts, c.pointee.n_alerts)
        self.nextPageToken = try decodedString(c.pointee.next_page_token, "homeward.vault.v1.ListAlertsResponse.next_page_token")
    }
}
