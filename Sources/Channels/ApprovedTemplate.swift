import Settings

/// A template that Meta has approved, and what fills it.
struct ApprovedTemplate: Sendable {
  /// `name` where the template's parameters have names.
  typealias Parameter = (name: String?, field: MessageField)

  let name: String
  let language: String
  let parameters: [Parameter]
  let button: MessageField?

  /// - Parameter language: where the block names none; `nil` where it has to.
  init(_ settings: inout SettingsReader, language: String?) {
    name = settings.text("template", help: "The name of an approved template")
    self.language = settings.text(
      "language",
      help: "Exactly that of an approved translation: `en_US`",
      default: language
    )
    parameters = Self.readParameters(&settings)
    button = settings.optionalField(
      "button",
      help: "The field that ends the URL of the template's first button; a link gives its path"
    )
  }

  /// A list for numbered parameters, `name: field` pairs for named ones.
  private static func readParameters(_ settings: inout SettingsReader) -> [Parameter] {
    let help = "The fields that fill the body's {{1}}, {{2}}, …; or `name: field` pairs"
    if case .block? = settings.block["parameters"]?.node.value {
      return settings.fieldMap("parameters", help: help).entries.map { ($0.name, $0.field) }
    }
    return settings.fields("parameters", help: help).map { (nil, $0) }
  }
}
