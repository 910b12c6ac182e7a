import Host

/// Reads a JSON text into a flat tape, in one run over the bytes and without recursion.
struct JSONReader {
  /// Levels of arrays and objects within one another.
  static let deepest = 256

  private let bytes: UnsafeBufferPointer<UInt8>
  private var at = 0
  private var tape: [JSON.Entry] = []
  private var open: [(index: Int, count: Int, isObject: Bool)] = []

  private struct Failure: Error {
    let message: String
    let offset: Int
  }

  static func tape(of bytes: [UInt8]) throws(JSONError) -> [JSON.Entry] {
    guard bytes.count <= JSON.Entry.longest else {
      throw JSONError(message: "longer than 256 MB", offset: 0, line: 1)
    }
    do throws(Failure) {
      return try withBytes(of: bytes) { (buffer) throws(Failure) -> [JSON.Entry] in
        var reader = JSONReader(buffer)
        try reader.read()
        return reader.tape
      }
    } catch {
      let newlines = bytes.prefix(error.offset).count { $0 == 10 }
      throw JSONError(message: error.message, offset: error.offset, line: newlines + 1)
    }
  }

  private init(_ bytes: UnsafeBufferPointer<UInt8>) {
    self.bytes = bytes
    tape.reserveCapacity(bytes.count / 16 + 1)
    open.reserveCapacity(16)
  }

  private mutating func read() throws(Failure) {
    if bytes.starts(with: TextFile.mark) { at = TextFile.mark.count }
    while true {
      try value()
      // A value is complete: close what it ends, or go on to the next one.
      while let container = open.last {
        let byte = try significant(container.isObject ? "`,` or `}`" : "`,` or `]`")
        if byte == UInt8(ascii: ",") {
          at += 1
          open[open.count - 1].count += 1
          if container.isObject { try key() }
          break
        }
        guard byte == (container.isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
          throw fail(container.isObject ? "expected `,` or `}`" : "expected `,` or `]`")
        }
        close()
      }
      if open.isEmpty { break }
    }
    skipBlanks()
    if at < bytes.count { throw fail("something stands after the value") }
  }

  /// Reads a value; of containers that hold something, only their opening.
  private mutating func value() throws(Failure) {
    while true {
      let byte = try significant("a value")
      switch byte {
      case UInt8(ascii: "\""): return try string()
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        let isObject = byte == UInt8(ascii: "{")
        if open.count == Self.deepest { throw fail("more than \(Self.deepest) levels") }
        open.append((tape.count, 1, isObject))
        tape.append(JSON.Entry(isObject ? .object : .array, place: 0, length: 0))
        at += 1
        let next = try significant(isObject ? "a key or `}`" : "a value or `]`")
        if next == byte + 2 {
          open[open.count - 1].count = 0
          return close()
        }
        if isObject { try key() }
      case UInt8(ascii: "t"): return try literal("true", .true)
      case UInt8(ascii: "f"): return try literal("false", .false)
      case UInt8(ascii: "n"): return try literal("null", .null)
      default: return try number()
      }
    }
  }

  private mutating func close() {
    guard let container = open.popLast() else { return }
    at += 1
    tape[container.index] = JSON.Entry(
      container.isObject ? .object : .array,
      place: tape.count,
      length: container.count
    )
  }

  private mutating func key() throws(Failure) {
    guard try significant("a key") == UInt8(ascii: "\"") else { throw fail("expected a key") }
    try string()
    guard try significant("`:`") == UInt8(ascii: ":") else { throw fail("expected `:`") }
    at += 1
  }

  private mutating func literal(_ text: StaticString, _ kind: JSON.Entry.Kind) throws(Failure) {
    let length = text.utf8CodeUnitCount
    guard at + length <= bytes.count else { throw fail("expected a value") }
    for index in 0..<length where bytes[at + index] != text.utf8Start[index] {
      throw fail("expected a value")
    }
    tape.append(JSON.Entry(kind, place: at, length: length))
    at += length
  }

  private mutating func number() throws(Failure) {
    let start = at
    if bytes[at] == UInt8(ascii: "-") { at += 1 }
    let first = at
    let whole = digits()
    if whole == 0 { throw fail(start == first ? "expected a value" : "expected a digit") }
    if whole > 1, bytes[first] == UInt8(ascii: "0") {
      at = first
      throw fail("a number cannot start with 0")
    }
    if at < bytes.count, bytes[at] == UInt8(ascii: ".") {
      at += 1
      if digits() == 0 { throw fail("expected a digit") }
    }
    if at < bytes.count, bytes[at] | 0x20 == UInt8(ascii: "e") {
      at += 1
      if at < bytes.count, bytes[at] == UInt8(ascii: "+") || bytes[at] == UInt8(ascii: "-") {
        at += 1
      }
      if digits() == 0 { throw fail("expected a digit") }
    }
    tape.append(JSON.Entry(.number, place: start, length: at - start))
  }

  private mutating func digits() -> Int {
    let start = at
    while at < bytes.count, bytes[at] &- 48 < 10 { at += 1 }
    return at - start
  }

