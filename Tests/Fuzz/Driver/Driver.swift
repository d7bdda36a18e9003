import Glibc

/// libFuzzer's way in. Which target it drives is said by the environment, `FUZZ`, so that one program has them all.
private let target: FuzzTarget = {
    let name = getenv("FUZZ").map { String(cString: $0) } ?? ""
    guard let target = allTargets.first(where: { $0.name == name }) else {
        stop("FUZZ is “\(name)”, not of \(allTargets.map(\.name))")
    }
    return target
}()

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: start == nil ? 0 : count))
    do { try target.run(input) } catch { stop("\(target.name): \(error)") }
    return 0
}

/// With `FUZZ_SEEDS`, writes the target's seeds into that folder first.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(
    _ count: UnsafeMutablePointer<CInt>?, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> CInt {
    guard let folder = getenv("FUZZ_SEEDS").map({ String(cString: $0) }) else { return 0 }
    do {
        for (number, seed) in try target.seeds().enumerated() {
            guard let file = fopen("\(folder)/seed-\(number)", "w") else { stop("cannot write to \(folder)") }
            let written = fwrite(seed, 1, seed.count, file)
            guard fclose(file) == 0, written == seed.count else { stop("cannot write to \(folder)") }
        }
    } catch { stop("\(target.name): its seeds: \(error)") }
    return 0
}

/// So that libFuzzer keeps the input.
private func stop(_ message: String) -> Never {
    let line = "== \(message)\n"
    _ = line.utf8CString.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count - 1) }
    abort()
}
