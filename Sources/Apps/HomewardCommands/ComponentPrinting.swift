import Messages

func printed(_ component: ConfigurationV1.Component) -> [(String, Printed)] {
    [
        ("id", .text(component.endpoint?.id ?? "")), ("kind", .text("\(component.kind)")),
        ("site", .text("\(component.site)")), ("address", .text(component.endpoint?.address ?? "")),
        (
            "heard", .text(component.silentUs == .max ? "never" : "\(durationText(Int64(component.silentUs))) ago")
        ),
        ("version", .text(component.version)), ("health", .text(healthText(component.health))),
        ("findings", .list(component.findings.map { .text(findingText($0)) })),
        (
            "figures",
            .record(component.figures.sorted { $0.key < $1.key }.map { ($0, .number(Int64(clamping: $1))) })
        ),
    ]
}

/// Empty for a component that judges nothing.
func healthText(_ state: CommonV1.HealthState) -> String { state == .unspecified ? "" : "\(state)" }

func findingText(_ finding: CommonV1.HealthFinding) -> String {
    "\(finding.state): \(finding.subject): \(finding.cause)"
}

/// A figure with its unit, which its name ends with.
func figureText(_ name: String, _ value: UInt64) -> String {
    switch name {
    case _ where name.hasSuffix("_scrubbed_us"):
        value == .max ? "not yet" : "\(durationText(Int64(clamping: value))) ago"
    case _ where name.hasSuffix("_us"): value == .max ? "no end in sight" : durationText(Int64(clamping: value))
    case _ where name.hasSuffix("_percent"): "\(value) %"
    case _ where name.hasSuffix("_cap_bytes_per_second") && value == 0: "none"
    case _ where name.hasSuffix("_bytes_per_second"): "\(value) bytes/s"
    case _ where name.hasSuffix("_bytes"): "\(value) bytes"
    default: "\(value)"
    }
}
