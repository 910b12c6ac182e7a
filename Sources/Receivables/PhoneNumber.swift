/// A telephone number with its country code (ITU-T E.164). A message to the wrong number cannot be
/// taken back, so only what is plainly one number is one.
public struct PhoneNumber: Hashable, Sendable, CustomStringConvertible {
  /// A plus and 8 to 15 digits: `+6421555010`.
  public let text: String
  public var description: String { text }

  /// Why a text is not a number.
  public struct Problem: Error, Hashable, Sendable {
    /// A sentence without its subject: `has words beside the number`.
    public let why: String
    /// Whether it is a number like any other, but for the country that it lacks. That is how people
    /// write them at home: not worth a notice.
    public let isNational: Bool

    init(_ why: String, isNational: Bool = false) {
      self.why = why
      self.isNational = isNational
    }
  }

  /// Reads `+64 21 555-010`, `+64 (21) 555 010`, `+64.21.555.010`: a plus, a country code, and
  /// digits in groups. Invisible signs are taken off, and blanks of any width separate.
  public init(_ text: String) throws(Problem) {
    let groups = try PhoneGroups(text)
    if !groups.hasPlus { throw Problem("has no country code", isNational: true) }
    let digits = groups.digits
    guard let country = Self.country(of: digits) else {
      throw Problem("begins with no country code that there is")
    }
    let national = String(digits.dropFirst(country.count))
    if let area = groups.bracketed, area != country.count {
      throw Problem("has brackets elsewhere than around the area")
    }
    // As in Germany, between the area and the rest. Elsewhere it stands between two numbers.
    if let slashed = groups.slashed {
      let area = slashed - country.count
      guard 2...5 ~= area, digits.count - slashed > max(4, area) else {
        throw Problem("has more than one number")
      }
    }
    if national.hasPrefix("0"), !CallingCodes.withLeadingZero.contains(country) {
      throw Problem("has a zero behind the country code, where +\(country) has none")
    }
    if groups.mayBeMore, CallingCodes.mobileLengths[country]?.contains(national.count) != true {
      throw Problem("has more than one number, or an extension")
    }
    try self.init(country: country, national: national, mayRepeat: true)
  }

  /// Reads a number that comes in three parts, the way Xero keeps them.
  /// - Parameters:
  ///   - country: `64`; empty where there is none.
  ///   - area: with or without the zero that is dialled within the country.
  ///   - number: the rest, or the whole number with its plus.
  public init(country: String, area: String, number: String) throws(Problem) {
    let given = try Self.plain(country, "a country code")
    let area = try Self.plain(area, "an area code")
    let groups = try PhoneGroups(number)
    if groups.hasPlus {
      try self.init(number)
      let rest = text.dropFirst(1 + given.count)
      guard text.dropFirst().hasPrefix(given), given.isEmpty || Self.country(of: given) == given,
        area.isEmpty || rest.hasPrefix(area.drop { $0 == "0" })
      else { throw Problem("has another country or area than the parts beside it") }
      return
    }
    if given.isEmpty { throw Problem("has no country code", isNational: true) }
    guard Self.country(of: given) == given else {
      throw Problem("`\(given)` is no country's code")
    }
    if groups.bracketed != nil { throw Problem("has brackets in the last of its parts") }
    if groups.slashed != nil { throw Problem("has more than one number") }
    let plainArea = String(area.drop { $0 == "0" })
    let repeated = "0\(plainArea)"
    if !plainArea.isEmpty, groups.digits.hasPrefix(repeated),
      CallingCodes.lengths[given]?.contains(groups.digits.count - 1) == true
    {
      throw Problem("may have the area twice")
    }
    let whole = area + groups.digits
    var national = whole
    if whole.hasPrefix("0"), !CallingCodes.withLeadingZero.contains(given) {
      // Hungary dials two digits.
      let trunk = given == "36" ? "06" : CallingCodes.withTrunkZero.contains(given) ? "0" : nil
      guard let trunk, whole.hasPrefix(trunk) else {
        throw Problem("begins with a zero, where +\(given) has none")
      }
      national = String(whole.dropFirst(trunk.count))
      if national.hasPrefix("0") { throw Problem("begins with more than one zero") }
    }
    try self.init(country: given, national: national, mayRepeat: area.isEmpty || area == given)
  }

  /// - Parameter mayRepeat: whether the country's code may stand there a second time.
  private init(country: String, national: String, mayRepeat: Bool) throws(Problem) {
    let lengths = CallingCodes.lengths[country] ?? 1...14
    if national.count < lengths.lowerBound { throw Problem("is too short for +\(country)") }
    if national.count > lengths.upperBound { throw Problem("is too long for +\(country)") }
    if mayRepeat, national.hasPrefix(country),
      CallingCodes.mobileLengths[country]?.contains(national.count - country.count) == true
    {
      throw Problem("may have the country code twice")
    }
    let total = country.count + national.count
    if total < 8 { throw Problem("is too short") }
    if total > 15 { throw Problem("is too long") }
    text = "+\(country)\(national)"
  }

