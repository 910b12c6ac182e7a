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

  @Test("The state is locked, not a name: by a link to it, and with the file beside it gone")
  func names() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("state.sqlite")
    let lock = try PassLock(state: path, holder: "process 4711")
    let files = FileManager.default
    try files.createSymbolicLink(atPath: folder.file("link"), withDestinationPath: path)
    try files.linkItem(atPath: path, toPath: folder.file("hard"))
    try files.removeItem(atPath: path + ".lock")
    for name in ["state.sqlite", "link", "hard"] {
      #expect(throws: StateError.self, "\(name)") {
        try PassLock(state: folder.file(name), holder: "me")
      }
    }
    withExtendedLifetime(lock) {}
  }

  @Test("What others put in the place of the file beside it is left as it is")
  func planted() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("state.sqlite")
    try folder.write("mine", to: "other")
    for isHard in [false, true] {
      if isHard {
        try FileManager.default.linkItem(
          atPath: folder.file("other"), toPath: path + ".lock")
      } else {
        try FileManager.default.createSymbolicLink(
          atPath: path + ".lock", withDestinationPath: folder.file("other"))
      }
      do {
        let lock = try PassLock(state: path, holder: "process 4711")
        #expect(throws: StateError.locked(path: path, by: "its holder is not known")) {
          try PassLock(state: path, holder: "me")
        }
        withExtendedLifetime(lock) {}
      }
      #expect(folder.read("other") == "mine")
      try FileManager.default.removeItem(atPath: path + ".lock")
    }
  }

  @Test("A state whose name was given to another file is written to no more")
  func replaced() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("state.sqlite")
    let state = try StateFile(path: path, mode: .readWrite)
    try state.checkPlace()
    try FileManager.default.moveItem(atPath: path, toPath: folder.file("moved"))
    #expect(throws: StateError.self) { try state.checkPlace() }
    try folder.write("", to: "state.sqlite")
    #expect(throws: StateError.self) { try state.checkPlace() }
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
