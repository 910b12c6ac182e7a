import Foundation
import Outbox
import Pass
import Receivables

/// What holds of every pass, whatever happens in it.
enum Laws {
  /// A preview and the run at the same moment say the same, and the run sends what was foreseen.
  static func differences(
    _ preview: PassReport,
    _ run: PassReport,
    before: [DeliveryID: Delivery]
  ) -> [String] {
    var problems: [String] = []
    if preview.prepared.plan != run.prepared.plan { problems.append("preview plans otherwise") }
    if preview.prepared.queue != run.prepared.queue { problems.append("preview queues otherwise") }
    let foreseen = Set(
      preview.deliveries.filter { $0.status == .pending || $0.status == .sending }.map(\.id)
    )
    // What takes the place of an address that proved bad cannot be foreseen.
    let failed = run.deliveries.filter {
      ($0.status == .failed || $0.why.contains("each address gets"))
        && before[$0.id]?.status != .failed && foreseen.contains($0.id)
    }
    let replaced = Set(failed.map { "\($0.rule) \($0.account) \($0.alertNumber)" })
    for delivery in run.deliveries {
      let earlier = before[delivery.id]
      let alert = "\(delivery.rule) \(delivery.account) \(delivery.alertNumber)"
      if earlier == nil, replaced.contains(alert) { continue }
      if delivery.status == .sent, earlier?.status != .sent, !foreseen.contains(delivery.id) {
        problems.append("\(delivery.channel) \(delivery.account.id) was sent and not foreseen")
      }
      if delivery.attempts > (earlier?.attempts ?? 0), !foreseen.contains(delivery.id) {
        problems.append("\(delivery.channel) \(delivery.account.id) was tried and not foreseen")
      }
    }
    return problems
  }

  /// Nobody who owes nothing is reminded.
  static func unfounded(_ messages: some Sequence<World.Sent>, _ town: Town) -> [String] {
    messages.compactMap { sent in
      let fields =
        (try? JSONSerialization.jsonObject(with: Data(sent.bytes))) as? [String: Any] ?? [:]
      if fields["reason"] as? String == "resolved" { return nil }
      guard let account = sent.recipient ?? fields["account_id"] as? String else { return nil }
      let owes = Contact.recipients(account).allSatisfy { town.owes($0) }
      return owes ? nil : "\(account) owes nothing and was reminded: \(sent.channel)"
    }
  }
}
