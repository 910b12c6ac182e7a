import Accounting
import Channels
import Configuration
public import Messages
public import Outbox
import Receivables
import Rules

/// From deliveries to the message that carries them, out of the newest facts.
public struct MessageBuilder: Sendable {
  let assembly: Assembly
  let prepared: Prepared

  public init(assembly: Assembly, prepared: Prepared) {
    self.assembly = assembly
    self.prepared = prepared
  }

  /// - Throws: `RenderError` when a template is missing, or a digest's total cannot be represented.
  public func message(_ batch: Batch) throws(RenderError) -> Message? {
    guard let lead = batch.deliveries.first, let channel = assembly.channels[batch.channel] else {
      return nil
    }
    var contents: [AlertContent] = []
    for delivery in batch.deliveries {
      guard let content = content(of: delivery) else { return nil }
      contents.append(content)
    }
    let forms = channel.traits.forms
    let rendered: [Form: String]
    var cleared: [ClearedAccount] = []
    if batch.isDigest {
      (contents, cleared) = digest(of: batch.deliveries, contents)
      rendered = try assembly.renderer.digestForms(of: contents, cleared: cleared, wanted: forms)
    } else {
      contents[0].others = others(besides: lead, in: batch.deliveries)
      rendered = try assembly.renderer.forms(
        of: contents[0], for: lead.audience, wanted: forms)
    }
    let ids = batch.deliveries.map(\.id)
    var message = Message(
      deliveryID: ids.count == 1 ? ids[0].text : DeliveryID(of: ids).text,
      channel: batch.channel,
      audience: lead.audience,
      recipient: lead.recipient,
      recipientName: lead.recipientName,
      organisation: assembly.setup.organisation,
      time: lead.createdAt.description,
      alerts: contents,
      isDigest: batch.isDigest,
      forms: rendered
    )
    message.cc = channel.cc
    message.cleared = cleared.isEmpty ? nil : cleared
    return message
  }

  /// What one delivery says, in its own template; `nil` when the account was not polled, or the
  /// words cannot be made.
  public func words(of delivery: Delivery) -> (content: AlertContent, forms: [Form: String])? {
    guard let content = content(of: delivery),
      let forms = try? assembly.renderer.forms(
        of: content, for: delivery.audience, wanted: [.subject, .text])
    else { return nil }
    return (content, forms)
  }

  /// `nil` when the account was not polled.
  public func content(of delivery: Delivery) -> AlertContent? {
    let key = EpisodeKey(delivery)
    guard let decision = prepared.decisions[key] else { return nil }
    let facts = decision.facts
    let rule = rule(delivery.rule)
    let owner = facts.account.owner.flatMap { assembly.setup.owners[$0] }
    let promise = delivery.reason == .promiseBroken ? decision.promise : nil
    let previous = (decision.episode?.alerts ?? []).last { $0.number < delivery.alertNumber }
    var content = assembly.renderer.content(
      of: facts,
      details: AlertDetails(
        rule: delivery.rule,
        threshold: rule?.when.threshold.amount(in: facts.currency),
        level: delivery.level,
        alertNumber: delivery.alertNumber,
        reason: delivery.reason.rawValue,
        previousAlertDate: previous.map { assembly.setup.zone.day(of: $0.at) },
        template: delivery.template,
        deliveryID: delivery.id.text,
        audience: delivery.audience,
        owner: owner?.key ?? facts.account.owner,
        ownerName: owner?.name,
        ownerEmail: owner?.email,
        promisedAmount: promise?.amount,
        promisedDate: promise?.promisedFor
      ),
      aging: assembly.setup.aging
    )
    if delivery.audience != .customer {
      content.ownerID = owner?.ids[assembly.channels[delivery.channel]?.profile.type ?? ""]
      content.records = prepared.records[Ledger.Key(facts)]
    }
    return content
  }
}
