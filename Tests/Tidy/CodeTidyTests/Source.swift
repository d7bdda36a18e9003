import Foundation

/// One file of the tree as bytes, with what the rules need to look at it fast: searches go through the C library,
/// so that the whole tree takes a moment even in a debug build.
final class Source {
    struct Line {
        let range: Range<Int>
        let isCode: Bool
        /// Spaces and tabs at its beginning.
        let indentation: Int
    }

    /// From the root of the package.
    let path: String
    let bytes: [UInt8]
    let lines: [Line]

    init(path: String, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
        lines = Self.split(bytes)
    }

    convenience init(path: String, text: String) { self.init(path: path, bytes: Array(text.utf8)) }

    func text(_ line: Int) -> String { String(decoding: bytes[lines[line].range], as: UTF8.self) }

    /// Where a pattern occurs in code, as (line index, offset in bytes), or anywhere.
    func occurrences(of pattern: String, inComments: Bool = false) -> [(line: Int, offset: Int)] {
        var found: [(line: Int, offset: Int)] = []
        var from = 0
        while let offset = find(pattern, in: from..<bytes.count) {
            let line = lineIndex(at: offset)
            if inComments || lines[line].isCode && find("//", in: lines[line].range.lowerBound..<offset) == nil {
                found.append((line, offset))
            }
            from = offset + 1
        }
        return found
    }

    private func find(_ pattern: String, in range: Range<Int>) -> Int? {
        let length = pattern.utf8.count
        guard let first = pattern.utf8.first else { return nil }
        return bytes.withUnsafeBytes { all in
            guard let base = all.baseAddress else { return nil }
            var from = range.lowerBound
            while from + length <= range.upperBound,
                let hit = memchr(base + from, Int32(first), range.upperBound - length + 1 - from)
            {
                if memcmp(hit, pattern, length) == 0 { return UnsafeRawPointer(hit) - base }
                from = UnsafeRawPointer(hit) - base + 1
            }
            return nil
        }
    }

    private func lineIndex(at offset: Int) -> Int {
        var low = 0
        var high = lines.count - 1
        while low < high {
            let middle = (low + high + 1) / 2
            if lines[middle].range.lowerBound <= offset { low = middle } else { high = middle - 1 }
        }
        return low
    }

    private static func split(_ bytes: [UInt8]) -> [Line] {
        var lines: [Line] = []
        bytes.withUnsafeBytes { all in
            guard let base = all.baseAddress else { return }
            var start = 0
            while start < all.count {
                let end = memchr(base + start, 10, all.count - start).map { UnsafeRawPointer($0) - base } ?? all.count
                var first = start
                while first < end, all[first] == 32 || all[first] == 9 { first += 1 }
                let isComment = first + 1 < end && all[first] == 47 && all[first + 1] == 47
                lines.append(Line(range: start..<end, isCode: first < end && !isComment, indentation: first - start))
                start = end + 1
            }
        }
        return lines
    }
}

struct Violation: Hashable, CustomStringConvertible {
    let path: String
    /// From 1.
    let line: Int
    let message: String

    var description: String { "\(path):\(line): \(message)" }
}

/// The Swift and C files of some folders of this package.
func sources(under folders: [String]) throws -> [Source] {
    let root = packageRoot()
    var found: [Source] = []
    for folder in folders {
        let url = root.appendingPathComponent(folder)
        guard let walk = FileManager.default.enumerator(atPath: url.path) else { continue }
        for case let name as String in walk where [".swift", ".c", ".h"].contains(where: name.hasSuffix) {
            let path = "\(folder)/\(name)"
            if path.contains("/Generated/") || path.contains("/CMessages/") || path.contains("/.build/") { continue }
            let data = try Data(contentsOf: root.appendingPathComponent(path))
            found.append(Source(path: path, bytes: [UInt8](data)))
        }
    }
    return found.sorted { $0.path < $1.path }
}

func packageRoot() -> URL {
    var url = URL(fileURLWithPath: #filePath)
    for _ in 0..<4 { url.deleteLastPathComponent() }
    return url
}
