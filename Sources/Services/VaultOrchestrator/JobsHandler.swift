import API
import FailbackCertificates
import Contract
import Environment
import Messages
import Model
import RPC
import Workflow

/// `homeward.vault.v1.Jobs`.
struct JobsHandler: JobsService {
    let core: VaultCore

    /// A client that wants to wait longer asks again.
    private static let longestWait: Duration = .seconds(60)

    func getJob(_ request: VaultV1.GetJobRequest, _ context: CallContext) async throws -> VaultV1.Job {
        try await answering("read \(request.name)") {
            let id = try jobID(request.name)
            let wait = min(.microseconds(Int64(clamping: request.waitUs)), Self.longestWait)
            guard wait > .zero else { return try await core.vault.store.view(id).message }
            // Those who follow jobs are many, and wake at each record: whoever asks now goes first.
            return try await core.vault.environment.tasks.givingWay {
                try await changed(id, after: request.afterRevision, within: wait)
            }
        }
    }

    private func changed(_ job: JobID, after revision: UInt64, within wait: Duration) async throws -> VaultV1.Job {
        let (store, clock) = (core.vault.store, core.vault.environment.clock)
        let deadline = clock.now() + wait
        while clock.now() < deadline, let ticket = core.vault.bell.ticket(of: job) {
            if let view = try await store.view(job, changedAfter: revision) { return view.message }
            await ticket.wait(until: deadline, clock)
            try Task.checkCancellation()
        }
        return try await store.view(job).message
    }

    func listJobs(_ request: VaultV1.ListJobsRequest, _ context: CallContext) async throws -> VaultV1.ListJobsResponse {
        try await answering("list jobs") {
            let page = try Page(request.pageSize)
            let store = core.vault.store
            let item = request.item.isEmpty ? nil : try await store.scope(named: request.item).subject()
            let found = try await store.views(of: item, before: jobPlace(request.pageToken), limit: page.size + 1)
            let last = found.count > page.size ? found[page.size - 1].row.place : nil
            return .with {
                $0.jobs = found.prefix(page.size).map(\.message)
                $0.nextPageToken = last.map { "\($0.created):\($0.job)" } ?? ""
            }
        }
    }

    func getCertificate(
        _ request: VaultV1.GetCertificateRequest, _ context: CallContext
    ) async throws -> VaultV1.SignedCertificate {
        try await answering("certify \(request.name)") {
            let certificate = try await core.certificate(of: try jobID(request.name), member: request.item)
            let signed = try SignedCertificate(certificate, by: try core.signingKey.get())
            return .with { $0.envelope = signed.text }
        }
    }

    func getCertificateKey(
        _ request: VaultV1.GetCertificateKeyRequest, _ context: CallContext
    ) async throws -> VaultV1.CertificateKey {
        try await answering("read the key of certificates") {
            let key = try core.signingKey.get().publicKey
            return .with {
                $0.pem = key.pem
                $0.id = key.id
            }
        }
    }

    func cancelJob(_ request: VaultV1.CancelJobRequest, _ context: CallContext) async throws -> VaultV1.Job {
        let asked = Asked("cancel-job", request.name, person: request.person)
        return try await core.asked(asked, context, "cancel \(request.name)") {
            let id = try jobID(request.name)
            try await core.refuseQuarantined(id, "cancel \(request.name)")
            try await core.runner.cancel(id, by: statement(
                    request.person, request.reason.isEmpty ? "asked through the API" : request.reason))
            return try await core.vault.store.view(id).message
        }
    }

    func resolveStuck(_ request: VaultV1.ResolveStuckRequest, _ context: CallContext) async throws -> VaultV1.Job {
        let asked = Asked("resolve-stuck", request.name, person: request.person)
        return try await core.asked(asked, context, "resolve \(request.name)") {
            let id = try jobID(request.name)
            try Permission.require(.resolve, "resolve job \(id)")
            guard !request.reason.isEmpty, !request.person.isEmpty else {
                throw Failure(.invalidArgument, "resolve job \(id): name and reason are required", on: [.job(id)])
            }
            try await core.refuseQuarantined(id, "resolve \(request.name)")
            let resolution: Resolution
            switch request.resolution {
            case "retry": resolution = .retry
            case "retry-elsewhere": resolution = try await core.startingElsewhere(id, request.host)
            case "accept": resolution = .accept(output: try StepOutput("accepted by \(request.person)").bytes())
            case "cancel": resolution = .cancel
            default:
                throw Failure(
                    .invalidArgument, "resolve job \(id): say retry, retry-elsewhere, accept or cancel", on: [.job(id)])
            }
            guard request.host.isEmpty || request.resolution == "retry-elsewhere" else {
                throw Failure(.invalidArgument, "resolve job \(id): a host is for retry-elsewhere", on: [.job(id)])
            }
            try await core.runner.resolve(id, resolution, by: statement(request.person, request.reason))
            return try await core.vault.store.view(id).message
        }
    }

    func answerJob(_ request: VaultV1.AnswerJobRequest, _ context: CallContext) async throws -> VaultV1.Job {
        let asked = Asked("answer-job", request.name, person: request.person)
        return try await core.asked(asked, context, "answer \(request.name)") {
            let id = try jobID(request.name)
            try await core.refuseQuarantined(id, "answer \(request.name)")
            try await core.answer(id, request)
            return try await core.vault.store.view(id).message
        }
    }

    private func statement(_ person: String, _ reason: String) -> Model.Statement {
        Model.Statement(name: person, reason: reason, at: core.vault.now, checked: "")
    }
}

private func jobID(_ name: String) throws(Failure) -> JobID {
    try JobID(name.hasPrefix("jobs/") ? String(name.dropFirst("jobs/".count)) : name)
}

/// Where the page after a token begins, in a listing of jobs, newest first.
func jobPlace(_ token: String) throws(Failure) -> JobPlace? {
    if token.isEmpty { return nil }
    let parts = token.split(separator: ":")
    guard parts.count == 2, let created = Int64(parts[0]) else {
        throw Failure(.invalidArgument, "list jobs: the page token is not one of ours")
    }
    return (created, String(parts[1]))
}