  private mutating func string() throws(Failure) {
    at += 1
    let start = at
    var kind = JSON.Entry.Kind.string
    while true {
      skipPlain()
      guard at < bytes.count else { throw fail("the text ends within a string") }
      let byte = bytes[at]
      if byte == UInt8(ascii: "\"") { break }
      if byte == UInt8(ascii: "\\") {
        kind = .escapedString
        try escape()
      } else if byte < 0x20 {
        throw fail("a control character within a string")
      } else {
        try multibyte()
      }
    }
    tape.append(JSON.Entry(kind, place: start, length: at - start))
    at += 1
  }

  /// Passes over what needs no second look, eight bytes at a time.
  private mutating func skipPlain() {
    guard let base = bytes.baseAddress else { return }
    let ones: UInt64 = 0x0101_0101_0101_0101
    let highs: UInt64 = 0x8080_8080_8080_8080
    while at + 8 <= bytes.count {
      let word = UnsafeRawPointer(base + at).loadUnaligned(as: UInt64.self)
      let quote = word ^ (ones &* 0x22)
      let slash = word ^ (ones &* 0x5C)
      // The high bit of a byte is set where it is below 0x20, `"`, `\` or not ASCII; a false hit
      // only sends the loop below to look.
      let stop =
        ((word &- ones &* 0x20) & ~word) | ((quote &- ones) & ~quote) | ((slash &- ones) & ~slash)
        | word
      let hits = stop & highs
      if hits != 0 {
        at += UInt64(littleEndian: hits).trailingZeroBitCount / 8
        break
      }
      at += 8
    }
    while at < bytes.count {
      let byte = bytes[at]
      if byte < 0x20 || byte == 0x22 || byte == 0x5C || byte >= 0x80 { return }
      at += 1
    }
  }

  private mutating func escape() throws(Failure) {
    guard at + 1 < bytes.count else { throw fail("the text ends within a string") }
    switch bytes[at + 1] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
      UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      at += 2
    case UInt8(ascii: "u"):
      guard Self.hex(bytes, at + 2) != nil else { throw fail("`\\u` wants four hex digits") }
      at += 6
    default: throw fail("an unknown escape")
    }
  }

  /// One character outside ASCII, as Unicode's table of well-formed sequences has it.
  private mutating func multibyte() throws(Failure) {
    let lead = bytes[at]
    let second: ClosedRange<UInt8>
    let length: Int
    switch lead {
    case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
    case 0xE0: (length, second) = (3, 0xA0...0xBF)
    case 0xED: (length, second) = (3, 0x80...0x9F)
    case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
    case 0xF0: (length, second) = (4, 0x90...0xBF)
    case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
    case 0xF4: (length, second) = (4, 0x80...0x8F)
    default: throw fail("not UTF-8")
    }
    guard at + length <= bytes.count, second.contains(bytes[at + 1]) else {
      throw fail("not UTF-8")
    }
    for index in 2..<max(2, length) where bytes[at + index] & 0xC0 != 0x80 {
      throw fail("not UTF-8")
    }
    at += length
  }

  private mutating func significant(_ wanted: String) throws(Failure) -> UInt8 {
    skipBlanks()
    guard at < bytes.count else { throw fail("the text ends where \(wanted) was expected") }
    return bytes[at]
  }

  private mutating func skipBlanks() {
    while at < bytes.count {
      let byte = bytes[at]
      guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
      at += 1
    }
  }

  private func fail(_ message: String) -> Failure { Failure(message: message, offset: at) }
}

extension JSONReader {
  /// A string's content, known to be well-formed, with its escapes resolved.
  static func unescaped(_ raw: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    var plain: [UInt8] = []
    plain.reserveCapacity(raw.count)
    var at = 0
    while at < raw.count {
      guard raw[at] == UInt8(ascii: "\\"), at + 1 < raw.count else {
        plain.append(raw[at])
        at += 1
        continue
      }
      at += 2
      switch raw[at - 1] {
      case UInt8(ascii: "b"): plain.append(8)
      case UInt8(ascii: "t"): plain.append(9)
      case UInt8(ascii: "n"): plain.append(10)
      case UInt8(ascii: "f"): plain.append(12)
      case UInt8(ascii: "r"): plain.append(13)
      case UInt8(ascii: "u"):
        var code = hex(raw, at) ?? 0xFFFD
        at += 4
        if 0xD800..<0xDC00 ~= code, at + 1 < raw.count, raw[at] == UInt8(ascii: "\\"),
          raw[at + 1] == UInt8(ascii: "u"), let low = hex(raw, at + 2), 0xDC00..<0xE000 ~= low
        {
          code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
          at += 6
        }
        plain += Array(String(Unicode.Scalar(code) ?? "\u{FFFD}").utf8)
      default: plain.append(raw[at - 1])
      }
    }
    return plain
  }

  private static func hex(_ bytes: UnsafeBufferPointer<UInt8>, _ at: Int) -> UInt32? {
    guard at + 4 <= bytes.count else { return nil }
    var value: UInt32 = 0
    for byte in bytes[at..<(at + 4)] {
      switch byte {
      case 48...57: value = value << 4 | UInt32(byte - 48)
      case 65...70: value = value << 4 | UInt32(byte - 55)
      case 97...102: value = value << 4 | UInt32(byte - 87)
      default: return nil
      }
    }
    return value
  }
}