  /// The one code that the digits begin with: none is the beginning of another.
  private static func country(of digits: String) -> String? {
    (1...3).lazy.map { String(digits.prefix($0)) }.first { CallingCodes.lengths[$0] != nil }
  }

  /// One of three parts: digits alone, but for blanks, and a plus or brackets around them.
  private static func plain(_ text: String, _ part: String) throws(Problem) -> String {
    var digits = Visible.text(text).filter { $0 != " " }
    if digits.hasPrefix("+") { digits.removeFirst() }
    if digits.hasPrefix("("), digits.hasSuffix(")") {
      digits = String(digits.dropFirst().dropLast())
      if digits == "0" { throw Problem("has a zero in brackets") }
    }
    guard digits.utf8.allSatisfy({ 48...57 ~= $0 }) else {
      throw Problem("has more than digits for \(part)")
    }
    return part == "a country code" ? String(digits.drop { $0 == "0" }) : digits
  }
}

/// A number taken apart: digits, and what stands between them.
private struct PhoneGroups {
  private(set) var digits = ""
  let hasPlus: Bool
  /// Before how many digits a bracket opens.
  private(set) var bracketed: Int?
  /// Behind how many digits a slash stands, with nothing but digits after it.
  private(set) var slashed: Int?
  /// Whether long groups stand side by side: two numbers, where one is not so long.
  private(set) var mayBeMore = false
  /// Of the group that is being read, and of the one before it.
  private var length = 0
  private var before = 0
  private var isBehindHyphen = false

  /// - Throws: what keeps it from being plainly one number.
  init(_ text: String) throws(PhoneNumber.Problem) {
    var rest = Array(Visible.text(text).unicodeScalars)[...]
    if rest.isEmpty { throw PhoneNumber.Problem("is empty") }
    // (+64) 21 …
    let isWrapped = rest.starts(with: ["(", "+"])
    if isWrapped { rest = rest.dropFirst() }
    hasPlus = rest.first == "+"
    if hasPlus { rest = rest.dropFirst() }
    if isWrapped {
      guard let end = rest.firstIndex(of: ")"), (1...3).contains(end - rest.startIndex) else {
        throw PhoneNumber.Problem("has brackets elsewhere than around the area")
      }
      let country = rest[..<end]
      for scalar in country { try take(digit: scalar) }
      rest = rest[(end + 1)...]
      if rest.first == " " { rest = rest.dropFirst() }
    }
    try read(rest)
    // `1234-56` may be a range, or an extension; `45-67` behind `123` is how Russia writes it, and
    // `345 67` Sweden.
    let isTail =
      isBehindHyphen
      ? length < 3 && length != before || length == 3 && before > 4
      : length == 1 && before > 1 || length == 2 && before > 3
    if isTail, before > 0 {
      throw PhoneNumber.Problem("has more than one number, or an extension")
    }
    if isBehindHyphen, length == 4, before > 5 { mayBeMore = true }
    try close()
    if digits.isEmpty { throw PhoneNumber.Problem("has no digits") }
  }

  private mutating func read(
    _ all: ArraySlice<Unicode.Scalar>
  ) throws(PhoneNumber.Problem) {
    var rest = all
    while let scalar = rest.popFirst() {
      switch scalar {
      case "0"..."9": try take(digit: scalar)
      case " ", ".", "-":
        guard let next = rest.first, "0"..."9" ~= next || next == "(" && scalar != "." else {
          throw PhoneNumber.Problem("has more than one number, or words beside it")
        }
        try close()
        isBehindHyphen = scalar == "-"
      case "(":
        if bracketed != nil || digits.isEmpty && hasPlus {
          throw PhoneNumber.Problem("has brackets elsewhere than around the area")
        }
        if rest.first == "0", hasPlus || !digits.isEmpty {
          throw PhoneNumber.Problem("has a zero in brackets")
        }
        try close()
        bracketed = digits.count
        guard let end = rest.firstIndex(of: ")"), (1...5).contains(end - rest.startIndex),
          rest.index(after: end) < rest.endIndex
        else { throw PhoneNumber.Problem("has something in brackets at its end") }
        for digit in rest[..<end] { try take(digit: digit) }
        try close()
        rest = rest[(end + 1)...]
        if let next = rest.first, next == " " || next == "-" { rest = rest.dropFirst() }
      case "/" where bracketed == nil && rest.allSatisfy { "0"..."9" ~= $0 }:
        try close()
        slashed = digits.count
      case "/", ",", ";": throw PhoneNumber.Problem("has more than one number")
      default: throw PhoneNumber.Problem("has more in it than a number")
      }
    }
  }

  private mutating func take(digit: Unicode.Scalar) throws(PhoneNumber.Problem) {
    guard "0"..."9" ~= digit else { throw PhoneNumber.Problem("has more in it than a number") }
    digits.unicodeScalars.append(digit)
    length += 1
  }

  /// Ends a group. `12345-12346` are two numbers.
  private mutating func close() throws(PhoneNumber.Problem) {
    if isBehindHyphen, length > 4, before > 4 {
      throw PhoneNumber.Problem("has more than one number")
    }
    if length > 4, before > 4 { mayBeMore = true }
    isBehindHyphen = false
    if length > 0 { before = length }
    length = 0
  }
}
