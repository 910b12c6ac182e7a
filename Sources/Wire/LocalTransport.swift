import Dispatch
import Foundation
import Host

/// What is done on this machine: files, standard output, programs. Opens no connection.
public struct LocalTransport: Transport {
  private let maxBytes: Int

  /// - Parameter maxBytes: of a file that is read, and of a program's output.
  public init(maxBytes: Int = 256 << 20) { self.maxBytes = maxBytes }

  public func perform(
    _ request: Request,
    timeout: Duration
  ) async throws(WireError) -> Response {
    if Task.isCancelled { throw .notSent("cancelled") }
    let maxBytes = maxBytes
    switch request {
    case .append(let request):
      let work = LocalWork(request.name, changes: true) { () throws(WireError) in
        try append(request)
      }
      return try await work.result(on: .ofFile(request.name), within: timeout).get()
    case .find(let text, let path):
      let work = LocalWork(path) { () throws(WireError) in
        guard let (bytes, _) = try contents(path, maxBytes) else { return Response(status: 404) }
        return Response(status: bytes.contains(Array(text.utf8)) ? 200 : 404)
      }
      return try await work.result(on: .ofFile(path), within: timeout).get()
    case .file(let path):
      let work = LocalWork(path) { () throws(WireError) in
        guard let (bytes, modifiedAt) = try contents(path, maxBytes) else {
          return Response(status: 404)
        }
        var response = Response(status: 200, body: bytes)
        response.modifiedAt = modifiedAt
        return response
      }
      return try await work.result(on: .beside, within: timeout).get()
    case .command(let words):
      let program: LocalProgram
      do throws(LocalProgram.Failure) {
        program = try LocalProgram(
          words,
          environment: LocalProgram.environment(
            ProcessInfo.processInfo.environment, and: DatabaseEnvironment.names),
          maxBytes: maxBytes,
          timeout: timeout
        )
      } catch {
        throw error.wireError("", maxBytes: maxBytes, timeout: timeout)
      }
      return try await withTaskCancellationHandler {
        await withCheckedContinuation { continuation in
          DispatchQueue.beside.async {
            continuation.resume(
              returning: Result { () throws(LocalProgram.Failure) in try program.run() }
                .map { Response(status: 200, body: $0) }
                .mapError { $0.wireError(words[0], maxBytes: maxBytes, timeout: timeout) })
          }
        }
      } onCancel: {
        program.cancel()
      }.get()
    case .http, .mail: throw .forbidden("not a request to this machine")
    }
  }
}

extension AppendRequest {
  fileprivate var name: String {
    switch destination {
    case .file(let path): path
    case .standardOutput: "standard output"
    }
  }
}

/// One write, or nothing: a file never keeps half a line.
private func append(_ request: AppendRequest) throws(WireError) -> Response {
  guard case .file(let path) = request.destination else {
    try write(request.bytes, to: STDOUT_FILENO, name: request.name)
    return Response(status: 200)
  }
  let file = try open(toAppend: path)
  guard file >= 0 else { throw .notSent("\(path): \(reason(errno))") }
  defer { close(file) }
  var before = stat()
  guard fstat(file, &before) == 0 else { throw .notSent("\(path): \(reason(errno))") }
  do throws(WireError) {
    try write(request.bytes, to: file, name: path)
  } catch {
    // Only files have a length to go back to; a device or a pipe has not.
    if before.st_mode & S_IFMT == S_IFREG { _ = ftruncate(file, before.st_size) }
    throw .notSent(error.description)
  }
  // A device or a pipe cannot be synchronised, and need not be.
  if fsync(file) != 0, errno != EINVAL, errno != EROFS, errno != ENOTSUP {
    let why = reason(errno)
    if before.st_mode & S_IFMT == S_IFREG { _ = ftruncate(file, before.st_size) }
    throw .notSent("\(path): \(why)")
  }
  return Response(status: 200)
}

/// Follows a link of ours, to what is there; one that somebody planted leads nowhere.
private func open(toAppend path: String) throws(WireError) -> Int32 {
  let flags = O_WRONLY | O_APPEND | O_CLOEXEC
  do throws(WholeFile.Problem) {
    switch try OutputPath.look(at: path) {
    case .file(let file): return open(file, flags | O_CREAT | O_NOFOLLOW, 0o600)
    case .stream: return open(path, flags)
    }
  } catch {
    throw .notSent("\(path): \(error.why)")
  }
}

/// - Throws: `.notSent` when nothing was written, `.sentThenLost` when a part was.
private func write(_ bytes: [UInt8], to file: Int32, name: String) throws(WireError) {
  var written = 0
  var waits = 0
  while written < bytes.count {
    // A closed pipe (`balancealert run | head`) must not kill the process in mid-pass.
    let (count, code) = withoutBrokenPipes {
      bytes.withUnsafeBytes { all in
        let count = all.baseAddress.map {
          Foundation.write(file, $0 + written, bytes.count - written)
        }
        return (count ?? 0, errno)
      }
    }
    if count < 0, code == EINTR { continue }
    // A full pipe that does not block: waits for its reader, half a minute at most.
    if count < 0, code == EAGAIN, waits < 30 {
      waits += 1
      var wait = pollfd(fd: file, events: Int16(POLLOUT), revents: 0)
      _ = poll(&wait, 1, 1000)
      continue
    }
    guard count > 0 else {
      let why = "\(name): \(count == 0 ? "nothing is taken any more" : reason(code))"
      throw written == 0 ? .notSent(why) : .sentThenLost(why)
    }
    written += count
  }
}

/// - Returns: `nil` when there is no such file.
private func contents(
  _ path: String, _ maxBytes: Int
) throws(WireError) -> (bytes: [UInt8], modifiedAt: Int64)? {
  let file = open(path, O_RDONLY | O_CLOEXEC)
  if file < 0, errno == ENOENT { return nil }
  guard file >= 0 else { throw .notSent("\(path): \(reason(errno))") }
  defer { close(file) }
  var facts = stat()
  guard fstat(file, &facts) == 0 else { throw .notSent("\(path): \(reason(errno))") }
  if facts.st_mode & S_IFMT == S_IFDIR { throw .notSent("\(path): is a folder") }
  var bytes: [UInt8] = []
  bytes.reserveCapacity(min(maxBytes, Int(clamping: facts.st_size)) + 1)
  let step = 1 << 16
  var buffer = [UInt8](repeating: 0, count: step)
  while true {
    let count = read(file, &buffer, step)
    if count < 0, errno == EINTR { continue }
    guard count >= 0 else { throw .notSent("\(path): \(reason(errno))") }
    if count == 0 { return (bytes, Int64(facts.modifiedSeconds)) }
    bytes += buffer[..<count]
    if bytes.count > maxBytes { throw .tooLarge("\(path): larger than \(maxBytes) bytes") }
  }
}

extension stat {
  fileprivate var modifiedSeconds: Int {
    #if canImport(Darwin)
      st_mtimespec.tv_sec
    #else
      st_mtim.tv_sec
    #endif
  }
}

func reason(_ code: Int32) -> String { String(cString: strerror(code)) }

extension [UInt8] {
  /// Whether `needle` stands somewhere within; the empty one stands everywhere.
  fileprivate func contains(_ needle: [UInt8]) -> Bool {
    needle.isEmpty || Data(self).range(of: Data(needle)) != nil
  }
}
