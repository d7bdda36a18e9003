import EnvironmentLive
import Glibc
import Model

/// Programs of the system that the lab uses, such as mkfs.ext4. Blocking: on a lane.
enum Tool {
    private static let folders = ["/usr/sbin", "/sbin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/local/bin"]

    /// What they say is read by people and compared by nobody; still it is the same everywhere.
    private static let environment = ["PATH=\(folders.joined(separator: ":"))", "LC_ALL=C"]

    /// Debian's package that each comes with.
    private static let package = "e2fsprogs"

    static func find(_ name: String) throws(Failure) -> String {
        for folder in folders where access("\(folder)/\(name)", X_OK) == 0 { return "\(folder)/\(name)" }
        throw Failure(.notFound, "use \(name): it is not installed; `apt-get install \(package)` has it")
    }

    /// Runs it to its end; both outputs go to the file `log`, which is replaced.
    /// - Returns: its exit status, or 128 and the signal that ended it.
    static func run(_ name: String, _ arguments: [String], log: String) throws(Failure) -> Int32 {
        let program = try find(name)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
        defer { for copy in words + variables { free(copy) } }
        var process: pid_t = 0
        let code = posix_spawn(&process, program, &actions, nil, &words, &variables)
        guard code == 0 else { throw Failure(.inputOutput, "start \(program): errno \(code)") }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 {
            guard errno == EINTR else { throw Failure(.inputOutput, "wait for \(program): errno \(errno)") }
        }
        return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + (status & 0x7F)
    }
}
