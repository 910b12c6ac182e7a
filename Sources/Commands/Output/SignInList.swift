import Accounting
import Channels
import Pass
import Receivables
import Wire

/// `auth list`: each sign-in of the config, what it may do, and how long it lasts.
enum SignInList {
  static func text(_ assembly: Assembly, now: Now) throws -> String {
    let store = assembly.tokens(isReplay: false)
    var lines: [String] = []
    for source in assembly.sources {
      guard let settings = source.signIn else { continue }
      lines.append(try line(settings, source.traits.title, store, now))
    }
    for (_, channel) in assembly.channels.sorted(by: { $0.key < $1.key }) {
      guard let settings = channel.signIn else { continue }
      lines.append(try line(settings, channel.traits.title, store, now))
    }
    return lines.isEmpty ? "nothing in the config has a sign-in\n" : lines.joined()
  }

  private static func line(
    _ settings: SignInSettings,
    _ title: String,
    _ store: any TokenStore,
    _ now: Now
  ) throws -> String {
    let head = "\(settings.name) (\(title)): "
    guard settings.grant == .refreshToken else {
      return head + "signs in by itself (\(settings.grant.rawValue))"
        + scopes(settings.scopes) + "\n"
    }
    guard let token = try store.load(settings.tokenName) else {
      let seed =
        settings.seed == nil ? "not signed in" : "not signed in yet; the config has a first token"
      return head + seed + ": balancealert auth \(settings.name)\n"
    }
    return head + life(of: token, settings, now) + scopes(token.scopes ?? settings.scopes) + "\n"
  }

  /// `was revoked at the platform, seen on 2026-11-30`; `nil` where nobody refused it.
  private static func refusal(of token: StoredToken, _ now: Now) -> String? {
    guard let at = token.refusedAt else { return nil }
    let day = now.zone.day(of: Instant(seconds: at))
    return "\(token.refusedWhy ?? "was refused by the platform"), seen on \(day)"
  }

  /// Sign-ins that a pass found refused: a sentence each.
  static func refusals(_ assembly: Assembly, now: Now) throws -> [String] {
    let store = assembly.tokens(isReplay: false)
    let all =
      assembly.sources.compactMap(\.signIn)
      + assembly.channels.sorted { $0.key < $1.key }.compactMap(\.value.signIn)
    return try all.filter { $0.grant == .refreshToken }.compactMap { settings in
      guard let token = try store.load(settings.tokenName),
        let refusal = refusal(of: token, now)
      else { return nil }
      return "\(settings.name): the sign-in \(refusal): balancealert auth \(settings.name)"
    }
  }

  private static func scopes(_ scopes: [String]) -> String {
    scopes.isEmpty ? "" : "; scopes: \(scopes.joined(separator: " "))"
  }

  /// The nearest of the ends that are known.
  private static func life(of token: StoredToken, _ settings: SignInSettings, _ now: Now) -> String
  {
    if let refusal = refusal(of: token, now) {
      return "\(refusal): balancealert auth \(settings.name)"
    }
    let ends = [
      settings.end(of: token).map { ($0, "unless it is used") },
      token.hardExpiresAt.map { ($0, "for good") },
    ].compactMap { $0 }
    guard let (end, how) = ends.min(by: { $0.0 < $1.0 }) else {
      return "signed in; lasts until it is revoked"
    }
    let days = now.zone.day(of: Instant(seconds: end)).days(since: now.today)
    if end <= now.instant.seconds { return "expired: balancealert auth again" }
    return "signed in; dies in \(days) \(days == 1 ? "day" : "days") \(how)"
  }
}
