import Foundation

/// A program that prints a secret. No shell: words are split at blanks.
struct SecretCommand {
  enum Problem: Error, Equatable {
    case failed
    case tooLong(program: String)
  }

  private let words: [String]
  private let folder: String
  private let environment: [String: String]

  /// What a password helper needs to be found, to speak, and to reach its agent. Others' secrets
  /// stand in the rest.
  private static let environmentNames: Set<String> = [
    "PATH", "HOME", "USER", "LOGNAME", "LANG", "TZ", "TMPDIR", "GNUPGHOME", "PASSWORD_STORE_DIR",
    "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "DBUS_SESSION_BUS_ADDRESS", "SSL_CERT_FILE",
    "SSL_CERT_DIR",
  ]

  init(_ command: String, in folder: String, _ environment: [String: String]) {
    words = command.split(separator: " ").map(String.init)
    self.folder = folder
    self.environment = environment.filter {
      Self.environmentNames.contains($0.key) || $0.key.hasPrefix("LC_")
    }
  }

  func output(within time: Duration) -> Result<Data, Problem> {
    guard let program = words.first else { return .failure(.failed) }
    let process = Process()
    process.executableURL = URL(filePath: program.hasPrefix("/") ? program : "/usr/bin/env")
    process.arguments = program.hasPrefix("/") ? Array(words.dropFirst()) : words
    process.environment = environment
    process.currentDirectoryURL = URL(filePath: folder)
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardInput = FileHandle.nullDevice
    let ended = DispatchSemaphore(value: 0)
    process.terminationHandler = { _ in ended.signal() }
    guard (try? process.run()) != nil else { return .failure(.failed) }
    let end = DispatchTime.now() + .milliseconds(Int(max(.zero, time) / .milliseconds(1)))
    let data = read(pipe.fileHandleForReading.fileDescriptor, until: end)
    if let data, ended.wait(timeout: end) == .success {
      return process.terminationStatus == 0 ? .success(data) : .failure(.failed)
    }
    // With what it has started, where it leads a group of its own.
    kill(-process.processIdentifier, SIGKILL)
    kill(process.processIdentifier, SIGKILL)
    return .failure(.tooLong(program: program))
  }

  /// - Returns: `nil` when it was not over in time: a child may keep the pipe open.
  private func read(_ file: Int32, until end: DispatchTime) -> Data? {
    var data = Data()
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let left = Int64(end.uptimeNanoseconds) - Int64(DispatchTime.now().uptimeNanoseconds)
      guard left > 0 else { return nil }
      var ready = pollfd(fd: file, events: Int16(POLLIN), revents: 0)
      guard poll(&ready, 1, Int32(clamping: left / 1_000_000 + 1)) > 0 else { continue }
      let count = Foundation.read(file, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      if count <= 0 { return data }
      data += buffer[..<count]
    }
  }
}
