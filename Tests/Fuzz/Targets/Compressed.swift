import Compression

/// Compressed messages: the encoding, a limit, then the octets.
let compressionTarget = FuzzTarget(
    name: "compression",
    seeds: {
        var seeds: [[UInt8]] = [[0, 0, 1, 2, 3]]
        for (number, encoding) in MessageEncoding.allCases.enumerated() {
            for message in [[], Array(0..<50), [UInt8](repeating: 65, count: 5_000)] as [[UInt8]] {
                seeds.append([UInt8(number), 1] + (try encoding.compress(message)))
            }
        }
        return seeds
    },
    run: { input in
        var script = Script(input)
        let encoding = MessageEncoding.allCases[script.choice(MessageEncoding.allCases.count)]
        let limit = [0, 100, 4_096, 1 << 20][script.choice(4)]
        let octets = script.rest()
        if let expanded = try? encoding.decompress(octets, limit: limit) {
            try require(expanded.count <= limit, "\(expanded.count) octets for a limit of \(limit)")
            let again = try encoding.decompress(encoding.compress(expanded), limit: expanded.count)
            try require(again == expanded, "\(encoding) of what it gave is something else")
        }
        let again = try encoding.decompress(encoding.compress(octets), limit: octets.count)
        try require(again == octets, "\(encoding) of \(octets)")
        if !octets.isEmpty {
            let isBounded = (try? encoding.decompress(encoding.compress(octets), limit: octets.count - 1)) == nil
            try require(isBounded, "\(octets.count) octets for a limit of one less")
        }
    })
