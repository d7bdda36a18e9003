// swift-tools-version: 6.1
import PackageDescription

// Apart from the main package, so that building and testing that never builds a benchmark.
let package = Package(
    name: "rpc-bench",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "homeward", path: "../../.."),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    ],
    targets: [
        .executableTarget(
            name: "homeward-echo",
            dependencies: [
                .product(name: "RPCStack", package: "homeward"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            path: "ours",
            swiftSettings: [.swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny")])
    ]
)
