import Testing
import Wire

struct JSONFieldsTests {
  private func fields(_ text: String, _ names: [String]) throws -> [JSON?] {
    let fields = JSONFields(of: try JSON(parsing: Array(text.utf8)), JSONNames(names))
    return names.indices.map { fields[$0] }
  }

  @Test func findsWhatLookingEachUpFinds() throws {
    let text = #"""
      {"Date":{"Type":"inner"},"Type":"ACCREC","Rows":[1,{"Name":"no"}],"Name":"Bo",
      "":"empty","N\u0061me2":"escaped","Type":"last"}
      """#
    let names = ["Name", "Type", "Date", "Rows", "Name2", "Gone", "", "a name longer than any"]
    let json = try JSON(parsing: Array(text.utf8))
    let found = try fields(text, names)
    for (name, value) in zip(names, found) {
      #expect(value?.kind == json[name]?.kind, "\(name)")
      #expect(value?.string == json[name]?.string, "\(name)")
    }
    #expect(found.map { $0?.string } == ["Bo", "last", nil, nil, "escaped", nil, "empty", nil])
    #expect(found[2]?["Type"]?.string == "inner" && found[3]?.array?.count == 2)
  }

  @Test(arguments: ["[]", "1", "null", #""Type""#, "{}"])
  func whatIsNoObjectHasNone(_ text: String) throws {
    #expect(try fields(text, ["Type"])[0]?.kind == nil)
  }

  @Test func noNamesFindNothing() throws {
    #expect(try fields(#"{"a":1}"#, []).isEmpty)
  }
}
