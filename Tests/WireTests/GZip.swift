import Support

/// Packed bytes for tests, without a packer in the package.
enum GZip {
  /// `hello`, in one stored block.
  static let hello: [UInt8] =
    header + [1, 5, 0, 0xFA, 0xFF] + Array("hello".utf8)
    + [0x86, 0xA6, 0x10, 0x36, 5, 0, 0, 0]

  /// As `gzip` packs so many zeros: about a thousandth of them. The checksum at the end is wrong;
  /// nobody is to get that far.
  static func zeros(mebibytes: Int) throws -> [UInt8] {
    // One mebibyte is packed, and what that became repeated: after a full flush nothing is left of
    // what was before.
    let script = """
      import sys, zlib
      packer = zlib.compressobj(9, zlib.DEFLATED, -15)
      block = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
      sys.stdout.buffer.write(block * \(mebibytes))
      """
    let ended = try Helper.run(["python3", "-c", script])
    return header + ended.output + [3, 0] + [UInt8](repeating: 0, count: 8)
  }

  private static let header: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
}
