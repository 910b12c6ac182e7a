import Foundation
import State
import Support
import Testing

struct TokenFileTests {
  @Test("Tokens stand beside the state, for its user alone, and nothing else is left there")
  func save() throws {
    let folder = try TemporaryFolder()
    let file = TokenFile(besideState: folder.file("state.sqlite"))
    #expect(file.path == folder.file("state.sqlite.tokens.json"))
    #expect(try file.load() == nil)
    for text in ["{}", String(repeating: "x", count: 300_000), "{\"books\":\"é\"}"] {
      try file.save(Data(text.utf8))
      #expect(try file.load() == Data(text.utf8))
      #expect(try permissions(file.path) == 0o600)
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(names == ["state.sqlite.tokens.json"])
  }

  @Test("A file that others could read is theirs no more after the next save")
  func tightens() throws {
    let folder = try TemporaryFolder()
    let file = TokenFile(besideState: folder.file("state.sqlite"))
    try Data("{}".utf8).write(to: URL(filePath: file.path))
    chmod(file.path, 0o644)
    try file.save(Data("{}".utf8))
    #expect(try permissions(file.path) == 0o600)
  }

  @Test("A save that cannot be done says so, and leaves what was there")
  func fails() throws {
    let folder = try TemporaryFolder()
    #expect(throws: StateError.self) {
      try TokenFile(besideState: folder.file("no/state")).save(Data())
    }
    // A folder in its place: it cannot be replaced, and no copy of the tokens is left behind.
    let file = TokenFile(besideState: folder.file("state.sqlite"))
    try FileManager.default.createDirectory(
      atPath: file.path + "/x",
      withIntermediateDirectories: true
    )
    #expect(throws: StateError.self) { try file.save(Data("secret".utf8)) }
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(names == ["state.sqlite.tokens.json"])
  }

  @Test("Only one at a time refreshes a token; another name's is not held up by it")
  func locks() async throws {
    let folder = try TemporaryFolder()
    let file = TokenFile(besideState: folder.file("state.sqlite"))
    let lock = try await file.lock("books", forAtMost: 0)
    let error = await #expect(throws: StateError.self) {
      _ = try await TokenFile(besideState: folder.file("state.sqlite")).lock("books", forAtMost: 0)
    }
    #expect(error?.description.contains("another process is signing in") == true)
    _ = try await file.lock("other", forAtMost: 0)
    withExtendedLifetime(lock) {}
  }

  @Test("What was held is free once it is let go")
  func freed() async throws {
    let folder = try TemporaryFolder()
    let file = TokenFile(besideState: folder.file("state.sqlite"))
    for _ in 0..<3 { _ = try await file.lock("a/../b", forAtMost: 0) }
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.path)
        == ["state.sqlite.tokens.json.a____b.lock"]
    )
  }

  @Test("Many that change the file at once lose nothing of each other")
  func updates() async throws {
    let folder = try TemporaryFolder()
    let path = folder.file("state.sqlite")
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<20 {
        group.addTask {
          try TokenFile(besideState: path).update { data in
            (data ?? Data()) + Data("\(number);".utf8)
          }
        }
      }
      try await group.waitForAll()
    }
    let text = String(decoding: try TokenFile(besideState: path).load() ?? Data(), as: UTF8.self)
    #expect(Set(text.split(separator: ";").compactMap { Int($0) }) == Set(0..<20))
  }
}
