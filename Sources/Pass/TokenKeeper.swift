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
    try lock.withLock { _ in try Self.tokens(in: try file.load())[name] }
  }

  func save(_ name: String, _ token: StoredToken) throws {
    try lock.withLock { _ in
      // Another process may sign another one in at the same time.
      try file.update { data in
        var tokens = try Self.tokens(in: data)
        tokens[name] = token
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        return try encoder.encode(tokens)
      }
    }
  }

  func lock(_ name: String, forAtMost seconds: Int) async throws -> any Sendable {
    try await file.lock(name, forAtMost: seconds)
  }

  private static func tokens(in data: Data?) throws -> [String: StoredToken] {
    guard let data else { return [:] }
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
