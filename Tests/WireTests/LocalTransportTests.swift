import Foundation
import Support
import Testing
import Wire

struct LocalTransportTests {
  private let local = LocalTransport()
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func append(_ path: String, _ text: String) -> Request {
    .append(AppendRequest(.file(path), bytes: Array(text.utf8)))
  }

  private func perform(_ request: Request, timeout: Duration = .ample) async throws
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

  @Test func aFileIsReadWhole() async throws {
    let path = folder.file("data.csv")
    #expect(try await perform(.file(path: path)).status == 404)
    _ = try await perform(append(path, "a,b\n"))
    #expect(try await perform(.file(path: path)) == Response(status: 200, text: "a,b\n"))
    let small = LocalTransport(maxBytes: 3)
    await #expect(throws: WireError.tooLarge("\(path): larger than 3 bytes")) {
      try await small.perform(.file(path: path), timeout: .ample)
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

  @Test func aProgramThatPrintsTooMuchIsKilled() async {
    let small = LocalTransport(maxBytes: 100_000)
    await #expect(throws: WireError.tooLarge("yes: printed more than 100000 bytes")) {
      try await small.perform(.command(["yes"]), timeout: .ample)
    }
  }

  @Test func cancellingKillsTheProgram() async throws {
    let path = folder.file("started")
    #expect(mkfifo(path, 0o600) == 0)
    let task = Task {
      try await local.perform(
        .command(["sh", "-c", "echo > '\(path)'; sleep 600"]),
        timeout: .ample
      )
    }
    // Returns once the program has written to the pipe.
    _ = try await perform(.file(path: path))
    task.cancel()
    await #expect(throws: WireError.notSent("sh: cancelled")) { try await task.value }
  }
}
