import Foundation
import State
import Support
import Testing

struct PassLockTests {
  @Test("A second pass is told who holds the lock, and gets it when the first is done")
  func second() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("state.sqlite")
    do {
      let lock = try PassLock(state: path, holder: "process 4711 on harbour, since 10:00")
      let error = #expect(throws: StateError.self) { try PassLock(state: path, holder: "me") }
      #expect(error == .locked(path: path, by: "process 4711 on harbour, since 10:00"))
      #expect(error?.description.contains("process 4711 on harbour") == true)
      withExtendedLifetime(lock) {}
    }
    let next = try PassLock(state: path, holder: "next")
    #expect(try permissions(path + ".lock") == 0o600)
    withExtendedLifetime(next) {}
  }

  @Test("Another state is another lock")
  func other() throws {
    let folder = try TemporaryFolder()
    let first = try PassLock(state: folder.file("a.sqlite"), holder: "a")
    let second = try PassLock(state: folder.file("b.sqlite"), holder: "b")
    withExtendedLifetime((first, second)) {}
  }

  @Test("A folder that is not there is named")
  func missing() throws {
    let folder = try TemporaryFolder()
    #expect(throws: StateError.self) { try PassLock(state: folder.file("no/state"), holder: "a") }
  }

  private static let flock = "/usr/bin/flock"

  @Test(
    "A holder that is killed holds nothing any more, whatever it left in the file",
    .enabled(if: FileManager.default.isExecutableFile(atPath: flock))
  )
  func killed() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("state.sqlite")
    // Takes the lock, says so, and waits for an input that never comes.
    let holder = try Helper([
      Self.flock, "--no-fork", path + ".lock", "sh", "-c", "echo held; exec cat",
    ])
    #expect(holder.line() == "held")
    #expect(throws: StateError.locked(path: path, by: "its holder is not known")) {
      try PassLock(state: path, holder: "me")
    }
    holder.kill()
    let lock = try PassLock(state: path, holder: "me")
    withExtendedLifetime(lock) {}
  }
}
