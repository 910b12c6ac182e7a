/// Two lower case digits a byte.
public func hexadecimal(_ bytes: [UInt8]) -> String {
  String(unsafeUninitializedCapacity: bytes.count * 2) { text in
    for (place, byte) in bytes.enumerated() {
      text[place * 2] = digit(byte >> 4)
      text[place * 2 + 1] = digit(byte & 15)
    }
    return bytes.count * 2
  }
}

private func digit(_ value: UInt8) -> UInt8 {
  value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
}
