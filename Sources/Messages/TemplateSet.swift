import Receivables
import Synchronization

/// The templates that are built in, and those of a folder that stand before them.
///
/// A text and the HTML of the same message must say the same; so where a folder has a `text` and no
/// `html`, the HTML is made from that text and not taken from the built-in template. The same goes
/// for `subject` and `title`.
public final class TemplateSet: Sendable {
  /// Where the forms of one template stand together: in a folder or built in, in one language.
  struct Place: Sendable {
    /// `nil` in a folder that has no language of its own.
    let language: String?
    let forms: [Form: TemplateSource]
  }

  public static let builtin = TemplateSet(own: [:], partials: [:])

  private let own: [String: [Place]]
  private let partials: [String: TemplateSource]
  /// Read when first needed: there are many, and a pass uses few.
  private let templates = Mutex<[String: Template?]>([:])

  init(own: [String: [Place]], partials: [String: TemplateSource]) {
    self.own = own
    self.partials = Self.builtinPartials.merging(partials) { _, own in own }
  }

  /// All names that a level may give, in order.
  public var templateNames: [String] {
    Set(Self.builtinPlaces.keys).union(own.keys).filter { !$0.contains("/") }.sorted()
  }

  public func has(_ name: String) -> Bool { own[name] != nil || Self.builtinPlaces[name] != nil }

  /// The forms that have a file, in any language; the others are made from these.
  public func forms(of name: String) -> [Form] {
    let places = (own[name] ?? []) + (Self.builtinPlaces[name] ?? [])
    let forms = Set(places.flatMap(\.forms.keys))
    return Form.allCases.filter { forms.contains($0) }
  }

  /// The texts of the folder's own templates, one after the other: changes when one of them does.
  public var fingerprint: String {
    let places = own.sorted { $0.key < $1.key }.flatMap { name, places in
      places.flatMap { place in
        place.forms.sorted { $0.key.rawValue < $1.key.rawValue }
          .map { "\(name) \(place.language ?? "") \($0.key.rawValue)\n\($0.value.text)" }
      }
    }
    let shared = partials.filter { Self.builtinPartials[$0.key]?.text != $0.value.text }
      .sorted { $0.key < $1.key }.map { "\($0.key)\n\($0.value.text)" }
    return (places + shared).joined(separator: "\n")
  }

  /// What to say of a level that names a template which is not there; `nil` when it is.
  public func problem(withName name: String) -> String? {
    if has(name) { return nil }
    return "there is no template `\(name)`" + suggestion(for: name, among: templateNames)
  }

  /// The first of `wanted` that the template has for a locale, from the place that comes first:
  /// its own before the built-in, the account's language before the default's, then English. One
  /// that has problems counts as missing.
  /// - Parameter audience: who reads it; `nil` for whomever its plain words are meant for.
  func template(
    _ name: String,
    _ wanted: [Form],
    for audience: Audience?,
    locale: String,
    defaultLocale: String
  ) -> (template: Template, language: String?)? {
    let names = TemplateAudience.names(of: name, for: audience)
    for (index, place) in places(of: names, locale, defaultLocale) {
      for form in wanted {
        guard let source = place.forms[form] else { continue }
        if let template = read(source, form, of: name, key: "\(index)/\(form)") {
          return (template, place.language)
        }
      }
    }
    return nil
  }

  /// A partial on its own, for the HTML of a template that has none.
  func partial(_ name: String, in template: String) -> Template? {
    partials[name].flatMap { read($0, .html, of: template, key: "\(template)//\(name)") }
  }

  private func read(
    _ source: TemplateSource,
    _ form: Form,
    of name: String,
    key: String
  ) -> Template? {
    if let template = templates.withLock({ $0[key] }) { return template }
    let example = TemplateFields.example(for: name)
    let template = Template.read(source, form: form, example: example, partials: partials).0
    templates.withLock { _ = $0.updateValue(template, forKey: key) }
    return template
  }

  /// Of a folder's files, and of the built-in templates that take in the folder's partials.
  func problemsOfOwn(_ own: [String: [Place]]) -> [TemplateProblem] {
    let changed = partials.contains { $1.file != Self.builtinPartials[$0]?.file }
    let all = Array(own) + (changed ? Array(Self.builtinPlaces) : [])
    return all.flatMap { name, places in
      let example = TemplateFields.example(for: name)
      return places.flatMap(\.forms).flatMap { form, source in
        Template.read(source, form: form, example: example, partials: partials).1
      }
    }
  }

  /// - Parameter names: the first that has words in a language comes first, own words before
  ///   built-in ones.
  private func places(
    of names: [String],
    _ locale: String,
    _ defaultLocale: String
  ) -> [(key: String, place: Place)] {
    var found: [(String, Place)] = []
    func take(_ prefix: String, _ all: [String: [Place]], _ language: String?) {
      for name in names {
        for place in all[name] ?? [] where place.language == language {
          found.append(("\(prefix)\(name)/\(language ?? "")", place))
        }
      }
    }
    func take(_ locale: String, orAny: Bool) {
      let language = String(locale.prefix { $0 != "-" })
      if language != locale { take("own/", own, locale) }
      take("own/", own, language)
      if orAny { take("own/", own, nil) }
      take("", Self.builtinPlaces, language)
    }
    take(locale, orAny: true)
    take(defaultLocale, orAny: false)
    take("en", orAny: false)
    // A template of one's own in a single other language is better than none.
    for name in names {
      for place in own[name] ?? [] where place.language != nil {
        take("own/", own, place.language)
      }
    }
    return found
  }

  static let builtinPlaces: [String: [Place]] = {
    var forms: [String: [String: [Form: TemplateSource]]] = [:]
    for (path, text) in builtinTemplates {
      let parts = path.dropLast(".mustache".count).split(separator: "/").map(String.init)
      // `reminder/en/text`, or `resolved/customer/en/text` for one audience.
      guard (3...4).contains(parts.count), let form = Form(rawValue: parts[parts.count - 1]) else {
        continue
      }
      let name = parts.dropLast(2).joined(separator: "/")
      forms[name, default: [:]][parts[parts.count - 2], default: [:]][form] =
        TemplateSource(file: "built-in \(path)", text: text)
    }
    return forms.mapValues { $0.map { Place(language: $0, forms: $1) } }
  }()

  static let builtinPartials: [String: TemplateSource] = {
    var partials: [String: TemplateSource] = [:]
    for (path, text) in builtinTemplates where path.hasPrefix("shared/") {
      let name = String(path.dropFirst("shared/".count).dropLast(".mustache".count))
      partials[name] = TemplateSource(file: "built-in \(path)", text: text)
    }
    return partials
  }()
}
