import Foundation
import State
import Synchronization
import Wire

/// The tokens of all sources and channels, in the one file beside the state.
final class TokenKeeper: TokenStore {
  private let file: TokenFile
  private let lock = Mutex(())

  init(_ file: TokenFile) { self.file = file }

  func load(_ name: String) throws -> StoredToken? {
    try lock.withLock { _ in try all()[name] }
  }

  func save(_ name: String, _ token: StoredToken) throws {
    try lock.withLock { _ in
      // Read again: another process may have signed in elsewhere meanwhile.
      var tokens = try all()
      tokens[name] = token
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
      try file.save(try encoder.encode(tokens))
    }
  }

  private func all() throws -> [String: StoredToken] {
    guard let data = try file.load() else { return [:] }
    return try JSONDecoder().decode([String: StoredToken].self, from: data)
  }
}

/// For replays: no real token is read, spent or overwritten.
final class ReplayedTokens: TokenStore {
  private let tokens = Mutex<[String: StoredToken]>([:])

  func load(_ name: String) throws -> StoredToken? {
    tokens.withLock { $0[name] } ?? StoredToken(refreshToken: "replayed")
  }

  func save(_ name: String, _ token: StoredToken) throws {
    tokens.withLock { $0[name] = token }
  }
}
