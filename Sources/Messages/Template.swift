import Mustache

/// One form of one template, read and checked. swift-mustache renders it; the values are ours to
/// escape, so that `{{{field}}}` opens nothing either.
struct Template: Sendable {
  let form: Form
  private let mustache: MustacheTemplate
  /// The partials that it takes in.
  private let library: MustacheLibrary

  /// The library reads only what the check has understood: no template can bring it down.
  /// - Parameter example: fields as the template will see them, with one item in every list.
  /// - Returns: no template where there is a problem.
  static func read(
    _ source: TemplateSource,
    form: Form,
    example: Fields,
    partials: [String: TemplateSource]
  ) -> (Template?, [TemplateProblem]) {
    var check = TemplateCheck(form: form, example: example, partials: partials)
    check.read(source)
    guard check.problems.isEmpty else { return (nil, check.problems) }
    do throws(TemplateProblem) {
      var library = MustacheLibrary()
      for name in check.included {
        if let partial = partials[name] { library.register(try parse(partial), named: name) }
      }
      return (Template(form: form, mustache: try parse(source), library: library), [])
    } catch {
      return (nil, [error])
    }
  }

  private static func parse(_ source: TemplateSource) throws(TemplateProblem) -> MustacheTemplate {
    do {
      // Nothing is escaped by the library. It wants this line in every partial, too.
      return try MustacheTemplate(string: "{{% CONTENT_TYPE: TEXT }}\n" + source.text)
    } catch {
      let place = (error as? MustacheTemplate.ParserError)?.context
      let before = place?.line.prefix(max(0, place?.columnNumber ?? 1) - 1) ?? ""
      throw TemplateProblem(
        file: source.file,
        line: (place?.lineNumber ?? 2) - 1,
        column: before.utf8.count + 1,
        "this is not a whole tag"
      )
    }
  }

  func render(_ fields: Fields) -> String {
    let text = mustache.render(ShownValue(value: .object(fields), form: form), library: library)
    return form == .html ? HTMLScanner.escapingValues(in: text) : text
  }
}
