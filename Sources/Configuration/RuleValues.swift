public import Receivables
public import Rules
public import Settings

/// `there is no channel `slak`; did you mean `slack`?`, or which there are.
public func unknown(_ what: String, _ name: String, _ known: Set<String>) -> String {
  let hint = nearest(to: name, among: known.sorted()).map { "; did you mean `\($0)`?" }
  return "there is no \(what) `\(name)`"
    + (hint ?? (known.isEmpty ? "" : "; there are \(known.sorted().joined(separator: ", "))"))
}

/// Reads a duration in calendar days or exact; what is wrong with it becomes a problem.
/// - Returns: `nil` where the key is not there, or is wrong.
public func period(_ key: String, _ help: String, _ reader: inout SettingsReader) -> Period? {
  let text = reader.optionalText(key, help: help)
  reader.describe(key, pattern: Period.pattern)
  guard let text else { return nil }
  guard let period = Period(text) else {
    reader.reject(key, "`\(text)` must be a duration such as 90s, 10m, 6h, 7d or 2w")
    return nil
  }
  return period
}

/// Reads `500`, or `{ NZD: 500, default: 300 }`; what is wrong with it becomes a problem.
public func thresholds(
  _ key: String,
  _ help: String,
  _ reader: inout SettingsReader
) -> Thresholds? {
  reader.custom(key, .amounts, help: help) { node, reject in
    func amount(_ node: SettingsNode, in currency: Currency?) -> String? {
      guard case .scalar(let text, _) = node.value else {
        reject(node.position, "must be an amount")
        return nil
      }
      do throws(MoneyError) {
        if let currency {
          _ = try Money(written: text, currency: currency)
        } else {
          _ = try WrittenAmount(inAnyCurrency: text)
        }
        if text.hasPrefix("-") {
          reject(node.position, "`\(text)` must not be negative")
          return nil
        }
        if key == "at_least", text.allSatisfy({ "0.".contains($0) }) {
          reject(
            node.position,
            "`\(text)` is met by customers who owe nothing; write more than 0, or `over: 0`")
          return nil
        }
        return text
      } catch {
        let hint = "; three decimals need their currency, as in { KWD: 1.250 }"
        let isFine =
          currency == nil && (try? Money(written: text, currency: Currency("KWD"))) != nil
        reject(node.position, error.description + (isFine ? hint : ""))
        return nil
      }
    }
    switch node.value {
    case .scalar: return amount(node, in: nil).map { Thresholds(fallback: $0) }
    case .block(let block):
      var thresholds = Thresholds(fallback: nil)
      for entry in block.entries {
        if entry.key == "default" {
          thresholds.fallback = amount(entry.node, in: nil)
          continue
        }
        do throws(MoneyError) {
          let currency = try Currency(entry.key)
          thresholds.byCurrency[currency.code] = amount(entry.node, in: currency)
        } catch {
          reject(entry.position, error.description)
        }
      }
      return thresholds
    default:
      reject(node.position, "must be an amount, or amounts by currency")
      return nil
    }
  }
}
