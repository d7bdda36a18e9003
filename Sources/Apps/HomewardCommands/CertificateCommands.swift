public import ArgumentParser
import FailbackCertificates
import Environment
import EnvironmentLive
import Messages
import Model
import RPC

public struct CertificateCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "certificate", abstract: "What a failback proves of a machine's disks.",
        discussion: """
            A certificate is signed by the vault and needs nobody to be verified: keep the vault's public key before \
            the day it counts, and hand the certificate to whoever must believe it.

            It says that what a failback moved was read back (mode delta). For every block of the disks (mode full) \
            ask with the failback (`homeward failback app-01 --certificate full`) or later, before commit:

              homeward certificate complete app-01
              homeward certificate key > vault.pem
              homeward certificate show jobs/job-0123 > app-01.json
              homeward certificate verify app-01.json --key vault.pem --disk app-01-disk-0=/mnt/app-01/disk-0.raw
            """,
        subcommands: [Show.self, Complete.self, Key.self, Verify.self])

    public init() {}

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write the certificate of a failback that succeeded to standard output.")
        @OptionGroup var vault: VaultOptions
        @Argument(help: "The failback's job; see `homeward jobs`.") var job: String
        @Option(help: "Of a job over a group: which of its machines.") var member: String = ""

        func run() async throws {
            try await Session.run(vault) { session in
                let certificate = try await session.jobs.getCertificate(
                    .with {
                        $0.name = job.hasPrefix("jobs/") ? job : "jobs/\(job)"
                        $0.item = member
                    }, CallOptions(timeout: lookTimeout))
                sayText(certificate.envelope)
            }
        }
    }

    struct Complete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Read back every block that a failback gave home, before its commit.",
            discussion: """
                Home's agent reads the disks below what the guest writes, in the background and giving way to the \
                guest, compares each block with the digest it was handed over with, and computes each disk's root \
                anew. After a crash it goes on where it was. The certificate of the failback is of mode full from then \
                on; blocks that differ are named in it and by the commit, which refuses.
                """)
        @OptionGroup var options: ItemOptions

        func run() async throws {
            try await options.run { try await $0.session.items.completeCertificate($0.request, $0.options) }
        }
    }

    struct Key: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write the vault's public key to standard output, as PEM.")
        @OptionGroup var vault: VaultOptions

        func run() async throws {
            try await Session.run(vault) { session in
                let key = try await session.jobs.getCertificateKey(.init(), CallOptions(timeout: lookTimeout))
                sayText(key.pem)
            }
        }
    }

    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Judge a certificate, and disks by it; asks nobody.",
            discussion: """
                The key is the vault's public key, from somewhere the certificate did not come from. Each disk that is \
                given is read whole and its digest root compared. It must be as it was handed over: home's plain disk \
                before the commit merges what the guest wrote since, or a copy of that.
                """)
        @Argument(help: "The certificate's file.") var certificate: String
        @Option(help: "File with the vault's public key, PEM.") var key: String
        @Option(
            name: .customLong("disk"), help: ArgumentHelp("A disk to compare; may be repeated.", valueName: "id=file"))
        var disks: [String] = []

        func run() throws {
            do { try verify(LiveFileSystem()) } catch { throw CommandFailure(error) }
        }

        private func read(_ path: String, _ what: String, _ files: any FileSystem) throws -> [UInt8] {
            guard files.exists(path) else { throw Failure(.notFound, "read \(what) \(path): there is no such file") }
            return try files.readAll(path)
        }

        private func verify(_ files: any FileSystem) throws {
            let pairs = try disks.map { text throws(Failure) in
                let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
                guard parts.count == 2 else {
                    throw Failure(.invalidArgument, "read --disk \(text): write ID=FILE")
                }
                return (id: parts[0], path: parts[1])
            }
            let vault = try SigningKey.Public(pem: try read(key, "the key", files))
            let found = try SignedCertificate.verify(try read(certificate, "the certificate", files), key: vault)
            say("signed by key \(vault.id)")
            let point = found.point
            say(
                "\(found.displayName): machine \(found.machine) was given the disks of \(found.source) as of point "
                    + "\(point.number) (\(point.kind)\(point.final ? ", all acknowledged writes" : "")) under "
                    + "generation \(found.generation), by \(found.job)")
            say("mode \(found.mode): \(found.verifiedBlocks) blocks were read back from the disks")
            if let at = found.readBackUnixUs { say("these are all of them; the last was read at \(unixText(at))") }
            say(
                (found.mode == "full" ? "before the hand-over: " : "the others: ")
                    + (found.targetScrubbedUnixUs.map { "all of the target was read back \(age($0, of: found))" }
                        ?? "the target had not read all its disks back yet"))
            say(
                found.sourceScrubbedUnixUs.map {
                    "all of the source was read \(age($0, of: found)), and no write had been missed"
                } ?? "the source had not read all its disks yet")
            if let first = found.objections.first {
                throw Failure(.dataCorrupt, "believe the certificate of \(found.displayName): \(first)")
            }
            for disk in found.disks {
                say("disk \(disk.id), \(disk.bytes) bytes: source = target = \(disk.targetRoot)")
            }
            for (id, path) in pairs {
                try found.verify(disk: id, in: path, files)
                say("disk \(id): \(path) has the certified root")
            }
        }
    }
}

/// `26 min 3 s before the failback ended, at 2026-11-22T12:00:00Z`.
private func age(_ scrubbed: Int64, of certificate: FailbackCertificate) -> String {
    let age = max(0, certificate.jobEndedUnixUs - scrubbed)
    return "\(durationText(age)) before the failback ended, at \(unixText(scrubbed))"
}

/// Text that ends its last line itself.
private func sayText(_ text: String) { say(text.hasSuffix("\n") ? String(text.dropLast()) : text) }
