// swift-tools-version: 6.1
import PackageDescription

/// The folder of a target names its layer; imports go downward only (checked by Tests/Tidy).
enum Layer: String {
    case c = "C"
    case model = "Model"
    case wire = "Wire"
    case engine = "Engine"
    case services = "Services"
    case apps = "Apps"
    case lab = "Lab"
}

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("ExistentialAny"),
]

/// In debug builds as well: what goes over every block, or over every step of a simulated world. Without it, judging was
/// half of a loop and the simulated worlds a third of the unit tests.
let optimized = strict + [.unsafeFlags(["-O"])]

func library(
    _ name: String, _ layer: Layer, _ dependencies: [Target.Dependency], _ settings: [SwiftSetting] = strict
) -> Target {
    .target(name: name, dependencies: dependencies, path: "Sources/\(layer.rawValue)/\(name)", swiftSettings: settings)
}

func executable(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
        name: name, dependencies: dependencies, path: "Sources/Apps/\(name)", swiftSettings: strict)
}

func tests(_ name: String, in folder: String = "Unit", _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, path: "Tests/\(folder)/\(name)", swiftSettings: strict)
}

func system(_ name: String, _ pkgConfig: String, _ apt: String) -> Target {
    .systemLibrary(name: name, path: "Sources/C/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])
}

let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioTLS = Target.Dependency.product(name: "NIOTLS", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
// SQLite's own calls, for what GRDB has none: a database as bytes.
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "homeward",
    products: [
        // For the benchmark with peers, a package of its own under Tests/Bench.
        .library(
            name: "RPCStack",
            targets: ["API", "Messages", "RPC", "RPCTransport", "Environment", "EnvironmentLive"]),
        // For the fuzzers under Tests/Fuzz, without a dependency on any other package.
        .library(
            name: "FuzzStack",
            targets: [
                "Contract", "Messages", "MessageCoding", "MessageSamples", "RPC", "HTTP2", "Compression", "Environment",
            ]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ],
    targets: [
        // C: module maps and generated C only
        system("CNGHTTP2", "libnghttp2", "libnghttp2-dev"),
        system("CProtobufC", "libprotobuf-c", "libprotobuf-c-dev"),
        system("CZstd", "libzstd", "libzstd-dev"),
        system("CZlib", "zlib", "zlib1g-dev"),
        system("CXXHash", "libxxhash", "libxxhash-dev"),
        system("COpenSSL", "libcrypto", "libssl-dev"),
        .target(name: "CLinux", path: "Sources/C/CLinux"),
        .target(name: "CMessages", dependencies: ["CProtobufC"], path: "Sources/C/CMessages", sources: ["src"]),

        // Model: values and protocols, no I/O
        library("Model", .model, []),
        library("Environment", .model, []),

        // Wire
        library("MessageCoding", .wire, []),
        library("Messages", .wire, ["CMessages", "MessageCoding"]),
        library("HTTP2", .wire, ["CNGHTTP2"]),
        library("Compression", .wire, ["CZlib", "CZstd"]),
        library("Cryptography", .wire, ["COpenSSL"]),
        library("RPC", .wire, ["HTTP2", "Compression", "MessageCoding", "Environment"]),
        library("API", .wire, ["Messages", "MessageCoding", "RPC"]),
        library("RPCTransport", .wire, [
            "Cryptography", "RPC", "HTTP2", "Environment", nioCore, nioPosix, nioTLS, nioSSL,
        ]),

        // Engine
        library("EnvironmentLive", .engine, ["Environment", "CLinux", logging]),
        library("Store", .engine, ["Model", "Environment", "Cryptography", grdb, sqlite]),
        library("Workflow", .engine, ["Model", "Environment", "Store"]),
        library("Blocks", .engine, ["Environment", "CXXHash", "Cryptography"], optimized),
        library("NBD", .engine, ["Blocks", "Environment"]),
        library("Tracking", .engine, ["Blocks", "Environment"]),
        library("Intervals", .engine, ["Blocks", "Environment", "CZstd"]),
        library("Replicas", .engine, ["Blocks", "Intervals", "Environment"]),

        // Services
        library("Contract", .services, ["Model", "Environment", "Messages", "MessageCoding", "RPC"]),
        library("Receivers", .services, [
            "Contract", "Model", "Environment", "Messages", "MessageCoding", "API", "RPC", "Store", "Cryptography",
        ]),
        library("Hosting", .services, [
            "Contract", "Model", "Environment", "Messages", "API", "RPC", "Store", logging,
        ]),
        library("VaultOrchestrator", .services, [
            "Backups", "FailbackCertificates", "Contract", "Hosting", "Model", "Environment", "Messages", "MessageCoding", "API", "RPC", "Store",
            "Workflow", "Blocks", logging, "Cryptography", "AuditChain",
        ]),
        library("AuditChain", .services, ["Messages", "Model", "Cryptography"], optimized),
        library("FailbackCertificates", .services, ["Blocks", "Model", "Environment", "Cryptography"]),
        library("AgentLinks", .services, ["Contract", "Model", "Environment", "Messages", "API", "RPC"]),
        library("MachineFiles", .services, ["Model", "Environment"]),
        library("SiteHost", .services, [
            "MachineFiles", "Replicas", "Hosting", "Receivers", "Contract", "Blocks", "Model", "Environment",
            "EnvironmentLive", "Messages", "MessageCoding", "API", "RPC", "Store", logging,
        ]),
        library("Backups", .services, ["Hosting", "Model", "Environment", "Messages", "Store", logging]),
        library("ConfigurationServer", .services, [
            "AgentLinks", "Backups", "Contract", "Hosting", "Receivers", "Model", "Environment", "Messages", "MessageCoding",
            "API", "RPC", "Store", logging,
        ]),
        library("IntervalFrames", .services, [
            "Blocks", "Intervals", "Contract", "Model", "Environment", "Messages",
        ]),
        library("Registration", .services, [
            "Contract", "Hosting", "Model", "Environment", "Messages", "API", "RPC", logging,
        ]),
        library("ProcessServer", .services, [
            "AgentLinks", "Blocks", "Intervals", "IntervalFrames", "Registration", "Contract", "Hosting", "Receivers",
            "Model", "Environment", "Messages", "MessageCoding", "API", "RPC", "Store", logging,
        ]),
        library("MasterTarget", .services, [
            "Blocks", "Intervals", "IntervalFrames", "Replicas", "Tracking", "NBD", "Registration", "Contract",
            "Hosting", "Receivers", "Model", "Environment", "Messages", "MessageCoding", "API", "RPC", "Store",
            logging,
        ]),
        library("MobilityAgent", .services, [
            "MachineFiles", "IntervalFrames", "Contract", "Hosting", "Receivers", "Model", "Environment",
            "EnvironmentLive", "Messages",
            "MessageCoding", "API", "RPC", "Store", "Blocks", "Tracking", "Intervals", "Replicas", "NBD", logging,
        ]),

        // Apps
        library("Program", .apps, [
            "Hosting", "Model", "Environment", "EnvironmentLive", "RPC", "RPCTransport", nioPosix, logging, arguments,
        ]),
        executable("vault-orchestrator", ["Program", "Hosting", "VaultOrchestrator", arguments]),
        executable("site-host", [
            "SiteHost", "Guests", "MachineFiles", "Program", "Environment", "EnvironmentLive", "RPCTransport", nioPosix,
            arguments,
        ]),
        executable("configuration-server", ["Program", "Hosting", "ConfigurationServer", arguments]),
        executable("mobility-agent", ["Program", "MobilityAgent", arguments]),

        library("HomewardCommands", .apps, [
            "FailbackCertificates", "AuditChain", "Contract", "Hosting", "Model", "Messages", "API", "RPC", "RPCTransport",
            "Environment", "EnvironmentLive", "Processes", "Cryptography", nioPosix, arguments,
        ]),
        executable("homeward", ["HomewardCommands", arguments]),
        executable("process-server", ["Program", "ProcessServer", arguments]),
        executable("master-target", ["Program", "MasterTarget", arguments]),

        // Lab
        library("Authority", .lab, ["COpenSSL", "Environment"]),
        library("Ledger", .lab, ["Blocks", "Environment", "NBD", "Cryptography"], optimized),
        library("Ext4", .lab, ["Ledger"]),
        library("Guests", .lab, ["Ledger", "Ext4", "MachineFiles", "NBD", "Model", "Environment", "Cryptography"]),
        library("Processes", .lab, [
            "Authority", "Ledger", "Blocks", "FailbackCertificates", "MachineFiles", "Contract", "EnvironmentLive", "Model",
            "Environment", "Messages", "API", "RPC", "Cryptography",
        ]),
        library("Simulation", .lab, ["Environment"], optimized),
        library("ScriptedSource", .lab, [
            "ProcessServer", "MasterTarget", "Simulation", "Blocks", "Intervals", "IntervalFrames", "Contract", "Hosting",
            "Model", "Environment", "Messages", "API", "RPC", "Store", logging,
        ], optimized),

        library("SimulatedSites", .lab, [
            "Processes", "Simulation", "Guests", "MachineFiles", "VaultOrchestrator", "ConfigurationServer",
            "ProcessServer", "MasterTarget", "SiteHost", "MobilityAgent", "Hosting", "Model", "Environment", "RPC",
            "Store", logging,
        ]),

        // Tests
        tests("ModelTests", ["Model"]),
        tests("StoreTests", ["Store", "Model", "Environment", "Simulation", "Cryptography"]),
        tests("WorkflowTests", ["Workflow", "Store", "Model", "Environment"]),
        .target(
            name: "MessageSamples", dependencies: ["Messages", "MessageCoding"], path: "Tests/Unit/MessagesTests",
            exclude: ["EveryMessageTests.swift", "MessageTests.swift", "Protoc.swift", "StubTests.swift"],
            sources: ["Generated", "SampleSource.swift"], swiftSettings: strict),
        .testTarget(
            name: "MessagesTests",
            dependencies: ["MessageSamples", "Messages", "MessageCoding", "API", "RPC", "Environment"],
            path: "Tests/Unit/MessagesTests", exclude: ["Generated", "SampleSource.swift"], swiftSettings: strict),
        // What the fuzzers of Tests/Fuzz run, for a moment.
        .testTarget(
            name: "FuzzTests",
            dependencies: [
                "Contract", "MessageSamples", "Messages", "MessageCoding", "RPC", "HTTP2", "Compression", "Environment",
                "Model",
            ], path: "Tests/Fuzz", exclude: ["Corpus", "Driver", "Package.swift", "README.md", "fuzz.mk", "fuzz.sh"],
            sources: ["Targets", "Short"], swiftSettings: strict),
        .executableTarget(
            name: "rpc-echo",
            dependencies: [
                "Hosting", "API", "Messages", "RPCTransport", "RPC", "Environment", "EnvironmentLive", nioPosix,
            ],
            path: "Tests/Fixtures/rpc-echo", swiftSettings: strict),
        .executableTarget(
            name: "nbd-file", dependencies: ["NBD", "RPCTransport", "Environment", "EnvironmentLive", nioPosix],
            path: "Tests/Fixtures/nbd-file", swiftSettings: strict),
        .executableTarget(
            name: "cycle-seeds", dependencies: ["SimulatedSites", "Simulation"], path: "Tests/Fixtures/cycle-seeds",
            swiftSettings: strict),
        .executableTarget(
            name: "vault-bench", dependencies: [
                "Contract", "Hosting", "Model", "Messages", "MessageCoding", "API", "RPCTransport", "RPC", "Blocks",
                "Environment", "EnvironmentLive", nioPosix,
            ], path: "Tests/Fixtures/vault-bench", swiftSettings: strict),
        .executableTarget(
            name: "rpc-interop", dependencies: [
                "Hosting", "Contract", "Model", "Messages", "MessageCoding", "API", "RPCTransport", "RPC", "Compression",
                "Environment", "EnvironmentLive", nioPosix,
            ], path: "Tests/Fixtures/rpc-interop", swiftSettings: strict),
        tests("HTTP2Tests", ["HTTP2"]),
        tests("CompressionTests", ["Compression"]),
        tests("RPCTests", ["RPC", "HTTP2", "Compression", "Environment", "Simulation", "MessageCoding"]),
        tests("RPCTransportTests", [
            "Authority", "RPCTransport", "RPC", "HTTP2", "Environment", "EnvironmentLive", nioCore, nioPosix, nioSSL,
        ]),
        tests("EnvironmentTests", ["Environment", "EnvironmentLive", logging]),
        tests("CryptographyTests", ["Cryptography", "Authority", "Environment"]),
        tests("BlocksTests", ["Blocks", "Environment"]),
        tests("TrackingTests", ["Tracking", "Blocks", "Environment"]),
        tests("IntervalsTests", ["Intervals", "Blocks", "Environment"]),
        tests("ReplicasTests", ["Replicas", "Intervals", "Blocks", "Environment"]),
        tests("NBDTests", ["NBD", "Environment"]),
        tests("Ext4Tests", ["Ext4", "Ledger"]),
        tests("LedgerTests", ["Ledger", "NBD", "Environment"]),
        tests("GuestsTests", ["Guests", "MachineFiles", "Model", "Environment"]),
        tests("ReceiversTests", ["Receivers", "Contract", "Store", "Messages", "Model", "Environment", "RPC"]),
        tests("VaultOrchestratorTests", [
            "VaultOrchestrator", "Contract", "Hosting", "Receivers", "Model", "Environment", "Messages", "MessageCoding",
            "API", "RPC", "Store", "Workflow", "Blocks", "FailbackCertificates", "AuditChain", "Simulation", logging,
        ]),
        tests("FailbackCertificatesTests", [
            "FailbackCertificates", "Blocks", "Model", "Environment", "Simulation",
        ]),
        tests("SiteHostTests", [
            "SiteHost", "MachineFiles", "Hosting", "Receivers", "Contract", "Model", "Environment", "EnvironmentLive",
            "Messages", "MessageCoding", "API", "RPC", "Store", logging,
        ]),
        tests("ProcessServerTests", [
            "ScriptedSource", "ProcessServer", "Registration", "Hosting", "Simulation", "Blocks", "Intervals",
            "IntervalFrames", "Contract", "Model", "Environment", "Messages", "API", "RPC", logging,
        ]),
        tests("MasterTargetTests", [
            "ScriptedSource", "MasterTarget", "Simulation", "Blocks", "Intervals", "IntervalFrames", "Replicas",
            "Tracking", "NBD", "Contract", "Model", "Environment", "Messages", "API", "RPC",
        ]),
        tests("MobilityAgentTests", [
            "MobilityAgent", "ScriptedSource", "Simulation", "MachineFiles", "IntervalFrames", "Hosting", "Contract",
            "Model", "Environment", "Messages", "API", "RPC", "Store", "Blocks", "Tracking", "Replicas", "NBD", logging,
        ]),
        tests("BackupsTests", [
            "Backups", "VaultOrchestrator", "ConfigurationServer", "Hosting", "Receivers", "Contract", "Simulation",
            "Model", "Environment", "Messages", "MessageCoding", "API", "RPC", "Store", logging,
        ]),
        tests("HostingTests", [
            "Hosting", "Contract", "API", "Messages", "RPC", "Simulation", "Model", "Environment", "EnvironmentLive",
            logging,
        ]),
        tests("ProcessesTests", [
            "Processes", "Hosting", "VaultOrchestrator", "ConfigurationServer", "SiteHost", "ProcessServer",
            "MasterTarget", "Ledger", "Contract", "Model", "Environment", "EnvironmentLive",
        ]),
        tests("GroupTests", [
            "MobilityAgent", "ScriptedSource", "Simulation", "Ledger", "Guests", "NBD", "MachineFiles", "IntervalFrames",
            "Hosting", "Contract", "Model", "Environment", "Messages", "API", "RPC", "Store", logging,
        ]),
        tests("SimulationTests", in: "Simulation", ["Environment", "Simulation"]),
        tests("CycleTests", in: "Simulation", ["SimulatedSites", "Simulation", "Environment"]),
        tests("ProtoRules", in: "Tidy", []),
        tests("CodeTidyTests", in: "Tidy", []),
    ]
)
