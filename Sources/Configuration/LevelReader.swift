import Receivables
import Rules
import Settings

extension RuleReader {
  mutating func readLevels(_ reader: inout SettingsReader) -> [Rule.Level] {
    var levels: [Rule.Level] = []
    var number = 0
    levels = reader.list("levels", help: "steps of escalation", required: true) { inner in
      number += 1
      return readLevel(number, &inner)
    }
    if levels.isEmpty, reader.has("levels") {
      reader.reject("levels", "needs at least one level")
    }
    if levels.isEmpty {
      levels = [Rule.Level(trigger: .after(.days(0)), notice: .init(notify: [], template: ""))]
    }
    checkOrder(levels, &reader)
    return levels
  }

  private mutating func readLevel(_ number: Int, _ reader: inout SettingsReader) -> Rule.Level {
    let after = period("after", "since the episode opened; default 0d", &reader)
    let days = reader.optionalNumber(
      "days_overdue",
      help: "of the oldest uncovered invoice, instead of `after`",
      in: 0...36_500
    )
    if after != nil, days != nil {
      reader.reject("days_overdue", "stands beside `after`; keep one")
    }
    let defaults = ["reminder", "firm", "escalate"]
    let notice = readNotice(defaultTemplate: defaults[min(number, 3) - 1], &reader)
    return Rule.Level(
      trigger: days.map { .daysOverdue($0) } ?? .after(after ?? .days(0)),
      notice: notice,
      needsApproval: reader.flag("approve", help: "waits for `approve`", default: false)
    )
  }

  mutating func readNotice(
    defaultTemplate: String,
    closes: Bool = false,
    _ reader: inout SettingsReader
  ) -> Rule.Notice {
    let channels = channels
    let notify: [[String]]? = reader.custom(
      "notify",
      .nestedTexts,
      required: true,
      help: "channels; in an inner list the first that can reach the account"
    ) { node, reject in
      guard case .list(let entries) = node.value else {
        reject(node.position, "must be a list of channels, as in [[sms, email], team]")
        return nil
      }
      func name(_ node: SettingsNode) -> String? {
        guard case .scalar(let name, _) = node.value else {
          reject(node.position, "must be the name of a channel")
          return nil
        }
        if !channels.contains(name) { reject(node.position, unknown("channel", name, channels)) }
        return name
      }
      return entries.map { entry in
        if case .list(let inner) = entry.value {
          if inner.isEmpty { reject(entry.position, "names no channel") }
          return inner.compactMap(name)
        }
        return [name(entry)].compactMap { $0 }
      }
    }
    if let notify, notify.isEmpty { reader.reject("notify", "names no channel") }
    let template = reader.text(
      "template",
      help: "which words; default reminder, firm, then escalate",
      default: defaultTemplate
    )
    if template == "digest" {
      reader.reject(
        "template", "`digest` has the words of a digest, and not of one alert; see `digest: yes`")
    } else if template == "resolved", !closes {
      reader.reject("template", "`resolved` says that all is well; it belongs under `on_resolved`")
    }
    templateUses.append(
      TemplateUse(
        name: template,
        channels: notify?.joined().map { $0 } ?? [],
        closes: closes,
        position: reader.block["template"]?.node.position ?? reader.block.position,
        path: reader.block.path(of: "template")
      )
    )
    return Rule.Notice(notify: notify ?? [], template: template)
  }

  /// Levels come in their order: a later one that is due sooner would never be understood.
  private func checkOrder(_ levels: [Rule.Level], _ reader: inout SettingsReader) {
    for (index, b) in levels.enumerated() {
      // With the one of the same measure before it, whatever stands between.
      guard let a = levels[..<index].last(where: { Self.isSameMeasure($0.trigger, b.trigger) })
      else { continue }
      let falls: Bool
      switch (a.trigger, b.trigger) {
      case (.after(.days(let x)), .after(.days(let y))): falls = y <= x
      case (.daysOverdue(let x), .daysOverdue(let y)): falls = y <= x
      default: falls = false
      }
      if falls {
        reader.reject("levels", "level \(b.trigger) must come later than level \(a.trigger)")
      }
    }
  }

  private static func isSameMeasure(_ a: Rule.Level.Trigger, _ b: Rule.Level.Trigger) -> Bool {
    switch (a, b) {
    case (.after, .after), (.daysOverdue, .daysOverdue): true
    default: false
    }
  }
}
