import Glibc

/// Open descriptors above standard error that a started program would get.
func inheritable() -> [Int32] {
    guard let directory = opendir("/proc/self/fd") else { return [] }
    defer { closedir(directory) }
    var found: [Int32] = []
    while let entry = readdir(directory) {
        guard let descriptor = Int32(name(of: entry)), descriptor > 2 else { continue }
        let flags = fcntl(descriptor, F_GETFD)
        if flags >= 0, flags & FD_CLOEXEC == 0 { found.append(descriptor) }
    }
    return found
}

private func name(of entry: UnsafeMutablePointer<dirent>) -> String {
    withUnsafeBytes(of: entry.pointee.d_name) { bytes in String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) }
}

/// `POSIX_SPAWN_SETSID`, which the module map of glibc hides behind a feature macro.
private let setSession: Int32 = 0x80

/// A small file of /proc, whose size is not known before it is read.
func contents(_ path: String) -> [UInt8]? {
    let descriptor = retryingInterrupts { open(path, O_RDONLY | O_CLOEXEC) }
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var out: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4_096)
    // An environment is at most 32 pages (the kernel's MAX_ARG_STRLEN) in all that we start.
    while out.count < 131_072 {
        let count = retryingInterrupts { read(descriptor, &buffer, buffer.count) }
        guard count > 0 else { return count == 0 ? out : nil }
        out.append(contentsOf: buffer.prefix(count))
    }
    return out
}

/// The environment that a process was started with; nil of one that is over, and of the kernel's own. One that is
/// becoming another program (`execve`) has none for that moment, and is waited for.
func startingEnvironment(of process: pid_t) -> [UInt8]? {
    for attempt in 0..<execLooks {
        if attempt > 0 { usleep(execPause) }
        guard let found = contents("/proc/\(process)/environ") else { return nil }
        if !found.isEmpty { return found }
        var target: CChar = 0
        guard readlink("/proc/\(process)/exe", &target, 1) > 0 else { return nil }
    }
    // It was given none.
    return nil
}

/// Looks at a process without an environment, and microseconds between them.
private let execLooks = 50
private let execPause: UInt32 = 1_000

func withCStrings<R>(
    _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> R
) -> R {
    let copies: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) } + [nil]
    defer { for copy in copies { free(copy) } }
    return copies.withUnsafeBufferPointer { buffer in
        // The buffer has at least the terminating nil, so it has an address.
        guard let base = buffer.baseAddress else { preconditionFailure("an array with an element has an address") }
        return body(base)
    }
}

/// The program leads a session and a process group, and takes signals as a program does that a person starts.
func leadSession(_ attributes: inout posix_spawnattr_t) {
    var signals = sigset_t()
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    posix_spawnattr_setflags(
        &attributes, Int16(setSession | Int32(POSIX_SPAWN_SETSIGDEF) | Int32(POSIX_SPAWN_SETSIGMASK)))
}

/// Of all that /proc shows.
func processNumbers() -> [pid_t] {
    guard let directory = opendir("/proc") else { return [] }
    defer { closedir(directory) }
    var found: [pid_t] = []
    while let entry = readdir(directory) {
        if let process = pid_t(name(of: entry)) { found.append(process) }
    }
    return found
}

/// What /proc says of a process.
struct ProcessStatus {
    /// Nothing of it runs any more; it was not waited for yet.
    let ended: Bool
    let leadsSession: Bool
    let startTicks: UInt64

    /// From /proc/<pid>/stat, whose second field is a name in brackets that may hold anything.
    init?(of process: pid_t) {
        guard let bytes = contents("/proc/\(process)/stat"), let close = bytes.lastIndex(of: UInt8(ascii: ")")) else {
            return nil
        }
        let fields = String(decoding: bytes[(close + 1)...], as: UTF8.self).split(separator: " ")
        // Field 3 of the whole line is the first here.
        guard fields.count > 19, let session = Int32(fields[3]), let ticks = UInt64(fields[19]) else { return nil }
        ended = fields[0] == "Z" || fields[0] == "X"
        leadsSession = session == process
        startTicks = ticks
    }
}
