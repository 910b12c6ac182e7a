public import Foundation
import Testing

/// Runs Python and returns what it printed; what it wrote to standard error is in the failure.
/// - Parameter executable: the `python3` of the path, or one of a virtual environment.
public func python(_ arguments: [String], input: Data, executable: String? = nil) throws -> Data {
  let process = Process()
  process.executableURL = URL(filePath: executable ?? "/usr/bin/env")
  process.arguments = (executable == nil ? ["python3"] : []) + arguments
  let (standardInput, output, errors) = (Pipe(), Pipe(), Pipe())
  process.standardInput = standardInput
  process.standardOutput = output
  process.standardError = errors
  try process.run()
  try standardInput.fileHandleForWriting.write(contentsOf: input)
  try standardInput.fileHandleForWriting.close()
  let printed = try output.fileHandleForReading.readToEnd() ?? Data()
  let said = try errors.fileHandleForReading.readToEnd() ?? Data()
  process.waitUntilExit()
  try #require(process.terminationStatus == 0, "\(String(decoding: said, as: UTF8.self))")
  return printed
}
