public import Environment
import Ledger
import MachineFiles
import Model

/// Where a guest of the lab takes freeze and thaw: a unix socket in the machine's run directory, as a virtual machine
/// has a channel to the agent inside it. One line asks, one line answers.
///
/// ```
/// freeze HOLD-MICROSECONDS POINT   ─► ok        when it stands still
/// thaw POINT                       ─► ok        when it stood still until now
///                                  ─► no WHY    otherwise
/// ```
public enum GuestControl {
    /// Far above any line of ours.
    static let longestLine = 1_024

    /// Asks a guest, as its hook does. Throws with the guest's reason.
    public static func ask(_ environment: Environment, _ socket: String, _ line: String) async throws {
        let stream: any ByteStream
        do { stream = try await environment.network.connect(.unix(path: socket)) } catch {
            throw Failure(.unavailable, "reach the guest: \(error)")
        }
        defer { stream.close() }
        try await stream.write(Array("\(line)\n".utf8))
        let answer = try await readLine(stream)
        guard answer == "ok" else {
            throw Failure(.unavailable, answer.isEmpty ? "the guest gave no answer" : String(answer.dropFirst(3)))
        }
    }

    static func readLine(_ stream: any ByteStream) async throws -> String {
        var bytes: [UInt8] = []
        while !bytes.contains(0x0A), bytes.count < longestLine, let more = try await stream.read() { bytes += more }
        return String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self)
    }

    /// What the agent's call is for a guest: the line that its hook sends.
    public static func line(_ verb: String, point: String, hold: Duration) -> String {
        verb == "freeze" ? "freeze \(hold.inMicroseconds) \(point)" : "thaw \(point)"
    }
}

/// Serves the socket of one guest, for whatever workload it runs now.
actor GuestControlDesk {
    private let environment: Environment
    private var standstill: Standstill?
    private var listener: (any StreamListener)?

    init(_ environment: Environment) { self.environment = environment }

    /// nil: what runs now cannot be frozen.
    func serve(_ workload: Standstill?) { standstill = workload }

    func open(_ path: String) async throws {
        let lane = environment.lanes.lane("guest control")
        try await lane.run { [files = environment.files] in if files.exists(path) { try files.remove(path) } }
        let listener = try await environment.network.listen(.unix(path: path))
        self.listener = listener
        environment.tasks.spawn("guest control") { [environment] in
            while let stream = try? await listener.accept() {
                environment.tasks.spawn("guest control call") { await self.answer(stream) }
            }
        }
    }

    func close() { listener?.close() }

    private func answer(_ stream: any ByteStream) async {
        defer { stream.close() }
        guard let line = try? await GuestControl.readLine(stream) else { return }
        let refusal = await carryOut(line.split(separator: " ").map(String.init))
        try? await stream.write(Array((refusal.map { "no \($0)\n" } ?? "ok\n").utf8))
    }

    private func carryOut(_ words: [String]) async -> String? {
        guard let standstill else { return "this workload cannot stand still" }
        switch words.first {
        case "freeze" where words.count == 3:
            guard let hold = Int64(words[1]), hold > 0 else { return "for how long?" }
            return await standstill.freeze(words[2], hold: .microseconds(hold))
        case "thaw" where words.count == 2: return await standstill.thaw(words[1])
        default: return "freeze or thaw?"
        }
    }
}
