import Foundation
import Host
import Support
import Testing

struct LocalProgramTests {
  private static func program(
    _ script: String,
    in folder: String? = nil,
    maxBytes: Int = 1000,
    timeout: Duration = .ample,
    keepsErrors: Bool = true
  ) throws -> LocalProgram {
    try LocalProgram(
      ["/bin/sh", "-c", script], in: folder, environment: ["PATH": "/usr/bin:/bin", "A": "b"],
      maxBytes: maxBytes, timeout: timeout, keepsErrors: keepsErrors)
  }

  private static func text(_ program: LocalProgram) throws -> String {
    String(decoding: try program.run(), as: UTF8.self)
  }

  @Test("It runs in its folder, with its environment, and reads nothing")
  func surroundings() throws {
    let folder = try TemporaryFolder()
    try folder.write("#!/bin/sh\npwd; echo $A $HOME; cat\n", to: "here", mode: 0o700)
    let program = try LocalProgram(
      ["./here"], in: folder.path, environment: ["PATH": "/usr/bin:/bin", "A": "b"], maxBytes: 1000,
      timeout: .ample)
    let lines = try Self.text(program).split(separator: "\n")
    #expect(lines.first?.hasSuffix(folder.path) == true)
    #expect(lines.last == "b")
  }

  #if os(Linux)
    @Test("It gets none of the files that are open")
    func openFiles() throws {
      let folder = try TemporaryFolder()
      let file = open(folder.file("ours"), O_RDWR | O_CREAT, 0o600)
      defer { close(file) }
      // What `ls` itself has open is 3.
      #expect(try Self.text(Self.program("ls /proc/self/fd")) == "0\n1\n2\n3\n")
    }
  #endif

  @Test("Signals reach it, whatever the thread that started it keeps from itself")
  func signals() async throws {
    let failure = await withCheckedContinuation { done in
      DispatchQueue.global().async {
        let failure = #expect(throws: LocalProgram.Failure.self) {
          try Self.program("kill -TERM $$; sleep 1000").run()
        }
        done.resume(returning: failure)
      }
    }
    #expect(failure == .ended("ended by signal 15", said: nil))
  }

  @Test(
    "What goes wrong is said",
    arguments: [
      (
        "echo no >&2; echo more >&2; exit 3",
        LocalProgram.Failure.ended("exit status 3", said: "more")
      ),
      ("while echo yes; do :; done", .printedTooMuch),
    ])
  func failures(_ script: String, _ expected: LocalProgram.Failure) throws {
    #expect(throws: expected) { try Self.program(script).run() }
  }

  @Test("One that is cancelled before or while it runs is ended")
  func cancelled() async throws {
    let early = try Self.program("sleep 1000")
    early.cancel()
    #expect(throws: LocalProgram.Failure.cancelled) { try early.run() }
    let folder = try TemporaryFolder()
    let late = try Self.program("echo > begun; sleep 1000", in: folder.path)
    async let failure = withCheckedContinuation { done in
      DispatchQueue.global().async {
        done.resume(
          returning: #expect(throws: LocalProgram.Failure.self) { try late.run() })
      }
    }
    await until { folder.read("begun").map { _ in () } }
    late.cancel()
    #expect(await failure == .cancelled)
  }

  @Test("None is named, it is not there, or its folder is not")
  func impossible() throws {
    for words in [[], [""], ["a\0b"]] {
      #expect(throws: LocalProgram.Failure.unnamed) {
        try LocalProgram(words, environment: [:], maxBytes: 1, timeout: .ample)
      }
    }
    for (name, folder) in [("no-such-program", nil), ("/bin/sh", "/no/such/folder")] {
      let program = try LocalProgram(
        [name], in: folder, environment: [:], maxBytes: 1, timeout: .ample)
      #expect(throws: LocalProgram.Failure.refused("No such file or directory")) {
        try program.run()
      }
    }
  }
}
