// swift-tools-version: 6.1
import PackageDescription

// Apart from the main package, so that building and testing that never builds a fuzzer. `fuzz.mk` builds this with
// coverage and the address sanitizer.
let package = Package(
    name: "fuzz",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "homeward", path: "../..")],
    targets: [
        .executableTarget(
            name: "homeward-fuzz",
            dependencies: [.product(name: "FuzzStack", package: "homeward")],
            path: ".", exclude: ["Corpus", "Short", "README.md", "fuzz.mk", "fuzz.sh"], sources: ["Targets", "Driver"],
            swiftSettings: [.swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny")])
    ]
)
