import Foundation
import Support
import Testing
import Wire

@Suite(.timeLimit(.minutes(1))) struct LocalTransportTests {
  private let local = LocalTransport()
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func append(_ path: String, _ text: String) -> Request {
    .append(AppendRequest(.file(path), bytes: Array(text.utf8)))
  }

  private func perform(_ request: Request, timeout: Duration = .seconds(20)) async throws
    -> Response
  {
    try await local.perform(request, timeout: timeout)
  }

  @Test func linesAreAppendedToAFileThatOthersCannotRead() async throws {
    let path = folder.file("out.jsonl")
    _ = try await perform(append(path, "one\n"))
    _ = try await perform(append(path, "two\n"))
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "one\ntwo\n")
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
    #expect(mode as? Int == 0o600)
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
  func aFullDiskIsNotSent() async {
    await #expect(throws: WireError.notSent("/dev/full: No space left on device")) {
      try await perform(append("/dev/full", "one\n"))
    }
  }

  @Test func aFolderThatIsNotThereIsNotSent() async {
    let path = folder.file("none/out.jsonl")
    await #expect(throws: WireError.notSent("\(path): No such file or directory")) {
      try await perform(append(path, "one\n"))
    }
  }

  @Test func aTextIsFoundInAFile() async throws {
    let path = folder.file("out.jsonl")
    #expect(try await perform(.find(text: "one", path: path)).status == 404)
    _ = try await perform(append(path, "one\ntwo\n"))
    #expect(try await perform(.find(text: "two", path: path)).status == 200)
    #expect(try await perform(.find(text: "three", path: path)).status == 404)
  }

  /// A pipe without another end is what a file on a disk that is away is: opening it never returns.
  @Test func whatHangsIsLeftWhenItsTimeIsOver() async throws {
    let (first, second) = (folder.file("first"), folder.file("second"))
    for pipe in [first, second] { try #require(mkfifo(pipe, 0o600) == 0) }
    let time = Duration.milliseconds(50)
    let late = "it takes longer than 1 s"
    await #expect(throws: WireError.notSent("\(first): \(late)")) {
      try await perform(.file(path: first), timeout: time)
    }
    await #expect(throws: WireError.sentThenLost("\(second): \(late)")) {
      try await perform(append(second, "one"), timeout: time)
    }
    // It waits behind the first, and was surely not begun.
    await #expect(throws: WireError.notSent("\(second): \(late)")) {
      try await perform(append(second, "two"), timeout: time)
    }
    // Another file is not held up.
    #expect(try await perform(append(folder.file("out.jsonl"), "one\n")).status == 200)
  }

  @Test func aFileIsReadWhole() async throws {
    let path = folder.file("data.csv")
    #expect(try await perform(.file(path: path)).status == 404)
    _ = try await perform(append(path, "a,b\n"))
    #expect(try await perform(.file(path: path)) == Response(status: 200, text: "a,b\n"))
    let small = LocalTransport(maxBytes: 3)
    await #expect(throws: WireError.tooLarge("\(path): larger than 3 bytes")) {
      try await small.perform(.file(path: path), timeout: .seconds(1))
    }
    await #expect(throws: WireError.notSent("\(folder.path): is a folder")) {
      try await perform(.file(path: folder.path))
    }
  }

  @Test func aProgramsOutputComesBackAndNoShellReadsItsWords() async throws {
    let response = try await perform(.command(["printf", "%s|", "a b", "$HOME;", "'x'"]))
    #expect(response == Response(status: 200, text: "a b|$HOME;|'x'|"))
  }

  @Test func aProgramSeesLittleOfOurEnvironment() async throws {
    setenv("BALANCEALERT_TEST_SECRET", "hidden", 1)
    setenv("PGDATABASE", "ledger", 1)
    let text = try await perform(.command(["env"])).text
    #expect(!text.contains("hidden"))
    #expect(text.contains("PGDATABASE=ledger"))
    #expect(text.contains("PATH="))
  }

  @Test func aFailedProgramSaysWhy() async {
    let script = "echo first >&2; echo 'no such table' >&2; echo >&2; exit 3"
    await #expect(throws: WireError.notSent("sh: exit status 3: no such table")) {
      try await perform(.command(["sh", "-c", script]))
    }
    await #expect(throws: WireError.notSent("sh: ended by signal 9")) {
      try await perform(.command(["sh", "-c", "kill -9 $$"]))
    }
    await #expect(throws: WireError.notSent("no-such-program: No such file or directory")) {
      try await perform(.command(["no-such-program"]))
    }
  }

  @Test(arguments: ["sleep 600", "sleep 600 & wait", "exec >&- 2>&-; sleep 600"])
  func aProgramThatTakesTooLongIsKilledWithItsChildren(_ script: String) async {
    let start = ContinuousClock.now
    await #expect(throws: WireError.notSent("sh: took longer than 1 s")) {
      try await perform(.command(["sh", "-c", script]), timeout: .milliseconds(300))
    }
    #expect(ContinuousClock.now - start < .seconds(30))
  }

  @Test func aProgramThatPrintsTooMuchIsKilled() async {
    let small = LocalTransport(maxBytes: 100_000)
    await #expect(throws: WireError.tooLarge("yes: printed more than 100000 bytes")) {
      try await small.perform(.command(["yes"]), timeout: .seconds(20))
    }
  }

  @Test func cancellingKillsTheProgram() async throws {
    let path = folder.file("started")
    #expect(mkfifo(path, 0o600) == 0)
    let task = Task {
      try await local.perform(
        .command(["sh", "-c", "echo > '\(path)'; sleep 600"]),
        timeout: .seconds(600)
      )
    }
    // Returns once the program has written to the pipe.
    _ = try await perform(.file(path: path))
    task.cancel()
    await #expect(throws: WireError.notSent("sh: cancelled")) { try await task.value }
  }
}
