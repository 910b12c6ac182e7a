import Configuration
import Outbox
import Receivables

extension TemplateUse {
  /// What is wrong where it asks a customer to pay who has paid.
  func asking(_ channels: [String: Assembly.Channel]) -> String? {
    let asking = ["reminder", "firm", "escalate", "payment-failed"]
    guard closes, asking.contains(name),
      let channel = self.channels.first(where: { channels[$0]?.profile.audience == .customer })
    else { return nil }
    return
      "`\(name)` asks to pay, and is said by \(channel) to a customer whose episode has closed;"
      + " leave it out, or name words of yours"
  }
}
