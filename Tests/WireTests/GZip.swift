import Foundation

/// Packed bytes for tests, without a packer in the package.
enum GZip {
  /// `hello`, in one stored block.
  static let hello: [UInt8] =
    header + [1, 5, 0, 0xFA, 0xFF] + Array("hello".utf8)
    + [0x86, 0xA6, 0x10, 0x36, 5, 0, 0, 0]

  /// As `gzip` packs so many zeros: about a thousandth of them.
  static func zeros(mebibytes: Int) throws -> [UInt8] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "head -c \(mebibytes << 20) /dev/zero | gzip -9"]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return [UInt8](data)
  }

  private static let header: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
}
