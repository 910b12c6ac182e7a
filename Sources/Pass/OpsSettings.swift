import Channels
import Configuration
import Messages
import Outbox
import Settings

extension Assembly {
  /// Channels under `ops` that are not there, or cannot carry a notice that is about no account.
  static func problems(
    ofOps uses: [Monitoring.OpsUse],
    _ setup: Setup,
    _ channels: [String: Channel]
  ) -> [SettingsProblem] {
    let names = setup.channels.map(\.name)
    return uses.compactMap { use in
      let why: String?
      if let channel = channels[use.name] {
        why = channel.whyNotForOps.map { "`\(use.name)` cannot tell ops: \($0)" }
      } else if names.contains(use.name) {
        // What is wrong with it is said where it stands.
        why = nil
      } else {
        why = unknown("channel", use.name, Set(names))
      }
      return why.map { SettingsProblem(at: use.position, path: use.path, $0) }
    }
  }
}

extension Assembly.Channel {
  /// Why it cannot carry a notice of the tool itself, and how to mend that; `nil` where it can.
  fileprivate var whyNotForOps: String? {
    if adapter is any RecordChannel {
      return "\(traits.title) keeps records of debts; name a channel that carries messages"
    }
    if !traits.forms.contains(where: { $0 == .text || $0 == .short }) {
      return
        "\(traits.title) says what a template there says; name a channel that carries any text"
    }
    if profile.address != .none, profile.to.isEmpty {
      return "it follows an audience; give it fixed recipients with `to:`, or name another"
    }
    return nil
  }
}
