import API
import Contract
import Messages
import RPC

/// `homeward.vault.v1.Alerts`.
struct AlertsHandler: AlertsService {
    let core: VaultCore

    func listAlerts(
        _ request: VaultV1.ListAlertsRequest, _ context: CallContext
    ) async throws -> VaultV1.ListAlertsResponse {
        try await answering("list alerts") {
            let page = try Page(request.pageSize)
            let found = try await core.vault.store.alerts(
                after: try AlertPlace(request.pageToken), withCleared: request.withCleared, subject: request.subject,
                limit: page.size + 1)
            var answer = VaultV1.ListAlertsResponse()
            answer.alerts = found.prefix(page.size).map(\.message)
            if found.count > page.size { answer.nextPageToken = AlertPlace(found[page.size - 1]).token }
            return answer
        }
    }
}
