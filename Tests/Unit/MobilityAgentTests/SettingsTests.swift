import MachineFiles
import Model
import Testing

@testable import MobilityAgent

struct SettingsTests {
    private func refusal(_ listener: AgentConfiguration.NBDListener, at address: String, tls: Bool) -> String? {
        do throws(Failure) {
            try listener.validate(address: address, hasTLS: tls)
            return nil
        } catch { return error.message }
    }

    @Test func `hooks are a program by its absolute path, with times of a minute at most`() {
        func refusal(_ hooks: AgentConfiguration.Hooks) -> String? {
            do throws(Failure) {
                try hooks.validate()
                return nil
            } catch { return error.message }
        }
        #expect(refusal(.init(command: ["/etc/homeward/fsfreeze-hook", "x"], freezeTimeoutMilliseconds: 60_000)) == nil)
        #expect(refusal(.init(command: []))?.contains("absolute path") == true)
        #expect(refusal(.init(command: ["hook"]))?.contains("absolute path") == true)
        for value in [0, 9, 60_001] {
            #expect(refusal(.init(command: ["/x"], longestHoldMilliseconds: value))?.contains("longestHold") == true)
        }
    }

    @Test func `disks are served over TCP in the clear on loopback only, under TLS to named clients only`() {
        let plain = AgentConfiguration.NBDListener(port: 10_809)
        let named = AgentConfiguration.NBDListener(port: 0, clients: ["homeward://home/backup-1"])
        #expect(refusal(plain, at: "127.0.1.10", tls: false) == nil)
        #expect(refusal(plain, at: "::1", tls: false) == nil)
        #expect(refusal(named, at: "10.1.0.9", tls: true) == nil)
        for address in ["10.1.0.9", "1270.0.0.1", "0.0.0.0", "::"] {
            #expect(refusal(plain, at: address, tls: false)?.contains("NBD over TCP at \(address)") == true)
        }
        #expect(refusal(plain, at: "10.1.0.9", tls: true)?.contains("names no \"clients\"") == true)
        #expect(refusal(.init(port: 1, clients: []), at: "127.0.0.1", tls: true)?.contains("no \"clients\"") == true)
        #expect(refusal(named, at: "127.0.0.1", tls: false)?.contains("give it \"tls\"") == true)
        #expect(refusal(.init(port: 70_000), at: "127.0.0.1", tls: false)?.contains("port 70000") == true)
    }
}
